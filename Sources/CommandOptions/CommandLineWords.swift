package import ArgumentParser
internal import FoundationEssentials
internal import SparseBatches

/// The words of a command line, sorted into options by the kinds that they have: which were given,
/// how often and in what form. Whether they are right is for the parser to say.
struct CommandLineWords {
  struct Occurrence {
    /// The long name.
    let name: String
    /// As typed: `-o` or `--model`.
    let typed: String
    /// nil for a flag, and where the words end too early.
    let value: String?
  }

  /// `train` when none is named.
  let command: String
  /// Whether the first word names the command.
  let isNamed: Bool
  private(set) var occurrences: [Occurrence] = []

  init(_ words: [String], of commands: CommandNames) {
    isNamed = words.first.map { commands.all.contains($0) } ?? false
    command = isNamed ? words[0] : "train"
    var rest = words[...]
    while let word = rest.popFirst(), word != "--" {
      if word.hasPrefix("--") {
        addLong(word, &rest)
      } else if word.hasPrefix("-"), word.count > 1 {
        addShort(word, &rest)
      }
    }
  }

  private mutating func addLong(_ word: String, _ rest: inout ArraySlice<String>) {
    let parts = word.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let takesNext = parts.count == 1 && OptionKind(name, command: command) != .flag
    occurrences.append(
      Occurrence(
        name: name, typed: "--\(name)",
        value: parts.count == 2 ? String(parts[1]) : takesNext ? rest.popFirst() : nil))
  }

  /// `-q`, `-qv`, `-o FILE`.
  private mutating func addShort(_ word: String, _ rest: inout ArraySlice<String>) {
    let letters = word.dropFirst().prefix { $0 != "=" }
    for (index, letter) in letters.enumerated() {
      guard let name = OptionKind.longName(letter, command: command) else { return }
      let isLast = index + 1 == letters.count
      let takesNext =
        isLast && letters.count + 1 == word.count && OptionKind(name, command: command) != .flag
      occurrences.append(
        Occurrence(name: name, typed: "-\(letter)", value: takesNext ? rest.popFirst() : nil))
    }
  }

  /// Names of the options that are there.
  var names: Set<String> { Set(occurrences.map(\.name)) }

  /// - Throws: usage for an option that is there twice and takes one value, or none.
  func refuseRepetition() throws(RunFailure) {
    var first: [String: Occurrence] = [:]
    for occurrence in occurrences where OptionKind(occurrence.name, command: command) != .list {
      guard let other = first.updateValue(occurrence, forKey: occurrence.name) else { continue }
      let both =
        other.typed == occurrence.typed
        ? "\(other.typed) is given twice"
        : "\(other.typed) and \(occurrence.typed) are the same option"
      throw RunFailure(.usage, both, cure: "give it once")
    }
  }
}

/// The commands of a program, and which options they have.
package struct CommandNames {
  private let commands: [any ParsableCommand.Type]

  package init(_ commands: [any ParsableCommand.Type]) { self.commands = commands }

  package var all: Set<String> { Set(commands.map(Self.name)) }

  /// Long names of the options that a config file may set for a command.
  package func optionNames(of command: String) -> Set<String> {
    commands.first { Self.name(of: $0) == command }.map(Self.options) ?? []
  }

  static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? ""
  }

  static func options(of command: any ParsableCommand.Type) -> Set<String> {
    // The parser's own description of the command, as `--experimental-dump-help` prints it.
    let description = try? JSONDecoder().decode(
      ParserDescription.self, from: Data(command._dumpHelp().utf8))
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

/// What the options of the commands take: all others take one value, once.
///
/// A test holds these lists against what the commands' own parser says of its options.
enum OptionKind {
  /// No value.
  case flag
  /// One value.
  case value
  /// Any number of values: given again, or with commas between them.
  case list

  private static let lists: Set<String> = [
    "columns", "classes", "numeric", "categorical", "text", "ignore", "numeric-transform", "cross",
    "missing", "class-weight", "id", "grid", "threshold",
  ]
  private static let flags: Set<String> = [
    "no-header", "fresh", "uncalibrated", "quiet", "verbose", "json", "help", "version",
  ]

  /// - Parameter command: a name is a flag of one command and takes a value in another.
  init(_ name: String, command: String) {
    let isFlag =
      Self.flags.contains(name) || command == "inspect" && ["schema", "weights"].contains(name)
    self = isFlag ? .flag : Self.lists.contains(name) ? .list : .value
  }

  /// The long name of a short option.
  static func longName(_ short: Character, command: String) -> String? {
    switch short {
    // `calibrate` has a model to read and another to write, `predict` lines.
    case "o":
      ["calibrate": "output", "predict": "destination", "export": "destination"][command] ?? "model"
    case "m": "model"
    case "q": "quiet"
    case "v": "verbose"
    case "h": "help"
    default: nil
    }
  }
}
