package import Featurizing
internal import SparseBatches

/// An option of `train`: its name on the command line, what it decides, and the text of its value.
///
/// `all` is the one table of options: it decides what a checkpoint stores, what a resumed run is
/// compared with, and what `inspect` shows of a checkpoint. An option that is missing there is
/// found by a test that asks the command line's parser for all it knows.
///
/// The text is that of the value in force: a default that is spelled out has the text of the
/// default, and what was found in the input (the format, the delimiter, the classes) has the text
/// of what was found. If you add an option, give it a line here: a directory of a program that did
/// not know it then counts as having it at its default, or at `textBefore` (`StoredOptions`).
struct TrainingOption {
  /// What changes with the option.
  enum Effect: Equatable {
    /// The model: its value must be what the directory was made with.
    case learned
    /// What is said and drawn of a run, never its model.
    case shown
    /// How the work is done, and from where to where.
    case nothing
  }

  /// A run, and the schema that its rows are read by.
  struct Subject {
    let configuration: TrainingConfiguration
    let schema: FeatureSchema
  }

  /// The long name, without dashes.
  let name: String
  let effect: Effect
  /// The value in force; nil: not given, which is then the default.
  let text: (Subject) -> String?
  /// Whether the run has a use for the option: else its default is not worth a word.
  let isUsed: (Subject) -> Bool
  /// Takes the option back.
  let reset: (inout TrainingConfiguration) -> Void
  /// Whether the schema holds the value too: two programs' defaults then need not be the same, as
  /// rows are read by the schema.
  var isInSchema = false
  /// The value in force in all programs that did not know the option, where that is not the default
  /// of now; nil: it is.
  var textBefore: String?
  /// What of a text decides: all of it, unless the option says otherwise.
  var decisive: (String) -> String = { $0 }

  /// The text of the default, all other options being as they are.
  func defaultText(_ subject: Subject) -> String? {
    var configuration = subject.configuration
    reset(&configuration)
    return text(Subject(configuration: configuration, schema: subject.schema))
  }

  /// An option that decides what is learned.
  ///
  /// - Parameters:
  ///   - place: what of the configuration it sets.
  ///   - isUsed: whether a run has a use for it.
  ///   - text: its value in force.
  static func learned<Value>(
    _ name: String, _ place: WritableKeyPath<TrainingConfiguration, Value>,
    if isUsed: @escaping (Subject) -> Bool = { _ in true }, _ text: @escaping (Subject) -> String?
  ) -> TrainingOption {
    let standard = TrainingConfiguration(input: InputConfiguration(threads: 1))
    return TrainingOption(
      name: name, effect: .learned, text: text, isUsed: isUsed,
      reset: { $0[keyPath: place] = standard[keyPath: place] })
  }

  /// An option that decides nothing about the model.
  private static func free(_ name: String, _ effect: Effect) -> TrainingOption {
    TrainingOption(
      name: name, effect: effect, text: { _ in nil }, isUsed: { _ in false }, reset: { _ in })
  }

  /// Every option of `train`.
  static var all: [TrainingOption] {
    reading + learning + passes + sampling
      + ["progress", "quiet", "verbose", "json", "report"].map { free($0, .shown) }
      + [
        "model", "save-state", "threads", "inflate", "cpu", "chunk-bytes", "expect-rows",
        "max-bad-rows",
        "quarantine", "cache", "checkpoint", "checkpoint-every", "keep-checkpoints", "fresh",
        "input-name", "forget", "config", "gate",
      ].map { free($0, .nothing) }
  }
}

/// Values as they are written on the command line: what checkpoints store and messages show.
package enum OptionText {
  /// `8` and not `8.0`; reads back as the same number.
  package static func number(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  package static func text(_ value: String) -> String { DisplayText.escape(Array(value.utf8)) }

  package static func byte(_ byte: UInt8) -> String {
    byte == UInt8(ascii: "\t") ? "tab" : DisplayText.escape([byte])
  }

  /// Texts with commas between them; a comma inside one is escaped, so that no two lists look alike.
  package static func list(_ texts: [ByteText]) -> String {
    texts.map { $0.display.replacing(",", with: "\\x2C") }.joined(separator: ",")
  }

  package static func list(_ texts: [String]) -> String { list(texts.map { ByteText($0) }) }
}
