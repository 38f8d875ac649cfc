internal import Featurizing
package import SparseBatches

/// The words that a run was given: those of its config file before those that were typed.
package struct GivenWords {
  package private(set) var words: [String] = []
  /// `train` when none is named.
  package private(set) var command = "train"
  /// Where the config file sets an option, by its name.
  private var places: [String: String] = [:]

  /// None.
  package init() {}

  /// - Parameter typed: the words after the program's name.
  /// - Throws: `RunFailure`, as `ConfigFile` does.
  package init(_ typed: [String], of commands: CommandNames) throws(RunFailure) {
    let joined = Self.joiningNegativeNumbers(typed == ["-V"] ? ["--version"] : typed, commands)
    let sorted = CommandLineWords(joined, of: commands)
    command = sorted.command
    (words, places) = try ConfigFile.expand(joined, sorted, of: commands)
  }

  /// `--l1 -1` as `--l1=-1`: the parser takes a word with a dash for an option, and would say that the
  /// value is missing.
  private static func joiningNegativeNumbers(
    _ words: [String], _ commands: CommandNames
  ) -> [String] {
    // Options end where a bare -- stands. There can be very many words: names of files.
    let end = words.firstIndex(of: "--") ?? words.endIndex
    guard words[..<end].contains(where: isNegativeNumber) else { return words }
    let command = CommandLineWords(words, of: commands).command
    var joined: [String] = []
    for word in words[..<end] {
      if isNegativeNumber(word), let option = joined.last, option.hasPrefix("--"),
        !option.contains("="), OptionKind(String(option.dropFirst(2)), command: command) != .flag
      {
        joined[joined.count - 1] = "\(option)=\(word)"
      } else {
        joined.append(word)
      }
    }
    return joined + words[end...]
  }

  private static func isNegativeNumber(_ word: String) -> Bool {
    guard word.hasPrefix("-"), case .number = DecimalNumber.parse(word.utf8) else { return false }
    return true
  }

  /// A failure of usage with the line of the config file that set the option which it names.
  package func placed(_ failure: RunFailure) -> RunFailure {
    guard failure.kind == .usage, !places.isEmpty,
      let name = Self.options(in: failure.message).first(where: { places[$0] != nil }),
      let place = places[name]
    else { return failure }
    return RunFailure(failure.kind, "\(place), \(name): \(failure.message)", cure: failure.cure)
  }

  /// Long names in a text, in their order: what follows two dashes, as far as it is a name.
  private static func options(in text: String) -> [String] {
    text.split(separator: "--", omittingEmptySubsequences: false).dropFirst().map {
      String($0.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
    }
  }
}
