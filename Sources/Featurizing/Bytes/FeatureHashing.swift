internal import CKernels

/// The hashing trick (Weinberger et al. 2009): which slot a feature has.
///
/// `slot = murmur3(value, seed: murmur3(column, seed: S)) & (2^bits − 1)`; a numeric column has the
/// slot `murmur3(column, S) & mask`; a missing value hashes as the empty value. A feature of VW
/// text hashes as a value of the column that its namespace is.
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

  /// What a LibSVM index is told apart by, of which the low bits are its slot: the index itself
  /// when it fits, else its hash (8 bytes, little-endian).
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

/// MurmurHash3_x86_32 (Austin Appleby, public domain), over raw bytes.
///
/// The same function as VW's `--hash all`, scikit-learn's `murmurhash3_32` and Redshift's
/// `MURMUR3_32_HASH`, so that a served model can be checked anywhere.
package enum MurmurHash3 {
  /// - Parameter bytes: read without a copy.
  package static func hash(_ bytes: some Collection<UInt8>, seed: UInt32) -> UInt32 {
    let contiguous = Array(bytes)
    // Proof: the closure's pointer is valid for `contiguous.count` bytes while it runs.
    return unsafe contiguous.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return finish(seed, length: 0) }
      return unsafe hash(base, count: buffer.count, seed: seed)
    }
  }

  /// The hash of `count` bytes at `base`, in place: the inner loop of featurizing.
  ///
  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  package static func hash(_ base: UnsafePointer<UInt8>, count: Int, seed: UInt32) -> UInt32 {
    var state = seed
    var offset = 0
    // Most values are short: the first two words without a loop.
    if count >= 8 {
      unsafe addWord(&state, base)
      unsafe addWord(&state, base + 4)
      offset = 8
    }
    while offset + 4 <= count {
      unsafe addWord(&state, base + offset)
      offset &+= 4
    }
    let tail = count & 3
    if tail > 0 {
      var word = UInt32(unsafe base[offset])
      if tail > 1 { word |= UInt32(unsafe base[offset + 1]) << 8 }
      if tail > 2 { word |= UInt32(unsafe base[offset + 2]) << 16 }
      state ^= mix(word)
    }
    return finish(state, length: count)
  }

  /// The hash of a number below 100 written in decimal.
  package static func hash(decimal number: Int, seed: UInt32) -> UInt32 {
    let zero = UInt8(ascii: "0")
    let (tens, ones) = (UInt8(number / 10), UInt8(number % 10))
    let text = tens == 0 ? (zero + ones, 0) : (zero + tens, zero + ones)
    return unsafe withUnsafeBytes(of: text) { bytes in
      // Proof: a pair's two bytes, of which one or two are read while they are in scope.
      unsafe hash(
        bytes.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped,
        count: tens == 0 ? 1 : 2, seed: seed)
    }
  }

  /// - Precondition: four bytes can be read at `word`.
  @unsafe @inline(__always)
  private static func addWord(_ state: inout UInt32, _ word: UnsafePointer<UInt8>) {
    let bytes = unsafe UnsafeRawPointer(word).loadUnaligned(as: UInt32.self)
    state = lrs_rotate_left32(state ^ mix(UInt32(littleEndian: bytes)), 13) &* 5 &+ 0xe654_6b64
  }

  @inline(__always)
  private static func mix(_ word: UInt32) -> UInt32 {
    lrs_rotate_left32(word &* 0xcc9e_2d51, 15) &* 0x1b87_3593
  }

  @inline(__always)
  private static func finish(_ state: UInt32, length: Int) -> UInt32 {
    var h = state ^ UInt32(truncatingIfNeeded: length)
    h = (h ^ h >> 16) &* 0x85eb_ca6b
    h = (h ^ h >> 13) &* 0xc2b2_ae35
    return h ^ h >> 16
  }
}
