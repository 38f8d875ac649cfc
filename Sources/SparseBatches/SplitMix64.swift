/// SplitMix64 (Steele, Lea & Flood 2014): a counter that advances by `increment`, and what makes even
/// bits of it. The same on every machine.
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
