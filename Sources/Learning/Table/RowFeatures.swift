package import SparseBatches

/// The features of one row, four at a time. The last block is filled up with value 0.
///
/// Valid as long as the batch is neither changed nor destroyed.
@safe
package struct RowFeatures: BitwiseCopyable {
  @unsafe internal let slots: UnsafePointer<UInt32>
  @unsafe internal let values: UnsafePointer<Float>
  package let count: Int

  @inline(__always)
  package init(_ batch: borrowing SparseBatch, row: Int) {
    let range = batch.features(ofRow: row)
    precondition(range.upperBound <= batch.slots.count && range.upperBound <= batch.values.count)
    // The row lies inside both buffers by the line above.
    unsafe slots = UnsafePointer(batch.slots.base + range.lowerBound)
    unsafe values = UnsafePointer(batch.values.base + range.lowerBound)
    count = range.count
  }

  /// Blocks without padding; one more follows when `count` is no multiple of 4.
  @inline(__always)
  package var wholeBlocks: Int { count / 4 }

  @inline(__always)
  package var blocks: Int { (count + 3) / 4 }

  @inline(__always)
  package func slot(_ index: Int) -> UInt32 {
    precondition(index >= 0 && index < count)
    return unsafe slots[index]
  }

  @inline(__always)
  package func value(_ index: Int) -> Float {
    precondition(index >= 0 && index < count)
    return unsafe values[index]
  }

  @inline(__always)
  package func slots(wholeBlock block: Int) -> SIMD4<UInt32> {
    precondition(block >= 0 && block < wholeBlocks)
    // Features 4·block …< 4·block + 4 lie below count.
    return unsafe UnsafeRawPointer(slots + 4 * block).loadUnaligned(as: SIMD4<UInt32>.self)
  }

  @inline(__always)
  package func values(block: Int) -> SIMD4<Float> {
    if block < wholeBlocks {
      precondition(block >= 0)
      // As above.
      return unsafe UnsafeRawPointer(values + 4 * block).loadUnaligned(as: SIMD4<Float>.self)
    }
    var tail = SIMD4<Float>()
    for index in 4 * block..<count { tail[index - 4 * block] = unsafe values[index] }
    return tail
  }
}

extension RowFeatures {
  /// Σ x², in the order of `MarginSum`.
  @inline(__always)
  package var squaredNorm: Double {
    var lanes = SIMD4<Double>()
    for block in 0..<blocks {
      let values = SIMD4<Double>(values(block: block))
      lanes += values * values
    }
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
  }
}

/// Σ w·x of one row, in Double, where products of two Floats are exact.
///
/// The order is fixed: feature i adds to lane i mod 4, then the lanes are added as
/// (0 + 2) + (1 + 3), then the bias. Training and serving use this same sum, so that a prediction
/// has the bits that training saw.
package struct MarginSum: BitwiseCopyable {
  private var lanes = SIMD4<Double>()

  @inline(__always)
  package init() {}

  @inline(__always)
  package mutating func add(weights: SIMD4<Double>, values: SIMD4<Float>) {
    lanes += weights * SIMD4<Double>(values)
  }

  @inline(__always)
  package func margin(bias: Double) -> Double {
    bias + ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3]))
  }
}

extension RowFeatures {
  /// The row's margin, given the weight of each of its features by index.
  @inline(__always)
  internal func margin(bias: Double, weight: (Int) -> Double) -> Double {
    var sum = MarginSum()
    for block in 0..<wholeBlocks {
      let start = 4 * block
      // Made at once: lane by lane, a vector goes through memory (measured: 5 ns a feature).
      let weights = SIMD4(
        weight(start), weight(start + 1), weight(start + 2), weight(start + 3))
      sum.add(weights: weights, values: values(block: block))
    }
    if wholeBlocks < blocks {
      var weights = SIMD4<Double>()
      for index in 4 * wholeBlocks..<count { weights[index % 4] = weight(index) }
      sum.add(weights: weights, values: values(block: wholeBlocks))
    }
    return sum.margin(bias: bias)
  }
}
