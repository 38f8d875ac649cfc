package import SparseBatches

/// The weights of a finished model of K classes, for computing K margins a row.
///
/// The weights of a slot lie side by side, those that are 0 left out; a hash table at most half full
/// finds them. Memory follows the number of weights, whatever K and 2^bits a model file claims.
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
    cells = try SlotTable<ClassCell>(bits: WeightCell.tableBits(count: distinct))
    var start = 0
    while start < slots.count {
      var end = start
      while end < slots.count, slots[end] == slots[start] { end += 1 }
      insert(
        ClassCell(slot: slots[start], start: UInt32(start), count: UInt32(end - start)))
      start = end
    }
  }

  private mutating func insert(_ cell: ClassCell) {
    var place = WeightCell.firstPlace(cell.slot)
    while cells[place].count != 0 { place &+= 1 }
    cells[place] = cell
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
        let cell = Self.cell(features.slot(index), cells)
        let value = Double(features.value(index))
        for entry in Int(cell.start)..<Int(cell.start) + Int(cell.count) {
          margins[first + Int(outputs[entry])] += Double(weights[entry]) * value
        }
      }
    }
  }

  /// The weight of a slot for a class; 0 when the model has none for it.
  package func weight(slot: UInt32, output: Int) -> Float {
    let cell = Self.cell(slot, cells.view)
    for entry in Int(cell.start)..<Int(cell.start) + Int(cell.count)
    where Int(outputs[entry]) == output {
      return weights[entry]
    }
    return 0
  }

  /// An empty cell for a slot without weights. Ends because the table is never full.
  @inline(__always)
  private static func cell(_ slot: UInt32, _ cells: SlotView<ClassCell>) -> ClassCell {
    var place = WeightCell.firstPlace(slot)
    while true {
      let cell = cells[place]
      if cell.count == 0 || cell.slot == slot { return cell }
      place &+= 1
    }
  }
}

/// Where the weights of one slot are; a count of 0 marks an empty cell.
internal struct ClassCell: BitwiseCopyable, Sendable {
  var slot: UInt32
  var start: UInt32
  var count: UInt32
}
