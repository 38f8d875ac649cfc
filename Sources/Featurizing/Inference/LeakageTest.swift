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
    var counts: [UInt32: (negative: Int, positive: Int)] = [:]
    for row in 0..<cells.rows {
      let hash = cells[row, column].hash
      if classes[row] {
        counts[hash, default: (0, 0)].positive += 1
      } else {
        counts[hash, default: (0, 0)].negative += 1
      }
    }
    let majorityIsPositive = 2 * classes.count { $0 } > classes.count
    // A sum of integers: the order of the dictionary does not matter.
    return counts.values.reduce(0) { errors, count in
      let (negative, positive) = count
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
