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
    "missing", "class-weight", "id",
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
    case "o": ["calibrate": "output", "predict": "destination"][command] ?? "model"
    case "m": "model"
    case "q": "quiet"
    case "v": "verbose"
    case "h": "help"
    default: nil
    }
  }
}
