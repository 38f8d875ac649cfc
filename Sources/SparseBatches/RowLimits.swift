/// What the rows of one training can hold: rows that come out of a file are held against it.
package struct RowLimits: Equatable, Sendable {
  /// What labels can be.
  package enum Labels: Equatable, Sendable {
    /// 0 or 1.
    case twoClasses
    /// The number of one of so many classes.
    case classes(Int)
    /// Any finite number.
    case number
  }

  /// Slots lie below 2^bits.
  package var bits: Int
  package var labels: Labels

  package init(bits: Int, labels: Labels) {
    self.bits = bits
    self.labels = labels
  }

  package func admits(slot: UInt32) -> Bool { UInt64(slot) < 1 << UInt64(bits) }

  package func admits(label: Float) -> Bool {
    switch labels {
    case .twoClasses: label == 0 || label == 1
    case .classes(let count):
      label >= 0 && label < Float(count) && label == label.rounded(.down)
    case .number: label.isFinite
    }
  }

  package func admits(weight: Float) -> Bool { weight >= 0 && weight.isFinite }

  /// What is wrong with the rows of a batch whose lengths fit each other; nil when nothing is.
  package func defect(of batch: borrowing SparseBatch) -> String? {
    for row in 0..<batch.rowCount {
      guard admits(label: batch.labels[row]) else { return "a label is \(batch.labels[row])" }
      guard admits(weight: batch.weights[row]) else { return "a weight is \(batch.weights[row])" }
    }
    let limit = UInt64(1) << UInt64(bits)
    var (highest, isFinite) = (UInt32(0), true)
    batch.slots.withSpan { slots in
      for index in slots.indices { highest = max(highest, slots[index]) }
    }
    batch.values.withSpan { values in
      for index in values.indices { isFinite = isFinite && values[index].isFinite }
    }
    guard batch.slots.isEmpty || UInt64(highest) < limit else {
      return "a slot is not below 2^\(bits)"
    }
    return isFinite ? nil : "a value is not finite"
  }
}
