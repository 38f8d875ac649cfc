package import SparseBatches

/// A finished model's weights, whatever its loss.
package struct ModelWeights: ~Copyable, Sendable {
  private let loss: ModelLoss
  // The one that the loss has no use for is empty.
  private let linear: LinearModelWeights
  private let classes: ClassModelWeights

  /// - Parameters:
  ///   - biases: one for each of the loss's outputs.
  ///   - slots: rising for one output, not falling for several; below 2^bits.
  ///   - outputs: the output of each weight; not looked at when there is but one.
  /// - Throws: `RunFailure` (usage) when there is no memory for the weights.
  package init(
    loss: ModelLoss, bits: Int, biases: [Double], slots: [UInt32], outputs: [UInt32],
    weights: [Float]
  ) throws(RunFailure) {
    precondition(biases.count == loss.outputs, "each output has a bias")
    let hasClasses = loss.outputs > 1
    let (noSlots, noWeights): ([UInt32], [Float]) = ([], [])
    let linear = try LinearModelWeights(
      bits: hasClasses ? 0 : bits, bias: biases[0],
      slots: hasClasses ? noSlots.span : slots.span,
      weights: hasClasses ? noWeights.span : weights.span)
    let classes = try ClassModelWeights(
      biases: biases, slots: hasClasses ? slots : noSlots, outputs: hasClasses ? outputs : noSlots,
      weights: hasClasses ? weights : noWeights)
    self.loss = loss
    self.linear = linear
    self.classes = classes
  }

  /// The weight of a slot for one of the outputs; 0 when the model has none for it.
  package func weight(slot: UInt32, output: Int) -> Float {
    loss.outputs > 1 ? classes.weight(slot: slot, output: output) : linear.weight(slot: slot)
  }

  /// Whether a slot has a weight for any of the outputs.
  package func isKnown(slot: UInt32) -> Bool {
    loss.outputs > 1 ? classes.isKnown(slot: slot) : linear.weight(slot: slot) != 0
  }

  /// What the model says of the rows of `batch`: log-odds of the positive class for logistic and
  /// probit, the predicted number for squared, one margin a class, side by side, for softmax.
  package func predict(
    _ batch: borrowing SparseBatch, into scores: inout GrowableBuffer<Double>
  ) {
    if loss.outputs > 1 { return classes.predict(batch, into: &scores) }
    linear.predict(batch, into: &scores)
    guard loss == .probit else { return }
    for row in 0..<scores.count { scores[row] = ProbitLoss.logOdds(margin: scores[row]) }
  }
}

/// The weights of a finished model, for computing margins.
///
/// Memory follows the number of weights, not 2^bits: a model file cannot claim gigabytes by its
/// header alone. Up to 2^22 slots, or when a quarter of the slots has a weight, a plain table of
/// Floats is used, else a hash table at most half full.
package struct LinearModelWeights: ~Copyable, Sendable {
  /// b, in log-odds.
  package let bias: Double
  package let bits: Int
  private let isDense: Bool
  /// Indexed by slot; one entry when the hash table is in use.
  private let dense: SlotTable<Float>
  /// Open addressing; one entry when the plain table is in use. Weight 0 marks an empty cell.
  private let cells: SlotTable<WeightCell>

  /// - Parameter slots: distinct, below 2^bits, as many as `weights`.
  /// - Parameter weights: none 0.
  /// - Throws: `RunFailure` (usage) when there is no memory for the weights.
  package init(
    bits: Int, bias: Double, slots: Span<UInt32>, weights: Span<Float>
  ) throws(RunFailure) {
    precondition(slots.count == weights.count, "each slot has a weight")
    let isDense = bits <= 22 || 1 << bits <= 4 * slots.count
    var dense = try SlotTable<Float>(bits: isDense ? bits : 0)
    var cells = try SlotTable<WeightCell>(
      bits: isDense ? 0 : SlotHash.tableBits(count: slots.count))
    for index in slots.indices {
      if isDense {
        dense[slots[index]] = weights[index]
      } else {
        cells.insert(WeightCell(slot: slots[index], weight: weights[index]))
      }
    }
    self.bits = bits
    self.bias = bias
    self.isDense = isDense
    self.dense = dense
    self.cells = cells
  }

  /// The weight of a slot; 0 when the model has none for it.
  package func weight(slot: UInt32) -> Float {
    isDense ? dense.view[slot] : cells.view.cell(of: slot).weight
  }

  /// Bytes of address space taken by the tables.
  package var tableBytes: Int {
    dense.count * MemoryLayout<Float>.stride + cells.count * MemoryLayout<WeightCell>.stride
  }

  /// Margins of the rows of `batch`, with the bits that training saw at the same weights.
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount)
    let cells = cells.view
    let dense = dense.view
    for row in 0..<batch.rowCount {
      if isDense, row + 2 < batch.rowCount {
        let ahead = RowFeatures(batch, row: row + 2)
        for index in 0..<ahead.count { dense.prefetch(ahead.slot(index)) }
      }
      let features = RowFeatures(batch, row: row)
      margins.append(
        isDense
          ? features.margin(bias: bias) { index in Double(dense[features.slot(index)]) }
          : features.margin(bias: bias) { index in
            Double(cells.cell(of: features.slot(index)).weight)
          })
    }
  }
}

