import ArgumentParser
import FoundationEssentials

extension RootCommand {
  static var commandNames: Set<String> {
    Set(configuration.subcommands.compactMap { $0.configuration.commandName })
  }

  /// Long names of the options that a config file may set for a command.
  static func optionNames(of command: String) -> Set<String> {
    let type = configuration.subcommands.first { $0.configuration.commandName == command }
    guard let type else { return [] }
    // The parser's own description of the command, as `--experimental-dump-help` prints it.
    let description = try? JSONDecoder().decode(
      ParserDescription.self, from: Data(type._dumpHelp().utf8))
    let names = description?.command.arguments.flatMap { $0.names ?? [] } ?? []
    return Set(names.filter { $0.kind == "long" }.map(\.name)).subtracting(["help", "version"])
  }
}

/// What is wanted of the parser's description.
private struct ParserDescription: Decodable {
  struct Command: Decodable {
    var arguments: [Argument]
  }

  struct Argument: Decodable {
    var names: [Name]?
  }

  struct Name: Decodable {
    var kind: String
    var name: String
  }

  var command: Command
}
