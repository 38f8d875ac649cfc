internal import CZlib

#if ISAL
  internal import CISAL
  internal import CKernels
#endif

/// CRC-32 as in gzip and PNG (polynomial 0xEDB88320): the one that inputs, models and checkpoints
/// are verified by.
///
/// ISA-L, where it is built in, takes an eighth of zlib's time; both give the same number.
package enum CRC32 {
  /// The checksum of what gave `checksum`, then `bytes`; 0 is that of nothing.
  package static func extend(_ checksum: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
    // Both read exactly the bytes of the span, which outlives the call.
    unsafe bytes.withUnsafeBufferPointer { unsafe extend(checksum, $0) }
  }

  /// - Precondition: `bytes` can be read.
  @unsafe
  package static func extend(_ checksum: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    #if ISAL
      // ISA-L reads only, in spite of what its declaration allows.
      let extended = unsafe crc32_gzip_refl(checksum, bytes.baseAddress, UInt64(bytes.count))
      lrs_clear_upper_halves()
      return extended
    #else
      return unsafe UInt32(
        truncatingIfNeeded: crc32_z(UInt(checksum), bytes.baseAddress, bytes.count))
    #endif
  }

  /// The checksum of what gave `first`, then `length` bytes that by themselves gave `second`.
  package static func join(_ first: UInt32, _ second: UInt32, length: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_combine(UInt(first), UInt(second), length))
  }
}
