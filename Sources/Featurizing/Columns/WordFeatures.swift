internal import SparseBatches

/// Text to word features: runs of ASCII letters, digits, underscores and bytes >= 0x80, letters in
/// lower case, each hashed with the column's seed.
///
/// An n-gram chains: the hash of each word is the seed of the next one's. A word that stands twice
/// is two features of one slot, which are added up as all others are: values are counts.
struct WordFeatures: ~Copyable {
  private let ngrams: Int
  private let mask: UInt32
  /// The word at hand in lower case; recycled.
  private var word = GrowableBuffer<UInt8>(capacity: 64)
  /// Where it ends in the text.
  private var wordEnd = 0

  init(ngrams: Int, mask: UInt32) {
    self.ngrams = ngrams
    self.mask = mask
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  mutating func add(
    _ base: UnsafePointer<UInt8>, count: Int, _ step: TextStep, _ watch: inout FeatureWatch,
    to batch: inout SparseBatch
  ) {
    // Hashes of the runs of one and two words that end with the word before.
    var single: UInt32?
    var double: UInt32?
    // Where this word and the two before it begin.
    var starts = (0, 0, 0)
    var offset = 0
    while unsafe takeWord(base, count: count, &offset) {
      let end = wordEnd
      starts = (end - word.count, starts.0, starts.1)
      let fresh = hash(step.seed)
      if watch.wantsName(of: fresh) { unsafe name(fresh, step, base, starts.0..<end, &watch) }
      batch.addFeature(fresh & mask, 1)
      var pair: UInt32?
      if ngrams >= 2, let single {
        let hashed = hash(single)
        if watch.wantsName(of: hashed) { unsafe name(hashed, step, base, starts.1..<end, &watch) }
        batch.addFeature(hashed & mask, 1)
        pair = hashed
      }
      if ngrams >= 3, let double {
        let hashed = hash(double)
        if watch.wantsName(of: hashed) { unsafe name(hashed, step, base, starts.2..<end, &watch) }
        batch.addFeature(hashed & mask, 1)
      }
      (single, double) = (fresh, pair)
    }
  }

  /// Names a run of words `column=first second`, in lower case, whatever stood between them.
  @unsafe @inline(never)
  private mutating func name(
    _ hash: UInt32, _ step: TextStep, _ base: UnsafePointer<UInt8>, _ range: Range<Int>,
    _ watch: inout FeatureWatch
  ) {
    let held = word.withSpan { word in word.indices.map { word[$0] } }
    var text: [UInt8] = []
    var offset = range.lowerBound
    // The range lies inside the text that is being split.
    while unsafe takeWord(base, count: range.upperBound, &offset) {
      if !text.isEmpty { text.append(UInt8(ascii: " ")) }
      word.withSpan { word in text += word.indices.map { word[$0] } }
    }
    word.removeAll()
    word.append(contentsOf: held.span)
    watch.name(hash, pieces: [step.name.bytes, [UInt8(ascii: "=")], text])
  }

  private func hash(_ seed: UInt32) -> UInt32 {
    // Proof: the buffer's own bytes.
    unsafe MurmurHash3.hash(word.base, count: word.count, seed: seed)
  }

  /// Moves past the next word.
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
        wordEnd = offset - 1
        return true
      }
    }
    wordEnd = count
    return !word.isEmpty
  }

  private static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
      || byte == UInt8(ascii: "_")
  }
}
