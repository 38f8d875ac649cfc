internal import SparseBatches

extension SchemaInference {
  /// Fewer rows say little about a column.
  private static let fewestRows = 100

  /// What a person should think about, each with the option that changes it: warnings, as a model may
  /// be wrong without a word. Columns that an option names are as they were meant to be.
  package func advice(on schema: FeatureSchema) -> [String] {
    guard case .csv(let csv) = schema.source else { return [] }
    let header = headerAdvice.map { [$0] } ?? []
    guard cells.rows >= Self.fewestRows else { return header }
    var positive: ByteText?
    if case .positive(let text) = schema.labels { positive = text }
    let classes = names.firstIndex(of: label).flatMap {
      cells.classes(of: $0, positive: positive)
    }
    var advice: [String] = []
    for (index, column) in csv.columns.enumerated() {
      let own =
        writtenAdvice(index, column) ?? identifierAdvice(index, column)
        ?? textIdentifierAdvice(index, column)
      if let own { advice.append(own) }
      if let classes, let text = leakageAdvice(index, column, classes) { advice.append(text) }
    }
    return header + advice.map { "warning: " + $0 }
  }

  /// A warning where the first row looks like a header that `--no-header` made a row of.
  ///
  private var headerAdvice: String? {
    // A header has no numbers, and stands above columns that have nothing else.
    guard firstRow.count == statistics.count,
      !firstRow.contains(where: { HeaderDoubt.isNumber($0.bytes) }),
      zip(firstRow, statistics).contains(where: { name, column in
        !name.bytes.isEmpty && column.others == 1 && column.numbers > 0
      })
    else { return nil }
    let shown = firstRow.prefix(20).map(\.shortDisplay).joined(separator: ",")
    return "warning: the first row, \(shown), looks like a header: drop --no-header if it is one"
  }

  private func identifierAdvice(_ index: Int, _ column: Column) -> String? {
    guard case .numbers(let count, _) = column.reason, statistics[index].shape.areIntegers,
      column.role.name == "numeric", count >= Self.fewestRows
    else { return nil }
    let shape = statistics[index].shape
    let distinct = cells.distinctValues(in: index)
    let seen = min(count, cells.rows)
    let why: String
    if shape.hasLeadingZero {
      why = "numbers such as 007"
    } else if shape.hasLongEvenCodes, distinct >= 20 {
      why = "integers of the same length"
    } else if 100 * distinct >= 99 * seen {
      why = "integers, \(distinct) of \(seen) distinct"
    } else {
      return nil
    }
    let name = column.name.display
    return "column \"\(name)\" looks like an identifier (\(why)), but is learned as a number: use "
      + "--categorical '\(name)' or --ignore '\(name)', or --numeric '\(name)' if it is a quantity"
  }

  /// Texts that are all different, or times: each would get a weight of its own, and none of them is
  /// met again.
  private func textIdentifierAdvice(_ index: Int, _ column: Column) -> String? {
    guard case .texts = column.reason, column.role == .categorical else { return nil }
    let present = cells.presentValues(in: index)
    guard present >= Self.fewestRows else { return nil }
    let areTimes = (texts[index]?.times ?? 0) * 10 >= statistics[index].others * 9
    let fewest = areTimes ? (present + 1) / 2 : (99 * present + 99) / 100
    guard let distinct = cells.distinctValues(in: index, atLeast: fewest, of: present) else {
      return nil
    }
    let name = column.name.display
    return "column \"\(name)\" looks like \(areTimes ? "a time stamp" : "an identifier") (texts, "
      + "\(distinct) of \(present) distinct), and each value gets a weight of its own: use --ignore "
      + "'\(name)', or --categorical '\(name)' if its values come again"
  }

