/// A 64-bit checksum against damage on disk, several times faster than a CRC.
///
/// Four lanes of multiply and rotate over 8-byte words, folded with the length: any change of one
/// word changes its lane, since both steps are bijections of the lane's state.
enum Checksum {
  private static let prime: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  static func of(_ base: UnsafeMutablePointer<UInt8>, count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(base)
    var lanes = SIMD4<UInt64>(1, 2, 3, 4)
    var offset = 0
    while offset + 32 <= count {
      let words = unsafe raw.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
      lanes = mix(lanes, words)
      offset += 32
    }
    var rest = SIMD4<UInt64>()
    var lane = 0
    while offset < count {
      for byte in 0..<min(8, count - offset) {
        rest[lane] |= UInt64(unsafe base[offset + byte]) << UInt64(8 * byte)
      }
      offset += 8
      lane += 1
    }
    lanes = mix(lanes, rest)
    var sum = UInt64(count)
    for lane in 0..<4 { sum = rotated((sum ^ lanes[lane]) &* prime) }
    return sum
  }

  @inline(__always)
  private static func mix(_ lanes: SIMD4<UInt64>, _ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
    let product = (lanes ^ words) &* prime
    return product &<< 29 | product &>> 35
  }

  private static func rotated(_ word: UInt64) -> UInt64 { word << 29 | word >> 35 }
}