/// One weight in the hash table.
internal struct WeightCell: SlotCell {
  var slot: UInt32
  var weight: Float

  var isEmpty: Bool { weight == 0 }
}

/// The weights of a finished model of K classes, for computing K margins a row.
///
/// The weights of a slot lie side by side, those that are 0 left out; a hash table at most half
/// full finds them. Memory follows the number of weights, whatever K and 2^bits a model file
/// claims.
package struct ClassModelWeights: ~Copyable, Sendable {
  /// One for each class.
  package let biases: [Double]
  /// Where a slot's weights are.
  private var cells: SlotTable<ClassCell>
  private var outputs: [UInt32]
  private var weights: [Float]

  /// - Parameters:
  ///   - slots: not falling; the weights of a slot stand together.
  ///   - outputs: the class of each weight, below `biases.count`, distinct in a slot.
  ///   - weights: none 0.
  /// - Throws: `RunFailure` (usage) when there is no memory for the weights.
  package init(
    biases: [Double], slots: [UInt32], outputs: [UInt32], weights: [Float]
  ) throws(RunFailure) {
    precondition(slots.count == weights.count && outputs.count == weights.count)
    precondition(outputs.allSatisfy { $0 < biases.count }, "a weight is of one of the classes")
    self.biases = biases
    self.outputs = outputs
    self.weights = weights
    var distinct = 0
    for index in slots.indices where index == 0 || slots[index] != slots[index - 1] {
      distinct += 1
    }
    cells = try SlotTable<ClassCell>(bits: SlotHash.tableBits(count: distinct))
    var start = 0
    while start < slots.count {
      var end = start
      while end < slots.count, slots[end] == slots[start] { end += 1 }
      cells.insert(
        ClassCell(slot: slots[start], start: UInt32(start), count: UInt32(end - start)))
      start = end
    }
  }

  /// Margins of the rows of `batch`: K a row, side by side, with the bits that training saw at the
  /// same weights.
  package func predict(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount * biases.count)
    let cells = cells.view
    for row in 0..<batch.rowCount {
      let first = margins.count
      for bias in biases { margins.append(bias) }
      let features = RowFeatures(batch, row: row)
      for index in 0..<features.count {
        let cell = cells.cell(of: features.slot(index))
        let value = Double(features.value(index))
        for entry in Int(cell.start)..<Int(cell.start) + Int(cell.count) {
          margins[first + Int(outputs[entry])] += Double(weights[entry]) * value
        }
      }
    }
  }

  /// Whether a slot has a weight for any class.
  package func isKnown(slot: UInt32) -> Bool { cells.view.cell(of: slot).count > 0 }

  /// The weight of a slot for a class; 0 when the model has none for it.
  package func weight(slot: UInt32, output: Int) -> Float {
    let cell = cells.view.cell(of: slot)
    for entry in Int(cell.start)..<Int(cell.start) + Int(cell.count)
    where Int(outputs[entry]) == output {
      return weights[entry]
    }
    return 0
  }
}

/// Where the weights of one slot are; a count of 0 marks an empty cell.
internal struct ClassCell: SlotCell {
  var slot: UInt32
  var start: UInt32
  var count: UInt32

  var isEmpty: Bool { count == 0 }
}
