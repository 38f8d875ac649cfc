package import ElementaryMath
package import SparseBatches

/// A learner that takes rows as they come and can be read at any time.
///
/// A model has one output (a margin) or, for softmax, one for each class. The entry points are
/// compiled for each combination of optimizer and loss, so a caller may be generic.
package protocol OnlineOptimizer: ~Copyable {
  /// 1, or the number of classes.
  var outputs: Int { get }

  /// The table has 2^bits slots.
  var bits: Int { get }

  /// The losses of the rows learned, each before its update.
  var progress: ProgressiveLoss { get }

  /// The margins of the rows of the last batch learned, each before its update: `outputs` a row.
  var margins: GrowableBuffer<Double> { get }

  /// Learns from the rows of `batch` in order.
  ///
  /// - Throws: at the first row that would leave the range of the numbers; the rows before it were
  ///   learned, it and the rest were not.
  mutating func learn(_ batch: borrowing SparseBatch) throws(NonFiniteRow)

  /// Applies the last mini-batch when it is not complete. Call once, after the last row.
  mutating func finish() throws(NonFiniteRow)

  /// Margins of the rows of `batch` at the weights of now, with the bits that a model made now
  /// would give; learns nothing.
  func predict(_ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>)

  /// Fills `losses` with the loss of each row of `batch` at margins that `predict` gave for them.
  func losses(
    of batch: borrowing SparseBatch, at margins: borrowing GrowableBuffer<Double>,
    into losses: inout GrowableBuffer<Double>)

  /// From now on `predict` and the weights are those that rows are learned from in place of averages
  /// over the run, or averages again. In between no row is learned.
  mutating func serveLastWeights(_ isOn: Bool)

  /// The intercept of an output.
  func bias(output: Int) -> Double

  /// A weight as of now, as a model would hold it.
  func weight(slot: UInt32, output: Int) -> Float

  /// Calls `body` with the weights that are not 0, portion by portion, by rising entry.
  func forEachPortionOfWeights<Failure: Error>(
    _ body: (_ portion: borrowing EntryWeights) throws(Failure) -> Void
  ) throws(Failure)
}

extension OnlineOptimizer where Self: ~Copyable {
  /// Calls `body` with each weight that is not 0, by slot, then by output, both rising.
  package func forEachNonZeroWeight<Failure: Error>(
    _ body: (_ slot: UInt32, _ output: Int, _ weight: Float) throws(Failure) -> Void
  ) throws(Failure) {
    let outputs = UInt64(outputs)
    try forEachPortionOfWeights { (portion) throws(Failure) in
      for index in 0..<portion.entries.count {
        let entry = portion.entries[index]
        try body(UInt32(entry / outputs), Int(entry % outputs), portion.weights[index])
      }
    }
  }

  package var nonZeroCount: Int {
    var count = 0
    forEachPortionOfWeights { count += $0.entries.count }
    return count
  }
}

/// A row that would have made the model's state infinite or NaN. Nothing of it was learned.
package struct NonFiniteRow: Error, Equatable, Sendable {
  package enum Quantity: String, Sendable {
    case margin
    case gradient
  }

  /// What left the range of the numbers.
  package var quantity: Quantity
  /// Index of the row in the batch given to `learn`; nil: the sum over a mini-batch that `finish`
  /// was to apply.
  package var row: Int?
  /// Index into the batch's `slots` and `values`, where one feature of the row is at fault; nil:
  /// the bias, or the sum over a mini-batch.
  package var feature: Int?
  /// The slot at fault; nil: the bias, or the margin as a whole.
  package var slot: UInt32?

  package init(quantity: Quantity, row: Int?, feature: Int?, slot: UInt32?) {
    self.quantity = quantity
    self.row = row
    self.feature = feature
    self.slot = slot
  }
}

/// Progressive validation: each row's loss at the weights before the row was learned, so that
/// every row is a test row first (Blum, Kalai & Langford 1999).
package struct ProgressiveLoss: Equatable, Sendable {
  /// Σ s·ℓ.
  package var weightedLoss = CompensatedSum()
  /// Σ s.
  package var weight = CompensatedSum()
  package var rows = 0

  package init() {}

  /// Σ s·ℓ / Σ s; nil before any row of positive weight.
  package var mean: Double? { weight.value > 0 ? weightedLoss.value / weight.value : nil }

  private static let greatest = 1e250

  package mutating func add(loss: Double, weight: Double) {
    // The loss of a margin that is all but infinite: the sum must stay a number.
    weightedLoss.add(weight * (loss < Self.greatest ? loss : Self.greatest))
    self.weight.add(weight)
    rows += 1
  }
}

extension ProgressiveLoss: WordCoded {
  package static var wordCount: Int { 5 }
  package var isPossible: Bool {
    (0..<1 << 60).contains(rows) && weightedLoss.value.isFinite && weight.value.isFinite
      && weight.leading >= 0
  }
  package var words: [UInt64] {
    [
      weightedLoss.leading.bitPattern, weightedLoss.dropped.bitPattern, weight.leading.bitPattern,
      weight.dropped.bitPattern, UInt64(bitPattern: Int64(rows)),
    ]
  }
  package init(words: ArraySlice<UInt64>) {
    let first = words.startIndex
    self.init()
    weightedLoss = CompensatedSum(
      leading: Double(bitPattern: words[first]), dropped: Double(bitPattern: words[first + 1]))
    weight = CompensatedSum(
      leading: Double(bitPattern: words[first + 2]), dropped: Double(bitPattern: words[first + 3]))
    rows = Int(Int64(bitPattern: words[first + 4]))
  }
}
