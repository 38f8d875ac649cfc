import ArgumentParser
import LogRegStream
import SparseBatches
import Yams

/// `--config FILE`: YAML whose keys are the long option names, turned into arguments that stand
/// before the person's own. A flag on the command line takes the place of its key.
enum ConfigFile {
  private static let shortNames = ["-o": "model", "-m": "model", "-q": "quiet", "-v": "verbose"]

  /// - Throws: `RunFailure`: missingInput when the file cannot be read, usage when it is no YAML map.
  static func expand(_ arguments: [String]) throws -> [String] {
    let paths = values(of: "--config", in: arguments)
    guard let path = paths.first else { return arguments }
    guard paths.count == 1 else {
      throw RunFailure(
        .usage, "--config is given \(paths.count) times", cure: "put the options into one file")
    }
    let given = Set(arguments.compactMap { optionName($0, command: arguments.first) })
    var expanded: [String] = []
    for (key, values) in try entries(of: path) where !given.contains(key) {
      expanded += try words(for: key, values, path)
    }
    let isNamed = arguments.first.map { RootCommand.commandNames.contains($0) } ?? false
    return isNamed
      ? [arguments[0]] + expanded + arguments.dropFirst() : expanded + arguments
  }

  private static func values(of option: String, in arguments: [String]) -> [String] {
    let options = arguments.prefix { $0 != "--" }
    return options.indices.compactMap { index in
      let argument = options[index]
      if argument == option { return index + 1 < options.endIndex ? options[index + 1] : nil }
      return argument.hasPrefix(option + "=") ? String(argument.dropFirst(option.count + 1)) : nil
    }
  }

  private static func optionName(_ argument: String, command: String?) -> String? {
    // `calibrate` has a model to read and another to write.
    if argument == "-o", command == "calibrate" { return "output" }
    if let long = shortNames[argument] { return long }
    guard argument.hasPrefix("--") else { return nil }
    return argument.dropFirst(2).split(separator: "=").first.map(String.init)
  }

  private static func entries(of path: String) throws -> [(key: String, value: Node)] {
    let text = try TextFile.read(path)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw RunFailure(.usage, "config file \(path) is not YAML: \(error)")
    }
    guard let node else { return [] }
    guard let mapping = node.mapping else {
      throw RunFailure(
        .usage, "config file \(path) is not a map of options",
        cure: "write one option a line, such as  l1: 0.5")
    }
    return try mapping.map { key, value in
      guard let name = key.string else {
        throw RunFailure(.usage, "config file \(path) has a key that is not a text")
      }
      guard name != "config" else {
        throw RunFailure(
          .usage, "config file \(path) names another config file", cure: "put all options into one")
      }
      return (name, value)
    }
  }

  private static func words(for key: String, _ node: Node, _ path: String) throws -> [String] {
    if let items = node.sequence {
      let texts = items.compactMap(\.scalar?.string)
      guard texts.count == items.count else { throw misfit(key, path) }
      return ["--\(key)=\(texts.joined(separator: ","))"]
    }
    guard let scalar = node.scalar else { throw misfit(key, path) }
    if scalar.style == .plain, let flag = Bool(scalar.string) { return flag ? ["--\(key)"] : [] }
    return ["--\(key)=\(scalar.string)"]
  }

  private static func misfit(_ key: String, _ path: String) -> RunFailure {
    RunFailure(.usage, "config file \(path): \(key) must be a text, a number, true, or a list")
  }
}

extension RootCommand {
  static var commandNames: Set<String> {
    Set(configuration.subcommands.compactMap { $0.configuration.commandName })
  }
}
