package import SparseBatches

/// Online learning of K classes by softmax with any of the optimizers: K weights a slot, K
/// unpenalised biases, labels 0…K−1.
///
/// Mini-batches are those of `OnlineLearner`; a row by itself is a mini-batch of one: with K states
/// a slot there is little to gain from a loop of its own.
///
/// With 2 classes the gradients of one are the other's negated, hence the weights too, and the
/// margin between the classes is twice that of one. So ftrl at (α, β, λ1, λ2) gives the margins of
/// logistic ftrl at (2α, β, λ1, λ2/2).
package struct SoftmaxLearner<Rule: CoordinateRule>: ~Copyable, Sendable {
  package typealias Slot = Rule.Block.Slot

  package let parameters: Rule.Parameters
  /// Rows per update.
  package let batchSize: Int
  /// K.
  package let classes: Int

  package internal(set) var progress = ProgressiveLoss()
  package internal(set) var margins: GrowableBuffer<Double>

  internal var rule: Rule
  /// The states of a slot's classes lie side by side.
  internal var table: SlotTable<Slot>
  internal var biases: GrowableBuffer<Rule.Bias>
  internal var updates: UInt64 = 0
  internal var pending: PendingClassBatch<Rule>
  /// The margins that the row at hand is learned from.
  private var learned = GrowableBuffer<Double>()
  /// What the values of the row at hand are multiplied by, class by class.
  private var factors = GrowableBuffer<Double>()

  /// - Parameter bits: 0…30; the table has 2^bits slots of K states.
  /// - Throws: `RunFailure` (usage) when there are fewer than 2 classes, `batchSize` < 1, or no
  ///   memory for the table.
  package init(
    bits: Int, classes: Int, parameters: Rule.Parameters, batchSize: Int = 1
  ) throws(RunFailure) {
    guard batchSize >= 1 else {
      throw RunFailure(.usage, "--batch-size is \(batchSize)", cure: "give 1 or more")
    }
    guard classes >= 2 else {
      throw RunFailure(
        .usage, "--loss softmax needs 2 classes or more, there are \(classes)",
        cure: "check --label, or name the classes with --classes")
    }
    let table = try SlotTable<Slot>(bits: bits, entriesPerSlot: classes)
    self.parameters = parameters
    self.batchSize = batchSize
    self.classes = classes
    self.table = table
    rule = Rule(parameters)
    margins = GrowableBuffer()
    biases = GrowableBuffer(capacity: classes)
    for _ in 0..<classes { biases.append(Rule.Bias()) }
    pending = PendingClassBatch(classes: classes)
  }

  package var bits: Int { table.bits }

  /// An intercept as a model gets it.
  package func bias(output: Int) -> Double { biases[output].servedWeight(rule) }

  /// A weight as a model gets it, in the precision in which it is learned.
  package func exactWeight(slot: UInt32, output: Int) -> Double {
    rule.servedWeight(table.view[slot, output])
  }

  package func weight(slot: UInt32, output: Int) -> Float {
    Float(exactWeight(slot: slot, output: output))
  }

  internal mutating func learnRows(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    margins.removeAll()
    for row in 0..<batch.rowCount {
      if row + 2 < batch.rowCount {
        let ahead = RowFeatures(batch, row: row + 2)
        for index in 0..<ahead.count { table.view.prefetchAll(ahead.slot(index)) }
      }
      try collect(RowFeatures(batch, row: row), of: batch, row: row)
      if pending.rows == batchSize { try applyPending(completedBy: row) }
    }
  }

  private mutating func collect(
    _ features: RowFeatures, of batch: borrowing SparseBatch, row: Int
  ) throws(NonFiniteRow) {
    let label = Int(batch.labels[row])
    precondition(label >= 0 && label < classes, "the label is no class")
    let weight = Double(batch.weights[row])
    let first = margins.count
    learned.removeAll()
    for output in 0..<classes { learned.append(biases[output].weight(rule)) }
    pending.look(up: features, in: table.view, rule)
    pending.addMargins(features, to: &learned)
    for output in 0..<classes {
      margins.append(Rule.servesAverages ? bias(output: output) : learned[output])
    }
    if Rule.servesAverages { pending.addServedMargins(features, to: &margins, from: first) }
    let range = first..<margins.count
    let feature: Int?
    let quantity: NonFiniteRow.Quantity
    if range.allSatisfy({ margins[$0].isFinite && learned[$0 - first].isFinite }) {
      rule.factors(
        learned, row: 0..<classes, label: label, weight: weight, features: features,
        into: &factors)
      feature = pending.featureBeyond(Rule.gradientLimit, features, factors)
      quantity = .gradient
    } else {
      feature = pending.nonFiniteFeature(features) ?? -1
      quantity = .margin
    }
    if let feature {
      margins.setCount(first)
      throw NonFiniteRow(
        quantity: quantity, row: row,
        feature: feature < 0 ? nil : batch.features(ofRow: row).lowerBound + feature,
        slot: feature < 0 ? nil : features.slot(feature))
    }
    progress.add(loss: SoftmaxLoss.loss(margins, row: range, label: label), weight: weight)
    pending.add(features, factors, isWeighing: weight > 0)
  }

  /// One update of each distinct slot and the biases by their summed gradients.
  internal mutating func applyPending(completedBy row: Int?) throws(NonFiniteRow) {
    if pending.weighingRows > 0 {
      let share = Rule.share(ofRows: pending.rows)
      if let slot = pending.update(rule, share: share, RoundingBits(update: updates)) {
        throw NonFiniteRow(quantity: .gradient, row: row, feature: nil, slot: slot)
      }
      for output in 0..<classes {
        let gradient = share * pending.biasGradients[output]
        biases[output] = biases[output].updated(gradient: gradient, rule)
      }
      pending.store(in: table.view)
      updates += 1
      rule.countUpdate()
    }
    if pending.rows > 0 { rule.advance(rows: pending.rows) }
    pending.removeAll()
  }

  internal func predictRows(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount * classes)
    for row in 0..<batch.rowCount {
      let features = RowFeatures(batch, row: row)
      let first = margins.count
      for output in 0..<classes { margins.append(bias(output: output)) }
      for index in 0..<features.count {
        let value = Double(features.value(index))
        for output in 0..<classes {
          margins[first + output] +=
            Double(weight(slot: features.slot(index), output: output)) * value
        }
      }
    }
  }
}

extension SoftmaxLearner {
  package func losses(
    of batch: borrowing SparseBatch, at margins: borrowing GrowableBuffer<Double>,
    into losses: inout GrowableBuffer<Double>
  ) {
    losses.removeAll()
    for row in 0..<batch.rowCount {
      losses.append(
        SoftmaxLoss.loss(
          margins, row: row * classes..<(row + 1) * classes, label: Int(batch.labels[row])))
    }
  }

  package mutating func serveLastWeights(_ isOn: Bool) { rule.serveLastWeights(isOn) }
}
