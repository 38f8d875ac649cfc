package import ModelFile
package import SparseBatches

/// The margin of a row at weights that had not seen it, nor the rows just before it.
package struct FrozenMargin: Equatable, Sendable, BitwiseCopyable {
  package var margin: Double
  /// Place in the order of learning.
  package var ordinal: Int
  package var isPositive: Bool
  /// That the row is learned with.
  package var weight: Float

  package init(margin: Double, ordinal: Int, isPositive: Bool, weight: Float) {
    self.margin = margin
    self.ordinal = ordinal
    self.isPositive = isPositive
    self.weight = weight
  }

  /// Whether a learner and a row can have given it.
  package var isSound: Bool { margin.isFinite && weight >= 0 && weight.isFinite }
}

extension StreamWindow {
  /// These rows, none of them thinned; which half each belongs to is decided as in the stream.
  package init(_ margins: [FrozenMargin], seed: UInt64) {
    let lottery = RowLottery(seed: seed, .stream)
    let weighing = margins.filter { $0.weight > 0 }
    self.init(
      negatives: weighing.count { !$0.isPositive }, positives: weighing.count { $0.isPositive })
    areFrozen = true
    rows = weighing.map {
      Row(
        margin: $0.margin, isPositive: $0.isPositive, weight: Double($0.weight),
        draw: lottery.draw($0.ordinal))
    }
  }
}

// MARK: - Checkpoints

extension FrozenMargin {
  package static let encodedBytes = 13

  package func encode(into writer: inout ByteWriter) {
    writer.append(margin)
    writer.append(weight)
    writer.append(isPositive)
  }

  /// - Parameter ordinal: which follows from where it is stored.
  package init(from reader: inout ByteReader, ordinal: Int) throws(RunFailure) {
    self.ordinal = ordinal
    margin = try reader.readDouble()
    weight = try reader.readFloat()
    isPositive = try reader.readBool()
  }
}
