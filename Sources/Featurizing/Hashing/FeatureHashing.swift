/// The hashing trick (Weinberger et al. 2009): which slot a feature has.
///
/// `slot = murmur3(value, seed: murmur3(column, seed: S)) & (2^bits − 1)`; a numeric column has the
/// slot `murmur3(column, S) & mask`; a missing value hashes as the empty value. A feature of VW text
/// hashes as a value of the column that its namespace is.
package struct FeatureHashing: Codable, Equatable, Sendable {
  /// 2^bits slots, 10…30.
  package var bits: Int
  package var seed: UInt32

  package static let allowedBits = 10...30

  package init(bits: Int = 22, seed: UInt32 = 0) {
    self.bits = bits
    self.seed = seed
  }

  package var mask: UInt32 { UInt32(truncatingIfNeeded: 1 << bits - 1) }

  /// The seed for the values of a column; masked, it is the slot of a numeric column.
  package func columnSeed(_ name: ByteText) -> UInt32 {
    MurmurHash3.hash(name.bytes, seed: seed)
  }

  /// The slot of a LibSVM index: the index itself when it fits, else its hash (8 bytes, little-endian).
  @inline(__always)
  package func slot(ofIndex index: UInt64) -> UInt32 { hash(ofIndex: index) & mask }

  /// What a LibSVM index is told apart by: its low bits are the slot.
  @inline(__always)
  package func hash(ofIndex index: UInt64) -> UInt32 {
    if index <= UInt64(mask) { return UInt32(truncatingIfNeeded: index) }
    return unsafe withUnsafeBytes(of: index.littleEndian) { bytes in
      // Proof: an integer's eight bytes, read while they are in scope.
      unsafe MurmurHash3.hash(
        bytes.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped, count: 8,
        seed: seed)
    }
  }
}
