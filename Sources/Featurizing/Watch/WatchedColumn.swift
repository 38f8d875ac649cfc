/// A column that says nothing in the prefix: it always holds the same number, or none.
///
/// It has no scale until it comes alive. From its first other value on, values are gathered as if
/// they were its prefix; when there are enough, its scale or bins are made and frozen.
package struct WatchedColumn: Codable, Equatable, Sendable {
  /// Index in the schema.
  package let column: Int
  /// What it always holds; nil: nothing but missing values.
  let constant: Double?
  /// Raw value of a `TransformChoice`.
  private let transform: String
  /// Whether the rows decide if it is numeric.
  private let isInferred: Bool
  /// How many values of the prefix are the constant; nil in checkpoints that do not say.
  private let constants: Int?
  /// What was gathered; nil before the first other value.
  private(set) var window: Window?

  struct Window: Codable, Equatable, Sendable {
    /// Of the first other value, from 1.
    var firstRow: Int
    /// Values that are the constant.
    var constants = 0
    /// The other numbers.
    var numbers: [Double] = []
    /// Values that are no numbers, and their words.
    var others = 0
    var words = 0

    var values: Int { constants + numbers.count + others }
  }

  /// So many other numbers are enough.
  static let mostNumbers = 1000

  init(
    column: Int, constant: Double?, constants: Int, transform: TransformChoice, isInferred: Bool
  ) {
    self.constants = constants
    self.column = column
    self.constant = constant
    self.transform = transform.rawValue
    self.isInferred = isInferred
  }

  /// Whether a value says something new.
  func isOther(_ kind: PrefixValue.Kind) -> Bool {
    switch kind {
    case .missing, .notFinite: false
    case .number(let number): number != constant
    // In a numeric column it is a bad row.
    case .text: isInferred
    }
  }

  /// Takes in the value of a row.
  ///
  /// - Parameters:
  ///   - row: from 1.
  ///   - mayBegin: whether a window may be opened.
  ///   - limit: so many values are enough.
  /// - Returns: whether the column comes alive with this row.
  mutating func add(
    _ kind: PrefixValue.Kind, row: Int, mayBegin: Bool, limit: Int
  ) -> Bool {
    if window == nil {
      guard mayBegin, isOther(kind) else { return false }
      window = Window(firstRow: row)
    }
    switch kind {
    case .missing, .notFinite: return false
    case .number(let number) where number == constant: window?.constants += 1
    case .number(let number): window?.numbers.append(number)
    case .text(let words):
      guard isInferred else { return false }
      window?.others += 1
      window?.words += words
    }
    guard let window else { return false }
    return window.values >= limit || window.numbers.count >= min(limit, Self.mostNumbers)
  }

  /// What the column becomes.
  func revived(_ column: Column) -> Column {
    guard let window else { return column }
    var statistics = ColumnStatistics()
    let old = Array(repeating: constant ?? 0, count: constantsToFit(window))
    for number in old + window.numbers { statistics.add(number: number) }
    statistics.add(others: window.others, words: window.words)
    let reason = Column.Reason.later(
      window.constants + window.numbers.count, of: window.values, fromRow: window.firstRow)
    guard !isInferred || statistics.looksNumeric else {
      return Column(name: column.name, role: column.role, reason: reason)
    }
    // "auto" stands for a scale alone: of very wide rows, and as programs before `bins+slope` stored it.
    let choice = TransformChoice(rawValue: transform) ?? .auto
    let numbers = old + window.numbers
    let role: Column.Role =
      switch choice {
      case .quantile: .binned(QuantileBins(fittedTo: numbers))
      case .binsAndSlope: statistics.binsAndSlope(numbers)
      case .auto, .standardize, .symlog, .raw: .numeric(statistics.scale(choice))
      }
    return Column(name: column.name, role: role, reason: reason)
  }

  /// The old constant belongs to the scale too, or all rows before, and all that are like them, would
  /// lie far out and be clipped. At one value in ten it lies at most three deviations from the mean,
  /// whatever the others are: (1 − w)/w is a bound of that distance squared. More would leave the new
  /// values less of the scale, and with millions of rows nothing.
  private func constantsToFit(_ window: Window) -> Int {
    max(window.constants, min(constants ?? 0, (window.numbers.count + 8) / 9))
  }

  /// The words for what it always held.
  var words: String { constant.map { "always \(QuantileBins.text($0))" } ?? "always missing" }

  /// What is wrong with one that was stored.
  func isValid(in columns: [Column]) -> Bool {
    guard columns.indices.contains(column), constant?.isFinite ?? true,
      (0..<1 << 40).contains(constants ?? 0),
      TransformChoice(rawValue: transform) != nil
    else { return false }
    let isRight =
      switch columns[column].role {
      case .numeric, .binned: !isInferred
      case .categorical: isInferred
      default: false
      }
    guard isRight, let window else { return isRight }
    let counts = [window.constants, window.others, window.words]
    return window.firstRow >= 1 && counts.allSatisfy { (0..<1 << 40).contains($0) }
      && window.constants <= SchemaWatch.mostLimit
      && window.numbers.count <= Self.mostNumbers && window.numbers.allSatisfy(\.isFinite)
  }
}
