/// 64 bits that stand for a group's name: FNV-1a, then SplitMix64's finaliser, so that the high bits
/// choose groups as well as a coin does. Among a million groups two share a key once in 37 million runs.
package struct GroupKey: Sendable, Equatable, Comparable, BitwiseCopyable {
  package let bits: UInt64

  /// - Parameter name: the group's bytes.
  package init(_ name: some Sequence<UInt8>) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    bits = hash ^ hash >> 31
  }

  package static func < (left: GroupKey, right: GroupKey) -> Bool { left.bits < right.bits }
}
