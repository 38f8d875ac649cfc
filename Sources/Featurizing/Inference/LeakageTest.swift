/// How well one column alone tells two classes apart in the prefix.
enum LeakageTest {
  /// The fewest errors of two simple rules: the majority of the *other* rows with the same value (so
  /// that an identifier, which repeats nothing, predicts nothing), and the best single threshold.
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
    return counts.entries.reduce(0) { errors, count in
      let (negative, positive) = (Int(count.negative), Int(count.positive))
      let saysPositive = { (more: Int, less: Int) in
        more == less ? majorityIsPositive : more > less
      }
      return errors
        + (saysPositive(positive - 1, negative) ? 0 : positive)
        + (saysPositive(positive, negative - 1) ? negative : 0)
    }
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
    var place = Int(hash) & (entries.count - 1)
    while entries[place].hash != hash, entries[place].negative + entries[place].positive > 0 {
      place = (place + 1) & (entries.count - 1)
    }
    entries[place].hash = hash
    if isPositive { entries[place].positive += 1 } else { entries[place].negative += 1 }
  }
}
