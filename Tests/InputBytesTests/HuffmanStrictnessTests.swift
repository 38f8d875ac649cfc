import InputBytes
import SparseBatches
import Testing

/// Streams whose checksums are right and whose Huffman codes are odd: all backends must judge
/// them as zlib does.
@Suite struct HuffmanStrictnessTests {
  struct Odd: Sendable, CustomTestStringConvertible {
    var name: String
    /// Code lengths of "a", of the end of the block and of the only distance.
    var letter: Int
    var end: Int
    var distance: Int
    var isTaken: Bool

    var testDescription: String { name }
  }

  static let odd = [
    Odd(name: "complete, no distance", letter: 1, end: 1, distance: 0, isTaken: true),
    Odd(name: "complete, one distance bit", letter: 1, end: 1, distance: 1, isTaken: true),
    Odd(name: "only an end of one bit", letter: 0, end: 1, distance: 0, isTaken: true),
    Odd(name: "incomplete literals", letter: 2, end: 2, distance: 0, isTaken: false),
    Odd(name: "incomplete literals, unequal", letter: 1, end: 2, distance: 0, isTaken: false),
    Odd(name: "only an end of two bits", letter: 0, end: 2, distance: 0, isTaken: false),
    Odd(name: "incomplete distances", letter: 1, end: 1, distance: 2, isTaken: false),
    Odd(name: "no end of block", letter: 1, end: 0, distance: 0, isTaken: false),
  ]

  @Test(arguments: odd)
  func oddCodes(odd: Odd) throws {
    let folder = try TemporaryFolder()
    let plain = odd.letter == 0 ? [] : Array("aaa".utf8)
    let source = try folder.file("odd", Gzip.frame(block(odd), plain))
    let reading = try readWithAll(source)
    #expect((reading != nil) == odd.isTaken)
    if odd.isTaken { #expect(reading?.rows.map(\.bytes) == (plain.isEmpty ? [] : [plain])) }
  }

  /// One dynamic block: "a" three times, then the end.
  private func block(_ odd: Odd) -> [UInt8] {
    var bits = BitWriter()
    bits.put(1, 1)
    putLengthCode(&bits)
    zeros(97, &bits)
    length(odd.letter, &bits)
    zeros(138, &bits)
    zeros(20, &bits)
    length(odd.end, &bits)
    length(odd.distance, &bits)
    let letterFirst = odd.letter > 0 && (odd.end == 0 || odd.letter <= odd.end)
    if odd.letter > 0 { for _ in 0..<3 { bits.putWord(letterFirst ? 0 : 1, odd.letter) } }
    let endWord = odd.letter == 0 ? 0 : odd.letter < odd.end ? 2 : 1
    bits.putWord(endWord, max(odd.end, 1))
    return bits.bytes
  }

  /// The start of a dynamic block: 257 letters, one distance, and the code of their lengths.
  private func putLengthCode(_ bits: inout BitWriter) {
    bits.put(2, 2)
    bits.put(0, 5)
    bits.put(0, 5)
    bits.put(14, 4)
    // The length code: 18 has one bit, 0 two, 1 and 2 three.
    for length in [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3] { bits.put(length, 3) }
  }

  private func zeros(_ count: Int, _ bits: inout BitWriter) {
    bits.putWord(0, 1)
    bits.put(count - 11, 7)
  }

  private func length(_ length: Int, _ bits: inout BitWriter) {
    switch length {
    case 0: bits.putWord(0b10, 2)
    case 1: bits.putWord(0b110, 3)
    default: bits.putWord(0b111, 3)
    }
  }

  @Test func blockTypeThreeAndWrongStoredLengthAreRefused() throws {
    let folder = try TemporaryFolder()
    let plain = Array("ab\n".utf8)
    let stored: [UInt8] = [1, 3, 0, 0xFC, 0xFF] + plain
    #expect(try readWithAll(try folder.file("a", Gzip.frame(stored, plain)))?.rows.count == 1)
    var wrong = stored
    wrong[3] = 0xFD
    #expect(try readWithAll(try folder.file("b", Gzip.frame(wrong, plain))) == nil)
    #expect(try readWithAll(try folder.file("c", Gzip.frame([7, 0], []))) == nil)
  }

  @Test func aDistanceBeforeTheStartIsRefused() throws {
    let folder = try TemporaryFolder()
    var bits = BitWriter()
    bits.put(1, 1)
    bits.put(1, 2)
    bits.putWord(0x30 + 97, 8)
    // Length 3, distance 2: one byte before the first.
    bits.putWord(1, 7)
    bits.putWord(1, 5)
    bits.putWord(0, 7)
    let source = try folder.file("far", Gzip.frame(bits.bytes, Array("aaaa".utf8)))
    #expect(try readWithAll(source) == nil)
    // Also after another member, whose bytes must not be reached.
    let later = try folder.file(
      "later", Gzip.member(Array("bbbb".utf8)) + Gzip.frame(bits.bytes, Array("abab".utf8)))
    #expect(try readWithAll(later) == nil)
  }

  /// A match reaches back into the block before, whose end falls on the end of the output buffer:
  /// there ISA-L has decoded the block's last letters and its end at once, without room for them.
  @Test func historyOutlivesABlockThatEndsWithTheBuffer() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 3)
    let letters = (0..<100_000).map { _ in UInt8.random(in: 0x61...0x62, using: &generator) }
    let match = letters[(letters.count - 20_000)...].prefix(258)
    var bits = BitWriter()
    bits.put(0, 1)
    putLengthCode(&bits)
    zeros(97, &bits)
    length(1, &bits)
    length(2, &bits)
    zeros(138, &bits)
    zeros(19, &bits)
    length(2, &bits)
    length(0, &bits)
    for letter in letters { letter == 0x61 ? bits.putWord(0, 1) : bits.putWord(2, 2) }
    bits.putWord(3, 2)
    // The last block: length 258 at distance 20,000 by the fixed codes.
    bits.put(1, 1)
    bits.put(1, 2)
    bits.putWord(0xC5, 8)
    bits.putWord(28, 5)
    bits.put(20_000 - 16_385, 13)
    bits.putWord(0, 7)
    let source = try folder.file("blocks", Gzip.frame(bits.bytes, letters + match))
    for room in 0...5 {
      let reading = try readWithAll(source, chunkBytes: letters.count - room)
      #expect(reading?.rows.map(\.bytes) == [letters + match], "\(room) bytes before the end")
    }
  }

  @Test func noiseIsJudgedAlike() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 99)
    let text = Array((0..<300).map { "\($0 * 31 % 97),\($0 % 7),x\n" }.joined().utf8)
    let whole = Gzip.member(text)
    for round in 0..<400 {
      var noisy = whole
      for _ in 0...(round % 3) {
        let at = Int.random(in: 10..<(whole.count - 8), using: &generator)
        noisy[at] = UInt8.random(in: 0...255, using: &generator)
      }
      try readWithAll(try folder.file("noise", noisy), chunkBytes: 1 + round * 7)
    }
  }
}
