/// Random choices about rows that depend on nothing but the seed, the purpose and the row's
/// ordinal: the same for every thread count, chunk size, epoch and resumed run.
package struct RowLottery: Sendable {
  /// Choices for different purposes must not be the same choice.
  package enum Purpose: UInt64, Sendable {
    /// Whether a row is held out.
    case holdout = 0x686f_6c64_6f75_7431
    /// Which half of the holdout it belongs to.
    case holdoutHalf = 0x686f_6c64_6f75_7432
    /// Which rows stay when the holdout is full.
    case reservoir = 0x7265_7365_7276_6f69
    /// The order of shuffled rows.
    case shuffle = 0x7368_7566_666c_6531
    /// The order in which the rows of a race of rates are learned.
    case race = 0x7261_6365_726f_7773
    /// Which negatives are trained on.
    case negatives = 0x6e65_6761_7469_7665
    /// Which margins of the stream stay, and which half of them each belongs to.
    case stream = 0x7374_7265_616d_6d61
    /// Which rows a profile looks at.
    case profile = 0x7072_6f66_696c_6531
  }

  private let key: UInt64

  package init(seed: UInt64, _ purpose: Purpose) {
    key = Self.mixed(seed ^ Self.mixed(purpose.rawValue))
  }

  /// 64 even bits for a row.
  package func draw(_ ordinal: Int) -> UInt64 {
    Self.mixed(key &+ UInt64(truncatingIfNeeded: ordinal) &* SplitMix64.increment)
  }

  /// What follows `word` in SplitMix64.
  package static func mixed(_ word: UInt64) -> UInt64 {
    SplitMix64.bits(word &+ SplitMix64.increment)
  }
}

/// A fraction of all rows, chosen by lot.
package struct RowShare: Sendable {
  private let lottery: RowLottery
  /// What a draw must be below.
  private let bound: UInt64
  /// Whether every row is chosen.
  private let isAll: Bool

  /// - Parameter fraction: of the rows, 0…1.
  package init(_ fraction: Double, seed: UInt64, _ purpose: RowLottery.Purpose) {
    lottery = RowLottery(seed: seed, purpose)
    isAll = fraction >= 1
    bound = isAll ? .max : UInt64(fraction * 0x1p64)
  }

  /// Whether the row with this ordinal is one of them.
  package func takes(_ ordinal: Int) -> Bool { isAll || lottery.draw(ordinal) < bound }
}

/// Which negatives a training run leaves out. Rows that are held out stand for the population, so
/// that none of them is.
package struct RowSampling: Sendable {
  private let heldOut: RowShare
  private let kept: RowShare

  /// - Parameters:
  ///   - keepNegatives: fraction of the negatives that is trained on.
  ///   - heldOut: rows that are never trained on.
  package init(keepNegatives: Double, seed: UInt64, heldOut: RowShare) {
    kept = RowShare(keepNegatives, seed: seed, .negatives)
    self.heldOut = heldOut
  }

  /// Whether the row with this ordinal is left out if it is a negative.
  package func leavesOut(_ ordinal: Int) -> Bool {
    !kept.takes(ordinal) && !heldOut.takes(ordinal)
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014): a counter that advances by `increment`, and what makes
/// even bits of it. The same on every machine.
public enum SplitMix64 {
  /// 2^64 divided by the golden ratio, odd.
  @inlinable
  public static var increment: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// 64 even bits of a counter.
  @inlinable @inline(__always)
  public static func bits(_ counter: UInt64) -> UInt64 {
    var bits = counter
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
