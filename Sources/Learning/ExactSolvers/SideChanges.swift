internal import SparseBatches

/// How a direction v moves the rows towards the right side or away from it.
internal struct SideChanges: ~Copyable {
  private(set) var smallest = Double.infinity
  private(set) var largest = -Double.infinity
  private var features = RowGathering()
  private var changes: [Double] = []

  /// Adds the rows of `batch`, whose labels name classes.
  mutating func add(
    _ batch: borrowing SparseBatch, _ loss: ModelLoss, _ coordinates: SlotCoordinateView,
    along direction: [Double]
  ) throws(RunFailure) {
    let outputs = loss.outputs
    let direction = direction.span
    changes = Array(repeating: 0, count: outputs)
    for row in 0..<batch.rowCount where batch.weights[row] > 0 {
      try features.gather(batch, row: row, coordinates, outputs: outputs)
      for output in 0..<outputs {
        changes[output] =
          direction[direction.count - outputs + output] + features.dot(direction, output: output)
      }
      if case .softmax = loss {
        let label = Int(batch.labels[row])
        for output in 0..<outputs where output != label { note(changes[label] - changes[output]) }
      } else {
        note(signedMargin(changes[0], label: Double(batch.labels[row])))
      }
    }
  }

  private mutating func note(_ change: Double) {
    smallest = min(smallest, change)
    largest = max(largest, change)
  }
}
