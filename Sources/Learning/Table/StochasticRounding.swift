internal import SparseBatches

// Design note
//
// A Float accumulator stops growing when what is added falls below half a unit of its last place:
// n = 2^24 never moves again by steps of 1. So each sum is made in Double and rounded to Float up
// or down at random, with probabilities that make the expected result the exact sum. Whatever is
// small against the accumulator then arrives in expectation, however large the accumulator is.
//
// A Double holds 29 bits more than a Float. Adding 29 random bits below the last bit of the Float
// and cutting there rounds up with probability (cut part) / 2^29: exactly unbiased. It acts on the
// magnitude, so it is the same for both signs. A value that a Float can hold is never changed.
// (Below 2^-126 Floats are subnormal and the conversion rounds to nearest again.)
//
// The random bits are a hash of the slot and the number of the update: nothing to store but a
// counter, no order of evaluation to keep, the same bits on every machine.

/// Deterministic random bits of one update, a fresh 64 for each slot.
package struct RoundingBits: Sendable {
  internal let key: UInt64
  internal let multiplier: UInt64

  /// - Parameter update: the number of the update in the life of the table.
  package init(update: UInt64) {
    key = Self.mixed(update &* 2)
    // Odd, so that no slot bit is lost.
    multiplier = Self.mixed(update &* 2 &+ 1) | 1
  }

  /// The two halves of a 128-bit product, folded: one multiplication a feature.
  @inline(__always)
  package func bits(slot: UInt32) -> UInt64 {
    bits(index: UInt64(slot))
  }

  /// For tables of several entries a slot: `index` is the entry's.
  @inline(__always)
  package func bits(index: UInt64) -> UInt64 {
    let product = (index ^ key).multipliedFullWidth(by: multiplier)
    return product.high ^ product.low
  }

  /// The number `counter` of SplitMix64's sequence from 0.
  private static func mixed(_ counter: UInt64) -> UInt64 {
    SplitMix64.bits((counter &+ 1) &* SplitMix64.increment)
  }
}

/// Doubles to Floats, up or down at random, unbiased.
package enum StochasticRounding {
  /// - Parameter bits: random; the low 29 of each lane are used.
  /// - Returns: infinity where a value is beyond the Floats, NaN for NaN.
  @inline(__always)
  package static func round(_ values: SIMD4<Double>, bits: SIMD4<UInt64>) -> SIMD4<Float> {
    let belowFloat = SIMD4<UInt64>(repeating: (1 << 29) - 1)
    // Both types are 32 bytes without padding, and every pattern is valid in both.
    let patterns = unsafe unsafeBitCast(values, to: SIMD4<UInt64>.self)
    let cut = (patterns &+ (bits & belowFloat)) & ~belowFloat
    return unsafe SIMD4<Float>(unsafeBitCast(cut, to: SIMD4<Double>.self))
  }
}
