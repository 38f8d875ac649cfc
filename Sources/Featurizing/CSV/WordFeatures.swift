internal import SparseBatches

/// Text to word features: runs of ASCII letters, digits, underscores and bytes >= 0x80, letters in
/// lower case, each hashed with the column's seed.
///
/// An n-gram chains: the hash of each word is the seed of the next one's. A word that stands twice is
/// two features of one slot, which are added up as all others are: values are counts.
struct WordFeatures: ~Copyable {
  private let ngrams: Int
  private let mask: UInt32
  /// The word at hand in lower case; recycled.
  private var word = GrowableBuffer<UInt8>(capacity: 64)

  init(ngrams: Int, mask: UInt32) {
    self.ngrams = ngrams
    self.mask = mask
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  mutating func add(
    _ base: UnsafePointer<UInt8>, count: Int, seed: UInt32, to batch: inout SparseBatch
  ) {
    // Hashes of the runs of one and two words that end with the word before.
    var single: UInt32?
    var double: UInt32?
    var offset = 0
    while unsafe takeWord(base, count: count, &offset) {
      let fresh = hash(seed)
      batch.addFeature(fresh & mask, 1)
      var pair: UInt32?
      if ngrams >= 2, let single {
        let hashed = hash(single)
        batch.addFeature(hashed & mask, 1)
        pair = hashed
      }
      if ngrams >= 3, let double { batch.addFeature(hash(double) & mask, 1) }
      (single, double) = (fresh, pair)
    }
  }

  private func hash(_ seed: UInt32) -> UInt32 {
    // Proof: the buffer's own bytes.
    unsafe MurmurHash3.hash(word.base, count: word.count, seed: seed)
  }

  /// Moves behind the next word.
  ///
  /// - Returns: false when there is none.
  @unsafe
  private mutating func takeWord(
    _ base: UnsafePointer<UInt8>, count: Int, _ offset: inout Int
  ) -> Bool {
    word.removeAll()
    while offset < count {
      let byte = unsafe base[offset]
      offset += 1
      if Self.isWord(byte) {
        word.append(Self.isUpper(byte) ? byte | 0x20 : byte)
      } else if !word.isEmpty {
        return true
      }
    }
    return !word.isEmpty
  }

  private static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
      || byte == UInt8(ascii: "_")
  }
}
