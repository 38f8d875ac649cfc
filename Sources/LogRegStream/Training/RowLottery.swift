/// Random choices about rows that depend on nothing but the seed, the purpose and the row's ordinal:
/// the same for every thread count, chunk size, epoch and resumed run.
struct RowLottery: Sendable {
  /// Choices for different purposes must not be the same choice.
  enum Purpose: UInt64 {
    /// Whether a row is held out.
    case holdout = 0x686f_6c64_6f75_7431
    /// Which half of the holdout it belongs to.
    case holdoutHalf = 0x686f_6c64_6f75_7432
    /// Which rows stay when the holdout is full.
    case reservoir = 0x7265_7365_7276_6f69
    /// The order of shuffled rows.
    case shuffle = 0x7368_7566_666c_6531
  }

  private let key: UInt64

  init(seed: UInt64, _ purpose: Purpose) { key = Self.mixed(seed ^ Self.mixed(purpose.rawValue)) }

  /// 64 even bits for a row.
  func draw(_ ordinal: Int) -> UInt64 {
    Self.mixed(key &+ UInt64(truncatingIfNeeded: ordinal) &* 0x9e37_79b9_7f4a_7c15)
  }

  /// The finalizer of SplitMix64 (Steele, Lea & Flood 2014).
  static func mixed(_ word: UInt64) -> UInt64 {
    var bits = word &+ 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// The bound below which `draw` falls with probability `fraction`.
  static func bound(_ fraction: Double) -> UInt64 {
    fraction >= 1 ? .max : UInt64(fraction * 18_446_744_073_709_551_616.0)
  }
}
