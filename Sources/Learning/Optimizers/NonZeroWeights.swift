internal import SparseBatches

/// A weight that is not 0, by the index of its state in the table.
internal struct IndexedWeight: BitwiseCopyable, Sendable {
  var entry: Int
  var weight: Float
}

extension CoordinateRule {
  /// Calls `body` with the index and the weight of each state whose weight is not 0, in rising
  /// order. In portions, so that all but the calls is specialised.
  internal func forEachNonZeroWeight<Failure: Error>(
    in table: SlotView<Block.Slot>, count: Int,
    _ body: (_ entry: Int, _ weight: Float) throws(Failure) -> Void
  ) throws(Failure) {
    var portion = GrowableBuffer<IndexedWeight>(capacity: 4096)
    for start in stride(from: 0, to: count, by: 4096) {
      collectNonZeroWeights(start..<min(start + 4096, count), in: table, into: &portion)
      for index in 0..<portion.count { try body(portion[index].entry, portion[index].weight) }
    }
  }

  @_specialize(where Self == FTRLCoordinates)
  @_specialize(where Self == AdaGradCoordinates)
  @_specialize(where Self == SGDCoordinates)
  private func collectNonZeroWeights(
    _ entries: Range<Int>, in table: SlotView<Block.Slot>,
    into list: inout GrowableBuffer<IndexedWeight>
  ) {
    list.removeAll()
    for start in stride(from: entries.lowerBound, to: entries.upperBound, by: 4) {
      func state(_ lane: Int) -> Block.Slot {
        start + lane < entries.upperBound ? table[entry: start + lane] : Block.untouched
      }
      let weights = SIMD4<Float>(weights(Block(state(0), state(1), state(2), state(3))))
      // Untouched states, most of a large table, weigh 0.
      guard any(weights .!= 0) else { continue }
      for lane in 0..<4 where weights[lane] != 0 {
        list.append(IndexedWeight(entry: start + lane, weight: weights[lane]))
      }
    }
  }
}
