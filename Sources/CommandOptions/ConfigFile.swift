package import ArgumentParser
internal import Featurizing
internal import LogRegStream
internal import PlainYAML
package import SparseBatches

/// `--config FILE`: YAML whose keys are the long option names, turned into words that stand before
/// the person's own. An option on the command line takes the place of its key.
///
/// What a value means depends on the option alone: `no` is a column for `--columns`, `false` a label
/// for `--positive`, and for `--json` the word that leaves it out.
package struct ConfigFile {
  /// As messages call it.
  private let name: String
  private let command: String
  /// Long names of the options that it may set.
  private let known: Set<String>

  /// The words of a command line, those of its config file among them, and the lines that they are
  /// from.
  ///
  /// - Throws: `RunFailure`: missingInput when the file cannot be read; usage when it is no map of
  ///   options, or when an option is given twice.
  static func expand(
    _ words: [String], _ given: CommandLineWords, of commands: CommandNames
  ) throws(RunFailure) -> (words: [String], places: [String: String]) {
    try given.refuseRepetition()
    let config = given.occurrences.first { $0.name == "config" }
    guard let path = config?.value else { return (words, [:]) }
    let file = ConfigFile(
      name: "config file \(path)", command: given.command,
      known: commands.optionNames(of: given.command))
    let text = try TextFile.read(path)
    var (expanded, places): ([String], [String: String]) = ([], [:])
    for entry in try file.entries(of: text) where !given.names.contains(entry.key) {
      expanded += try file.words(for: entry)
      places[entry.key] = "\(file.name) line \(entry.line)"
    }
    let all = given.isNamed ? [words[0]] + expanded + words.dropFirst() : expanded + words
    return (all, places)
  }

  /// The words that a text says which no file holds.
  ///
  /// - Parameters:
  ///   - text: as a config file holds it.
  ///   - command: has the options that it may set.
  /// - Throws: `RunFailure` (usage) when it is no map of options.
  package static func words(
    in text: [UInt8], for command: any ParsableCommand.Type
  ) throws(RunFailure) -> [String] {
    let file = ConfigFile(
      name: "the config", command: CommandNames.name(of: command),
      known: CommandNames.options(of: command))
    var words: [String] = []
    for entry in try file.entries(of: text) { words += try file.words(for: entry) }
    return words
  }

  private func entries(of bytes: [UInt8]) throws(RunFailure) -> [YAMLNode.Entry] {
    let node: YAMLNode?
    do throws(YAMLDefect) {
      node = try YAMLNode.parse(bytes)
    } catch {
      throw failure(error.line, error.message, cure: error.cure)
    }
    guard let node else { return [] }
    guard case .map(let entries) = node.content else {
      throw failure(
        node.line, "a map of options is expected",
        cure: "write one option a line, such as  l1: 0.5")
    }
    for entry in entries {
      guard entry.key != "config" else {
        throw failure(
          entry.line, "config names another config file", cure: "put all options into one")
      }
      guard known.contains(entry.key) else {
        let nearest = NearestName.find(entry.key, among: known.sorted())
        throw failure(
          entry.line, "\"\(entry.key)\" is no option of \(command)",
          cure: nearest.map { "did you mean \($0)?" } ?? "see \(command) --help")
      }
    }
    return entries
  }

  private func words(for entry: YAMLNode.Entry) throws(RunFailure) -> [String] {
    let kind = OptionKind(entry.key, command: command)
    switch entry.value.content {
    case .map:
      throw failure(entry.line, "\(entry.key) holds a map", cure: "give it a text or a number")
    case .list(let items):
      guard kind == .list else {
        throw failure(
          entry.line, "\(entry.key) holds a list",
          cure: kind == .flag ? "write true or false" : "give it one value")
      }
      return ["--\(entry.key)=\(try list(items, of: entry).joined(separator: ","))"]
    case .text(let text, let isQuoted):
      guard isQuoted || !text.isEmpty else { throw noValue(entry) }
      guard kind == .flag else { return ["--\(entry.key)=\(text)"] }
      guard let isSet = Bool(text) else {
        throw failure(entry.line, "\(entry.key) is \"\(text)\"", cure: "write true or false")
      }
      return isSet ? ["--\(entry.key)"] : []
    }
  }

  private func list(
    _ items: [YAMLNode], of entry: YAMLNode.Entry
  ) throws(RunFailure) -> [String] {
    var texts: [String] = []
    for item in items {
      guard case .text(let text, let isQuoted) = item.content else {
        throw failure(
          item.line, "\(entry.key) holds a list of more than texts", cure: "write [a, b, c]")
      }
      guard isQuoted || !text.isEmpty else { throw noValue(entry) }
      // On the command line, too, a comma parts two values.
      guard !text.contains(",") else {
        throw failure(
          item.line, "\(entry.key) holds \"\(text)\", which has a comma",
          cure: "names with commas cannot be listed; a glob with ? in its place can")
      }
      texts.append(text)
    }
    guard !texts.isEmpty else { throw noValue(entry) }
    return texts
  }

  private func noValue(_ entry: YAMLNode.Entry) -> RunFailure {
    failure(
      entry.line, "\(entry.key) has no value",
      cure: "give it one, or drop the line; an empty text is \"\"")
  }

  private func failure(_ line: Int, _ message: String, cure: String) -> RunFailure {
    RunFailure(.usage, "\(name) line \(line): \(message)", cure: cure)
  }
}
