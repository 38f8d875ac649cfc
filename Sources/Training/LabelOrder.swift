internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import Notices
internal import SparseBatches

/// Whether labels come in runs: an online learner that meets first one class and then the other
/// forgets the first, while its progressive loss looks superb.
///
/// Idea: between neighbours in random order a label changes as often as the classes' shares allow
/// (Wald & Wolfowitz 1940); for numbers, squared differences of neighbours sum to twice the squared
/// deviations (von Neumann 1941).
struct LabelOrder: Equatable {
  private let loss: ModelLoss
  private var rows = 0
  private var last: Float = 0
  /// Neighbours that differ; for numbers, their squared differences.
  private var changes = 0.0
  /// Sums of the numbers, plain and squared.
  private var sum = 0.0
  private var squares = 0.0
  /// Rows by class.
  private var classes: [Int]
  /// Of the weighted labels, for the loss of a constant guess: weight by class, or Σs, Σsy, Σsy².
  private var weights: [Double]

  /// Fewer rows, or fewer of the second largest class, say little.
  private static let fewestRows = 200
  private static let fewestOfClass = 20
  /// Rarer changes than this share of what a random order has are no chance: with the fewest rows
  /// above, ten standard deviations below it.
  private static let leastShare = 0.2
  /// The same for numbers: what is measured one after the other may well be alike.
  private static let leastShareOfNumbers = 0.02
  /// A shuffle window of this share of the rows mixes them.
  private static let windowShare = 0.05

  init(_ loss: ModelLoss) {
    self.loss = loss
    classes = loss == .squared ? [] : Array(repeating: 0, count: max(2, loss.outputs))
    weights = Array(repeating: 0, count: loss == .squared ? 3 : max(2, loss.outputs))
  }

  mutating func count(_ batch: borrowing SparseBatch) {
    if loss == .squared { countNumbers(batch) } else { countClasses(batch) }
    rows += batch.rowCount
    if batch.rowCount > 0 { last = batch.labels[batch.rowCount - 1] }
  }

  private mutating func countNumbers(_ batch: borrowing SparseBatch) {
    var last = last
    for row in 0..<batch.rowCount {
      let label = batch.labels[row]
      let weight = Double(batch.weights[row])
      let difference = Double(label) - Double(last)
      if rows + row > 0 { changes += difference * difference }
      sum += Double(label)
      squares += Double(label) * Double(label)
      weights[0] += weight
      weights[1] += weight * Double(label)
      weights[2] += weight * Double(label) * Double(label)
      last = label
    }
  }

  private mutating func countClasses(_ batch: borrowing SparseBatch) {
    var last = rows == 0 && batch.rowCount > 0 ? batch.labels[0] : last
    var changed = 0
    for row in 0..<batch.rowCount {
      let label = batch.labels[row]
      changed += label != last ? 1 : 0
      last = label
      let place = Int(label)
      classes[place] += 1
      weights[place] += Double(batch.weights[row])
    }
    changes += Double(changed)
  }

  /// Rows by class; of numbers their sum and that of their squares.
  var sums: [Double] { loss == .squared ? [sum, squares] : classes.map { Double($0) } }

  // MARK: - Findings

  /// Changes that a random order of the same labels has on average; nil when there are too few rows.
  private var expectedChanges: Double? {
    guard rows >= Self.fewestRows else { return nil }
    let count = Double(rows)
    if loss == .squared { return 2 * max(0, squares - sum * sum / count) }
    let second = classes.sorted(by: >)[1]
    guard second >= Self.fewestOfClass else { return nil }
    return count - classes.reduce(0) { $0 + Double($1) * Double($1) } / count
  }

  /// - Parameters:
  ///   - window: rows of the shuffle buffer, 0 without one.
  ///   - featuresPerRow: what the price of shuffling depends on.
  /// - Returns: nil when the order is well.
  func warning(window: Int, featuresPerRow: Double) -> String? {
    let share = loss == .squared ? Self.leastShareOfNumbers : Self.leastShare
    guard let expected = expectedChanges, expected > 0, changes < share * expected,
      Double(window) < Self.windowShare * Double(rows)
    else { return nil }
    let found =
      loss == .squared
      ? "neighbouring labels differ \(NumberText.significant(expected / max(changes, 1e-300), 2)) "
        + "times less than in a random order"
      : "the label changes \(NumberText.grouped(Int(changes))) times in "
        + "\(NumberText.grouped(rows)) rows, in a random order some "
        + "\(NumberText.grouped(Int(expected))) times"
    let bytes = Int(Double(rows) * (8 * featuresPerRow + 44))
    return
      "warning: the rows are sorted by label: \(found); the last rows decide the model, and its "
      + "progressive loss says nothing: "
      + (window > 0 ? "a window of \(window) rows is too short, use" : "use")
      + " --shuffle \(rows) (takes about \(NumberText.bytes(bytes)) of memory)"
  }

  /// The mean loss, as people are shown it, of the best guess that is the same for every row; nil
  /// without weight. What the first guesses may cost until it is found. And the mean loss of weights
  /// that are all 0, where learners begin.
  var constantGuess: (loss: Double, start: Double, atZero: Double)? {
    if loss == .squared {
      guard weights[0] > 0 else { return nil }
      let mean = weights[1] / weights[0]
      let square = weights[2] / weights[0]
      return (
        max(0, square - mean * mean), Self.rowsToStart * square / Double(max(1, rows)), square
      )
    }
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    let entropy = weights.filter { $0 > 0 }.reduce(0) {
      $0 - $1 / total * Elementary.log($1 / total)
    }
    let atZero = Elementary.log(Double(classes.count))
    return (entropy, Self.rowsToStart * atZero / Double(max(1, rows)), atZero)
  }

  private static let rowsToStart = 70.0
  var rowCount: Int { rows }
}

extension LabelOrder {
  func encode(into writer: inout ByteWriter) {
    writer.append(rows)
    writer.append(last)
    for number in [changes, sum, squares] { writer.append(number) }
    for count in classes { writer.append(count) }
    for weight in weights { writer.append(weight) }
  }

  /// Takes over the labels of a run of the same loss.
  mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    rows = try reader.readTally()
    last = try reader.readFloat()
    changes = try reader.readDouble()
    sum = try reader.readDouble()
    squares = try reader.readDouble()
    for index in classes.indices { classes[index] = try reader.readTally() }
    for index in weights.indices { weights[index] = try reader.readDouble() }
    guard ([changes, sum, squares] + weights).allSatisfy(\.isFinite), last.isFinite else {
      throw reader.failure("its labels are no numbers")
    }
  }
}
