internal import SparseBatches

/// One row's features by coordinate, found once and used for its margin and its update.
internal struct RowGathering: ~Copyable {
  /// Coordinate of each feature, times the outputs of the loss.
  private(set) var places = GrowableBuffer<Int>()
  private(set) var values = GrowableBuffer<Double>()

  /// - Throws: at a slot that the first pass did not see.
  @inline(__always)
  mutating func gather(
    _ batch: borrowing SparseBatch, row: Int, _ coordinates: SlotCoordinateView, outputs: Int
  ) throws(RunFailure) {
    places.removeAll()
    values.removeAll()
    for index in batch.features(ofRow: row) {
      guard let coordinate = coordinates[batch.slots[index]] else { throw Self.changedRows }
      places.append(coordinate &* outputs)
      values.append(Double(batch.values[index]))
    }
  }

  /// Σ w·x in feature order, of one output.
  @inline(__always)
  func dot(_ weights: Span<Double>, output: Int = 0) -> Double {
    var sum = 0.0
    for index in 0..<places.count { sum += weights[places[index] &+ output] * values[index] }
    return sum
  }

  /// sums ← sums + factor·x, of one output.
  @inline(__always)
  func add(_ factor: Double, to sums: inout [Double], output: Int = 0) {
    var sums = sums.mutableSpan
    for index in 0..<places.count { sums[places[index] &+ output] += factor * values[index] }
  }

  /// Adds the row's s·x and s·x².
  func addMoments(_ weight: Double, to moments: inout RowMoments?, outputs: Int) {
    for index in 0..<places.count {
      let (slot, value) = (places[index] / outputs, values[index])
      moments?.sums[slot] += weight * value
      moments?.squares[slot] += weight * value * value
    }
  }

  static var changedRows: RunFailure {
    RunFailure(
      .inputOutput, "the rows changed between two passes of an exact solver",
      cure: "train on files that nobody is writing to")
  }
}

/// How far a row is on the right side: its margin towards its own class. Negative infinity for a soft
/// label, which no margin satisfies.
internal func signedMargin(_ margin: Double, label: Double) -> Double {
  label == 1 ? margin : label == 0 ? -margin : -.infinity
}