  private func leakageAdvice(_ index: Int, _ column: Column, _ classes: [Bool]) -> String? {
    // A whole text is a value like any other here: that it is missing may say it all.
    guard column.role.canBeCrossed || column.role == .text else { return nil }
    let errors = LeakageTest.errors(of: index, in: cells, classes: classes)
    let smaller = min(classes.count { $0 }, classes.count { !$0 })
    // One in twenty of the errors that are made without looking at any column.
    guard 20 * errors <= smaller else { return nil }
    let name = column.name.display
    return "column \"\(name)\" alone predicts the label almost perfectly (\(errors) errors in "
      + "\(classes.count) rows of the prefix): if it is known only after the fact, leave it out "
      + "with --ignore '\(name)'"
  }
}

/// How well one column alone tells two classes apart in the prefix.
enum LeakageTest {
  /// The fewest errors of two simple rules: the majority of the *other* rows with the same value,
  /// and the best single threshold. A missing value is a value. Values that occur once count as one
  /// value together: so an identifier, which repeats nothing, predicts nothing, but numbers that are
  /// all different and stand in positive rows alone do.
  static func errors(
    of column: Int, in cells: borrowing PrefixCells, classes: [Bool]
  ) -> Int {
    min(
      errorsByValue(column, cells, classes), errorsByThreshold(column, cells, classes) ?? .max)
  }

  private static func errorsByValue(
    _ column: Int, _ cells: borrowing PrefixCells, _ classes: [Bool]
  ) -> Int {
    var counts = ValueCounts(rows: cells.rows)
    for row in 0..<cells.rows { counts.add(cells[row, column].hash, isPositive: classes[row]) }
    let majorityIsPositive = 2 * classes.count { $0 } > classes.count
    var (errors, once) = (0, ValueCounts.Entry())
    for entry in counts.entries {
      if entry.negative + entry.positive == 1 {
        once.negative += entry.negative
        once.positive += entry.positive
      } else {
        errors += Self.errors(entry, majorityIsPositive: majorityIsPositive)
      }
    }
    return errors + Self.errors(once, majorityIsPositive: majorityIsPositive)
  }

  /// Of rows that have one value, by the majority of the others.
  private static func errors(_ count: ValueCounts.Entry, majorityIsPositive: Bool) -> Int {
    let (negative, positive) = (Int(count.negative), Int(count.positive))
    guard negative + positive > 0 else { return 0 }
    func saysPositive(_ more: Int, _ less: Int) -> Bool {
      more == less ? majorityIsPositive : more > less
    }
    return (saysPositive(positive - 1, negative) ? 0 : positive)
      + (saysPositive(positive, negative - 1) ? negative : 0)
  }

  /// - Returns: nil when the column holds other values than numbers.
  private static func errorsByThreshold(
    _ column: Int, _ cells: borrowing PrefixCells, _ classes: [Bool]
  ) -> Int? {
    var points: [(number: Float, isPositive: Bool)] = []
    for row in 0..<cells.rows {
      guard !cells[row, column].number.isNaN else { return nil }
      points.append((cells[row, column].number, classes[row]))
    }
    points.sort { $0.number < $1.number }
    let positives = classes.count { $0 }
    var (positivesBelow, best) = (0, min(positives, points.count - positives))
    for (index, point) in points.enumerated() {
      if index > 0, points[index - 1].number < point.number {
        // All below negative and all above positive is wrong so often; the reverse the other times.
        let wrong = positivesBelow + points.count - index - (positives - positivesBelow)
        best = min(best, wrong, points.count - wrong)
      }
      if point.isPositive { positivesBelow += 1 }
    }
    return best
  }
}

/// Rows of both classes by the hash of a value, at most half full: a dictionary took a fifth of the
/// time that columns are inferred in.
private struct ValueCounts {
  struct Entry {
    var hash: UInt32 = 0
    var negative: UInt32 = 0
    var positive: UInt32 = 0
  }

  /// Those without rows are empty.
  private(set) var entries: [Entry]

  init(rows: Int) {
    var cells = 2
    while cells < 2 * rows { cells *= 2 }
    entries = Array(repeating: Entry(), count: cells)
  }

  mutating func add(_ hash: UInt32, isPositive: Bool) {
    var index = Int(hash) & (entries.count - 1)
    while entries[index].hash != hash, entries[index].negative + entries[index].positive > 0 {
      index = (index + 1) & (entries.count - 1)
    }
    entries[index].hash = hash
    if isPositive { entries[index].positive += 1 } else { entries[index].negative += 1 }
  }
}

/// The prefix's values by row and column, as hashes and numbers: what advice is drawn from.
///
/// Bounded: rows that do not fit any more are left out.
struct PrefixCells: ~Copyable {
  struct Cell: BitwiseCopyable {
    /// Of the value's bytes; `PrefixCells.missing` for a missing one.
    var hash: UInt32
    /// NaN where the value is no number.
    var number: Float
  }

  static let missing = MurmurHash3.hash([], seed: 0)
  private static let maximumCells = 2 << 20

  private let columns: Int
  private var cells = GrowableBuffer<Cell>(capacity: 1024)
  private(set) var rows = 0
  private var isFull = false

  init(columns: Int) { self.columns = columns }

  /// Begins a row without values.
  mutating func addRow() {
    isFull = isFull || cells.count + columns > Self.maximumCells
    guard !isFull else { return }
    for _ in 0..<columns { cells.append(Cell(hash: Self.missing, number: .nan)) }
    rows += 1
  }

  /// Gives the last row the value of a column.
  mutating func set(_ column: Int, _ value: PrefixValue) {
    guard !isFull else { return }
    let cell = cells.count - columns + column
    switch value.kind {
    case .missing: break
    case .number(let number): cells[cell] = Cell(hash: value.hash, number: Float(number))
    case .notFinite, .text: cells[cell] = Cell(hash: value.hash, number: .nan)
    }
  }

  static func hash(_ text: [UInt8]) -> UInt32 { MurmurHash3.hash(text, seed: 0) }

  subscript(row: Int, column: Int) -> Cell { cells[row * columns + column] }

  /// How many values of a column are not missing.
  func presentValues(in column: Int) -> Int {
    (0..<rows).count { self[$0, column].hash != Self.missing }
  }

  func distinctValues(in column: Int) -> Int {
    distinctValues(in: column, atLeast: 0, of: presentValues(in: column)) ?? 0
  }

  /// How many distinct values a column has, of `present` values in all.
  ///
  /// - Returns: nil when there are fewer than `fewest`: found out early where values come again.
  func distinctValues(in column: Int, atLeast fewest: Int, of present: Int) -> Int? {
    var size = 2
    while size < 2 * present { size *= 2 }
    // The hash that stands for a missing value is that of none of these.
    var seen = [UInt32](repeating: Self.missing, count: size)
    var (distinct, left) = (0, present)
    for row in 0..<rows {
      let hash = self[row, column].hash
      guard hash != Self.missing else { continue }
      left -= 1
      var cell = Int(hash) & (size - 1)
      while seen[cell] != hash, seen[cell] != Self.missing { cell = (cell + 1) & (size - 1) }
      if seen[cell] == hash {
        if distinct + left < fewest { return nil }
      } else {
        seen[cell] = hash
        distinct += 1
      }
    }
    return distinct >= fewest ? distinct : nil
  }

  /// Which rows are positive: nil unless there are two classes, each of some size.
  func classes(of label: Int, positive: ByteText?) -> [Bool]? {
    let hashes = (0..<rows).map { self[$0, label].hash }
    guard let first = positive.map({ Self.hash($0.bytes) }) ?? hashes.first,
      positive != nil || Set(hashes).count == 2
    else { return nil }
    let classes = hashes.map { $0 == first }
    let count = classes.count { $0 }
    return min(count, rows - count) >= Self.smallestClass ? classes : nil
  }

  private static let smallestClass = 20
}
