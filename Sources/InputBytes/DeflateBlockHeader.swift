#if ISAL
  /// The header of a deflate block (RFC 1951, section 3.2), checked by zlib's rules.
  struct DeflateBlockHeader {
    enum Verdict: Equatable {
      case valid(isLast: Bool)
      case incomplete
      case invalid
    }

    private enum Stop: Error { case incomplete, invalid }

    /// The order in which the lengths of the code length code are stored.
    private static let lengthOrder: InlineArray<19, UInt8> = [
      16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ]

    /// How many codes there are of each length.
    private typealias LengthCounts = InlineArray<16, Int>

    /// - Parameters:
    ///   - bits: bits that come before `bytes`, the lowest first.
    ///   - count: how many bits those are, fewer than 8.
    static func check(
      _ bytes: UnsafeBufferPointer<UInt8>, afterBits bits: UInt32, count: UInt32
    ) -> Verdict {
      // `bytes` outlives this call, and the reader does not leave it.
      var reader = unsafe BitReader(bytes: bytes, word: UInt64(bits), count: Int(count))
      do throws(Stop) {
        let isLast = try reader.take(1) == 1
        switch try reader.take(2) {
        case 0: try reader.expectStoredLength()
        case 1: break
        case 2: try checkDynamic(&reader)
        default: return .invalid
        }
        return .valid(isLast: isLast)
      } catch {
        return error == .incomplete ? .incomplete : .invalid
      }
    }

    private static func checkDynamic(_ reader: inout BitReader) throws(Stop) {
      let literals = try reader.take(5) + 257
      let distances = try reader.take(5) + 1
      guard literals <= 286, distances <= 30 else { throw .invalid }
      let table = try readLengthCode(&reader)
      var counts = (literals: LengthCounts(repeating: 0), distances: LengthCounts(repeating: 0))
      var index = 0
      var previous = 0
      var hasEndOfBlock = false
      while index < literals + distances {
        let symbol = try reader.symbol(table)
        var run = 1
        switch symbol {
        case 16:
          guard index > 0 else { throw .invalid }
          run = try reader.take(2) + 3
        case 17:
          (previous, run) = (0, try reader.take(3) + 3)
        case 18:
          (previous, run) = (0, try reader.take(7) + 11)
        default:
          previous = symbol
        }
        guard index + run <= literals + distances else { throw .invalid }
        let literalRun = max(0, min(run, literals - index))
        counts.literals[previous] += literalRun
        counts.distances[previous] += run - literalRun
        if previous > 0, (index..<index + run).contains(256) { hasEndOfBlock = true }
        index += run
      }
      guard hasEndOfBlock, isUsable(counts.literals), isUsable(counts.distances) else {
        throw .invalid
      }
    }

    /// Whether no code word is given twice and none is left over. As in zlib, a code of one word
    /// of one bit may leave the other word over, and there may be no code at all.
    private static func isUsable(_ counts: LengthCounts) -> Bool {
      var free = 1
      var longest = 0
      for length in 1..<16 {
        free = 2 * free - counts[length]
        if free < 0 { return false }
        if counts[length] > 0 { longest = length }
      }
      return free == 0 || longest <= 1
    }

    /// For each 7 bits that may come next: the symbol times 8, plus the length of its code word.
    private typealias LengthCode = InlineArray<128, UInt8>

    private static func readLengthCode(_ reader: inout BitReader) throws(Stop) -> LengthCode {
      let stored = try reader.take(4) + 4
      var lengths = InlineArray<19, Int>(repeating: 0)
      for index in 0..<stored { lengths[Int(lengthOrder[index])] = try reader.take(3) }

      var table = LengthCode(repeating: 0)
      var word = 0
      for length in 1...7 {
        word <<= 1
        for symbol in 0..<19 where lengths[symbol] == length {
          // Over 128 sevenths: the code gives a word twice.
          guard word < 1 << length else { throw .invalid }
          var entry = reversed(word, length)
          while entry < 128 {
            table[entry] = UInt8(symbol << 3 | length)
            entry += 1 << length
          }
          word += 1
        }
      }
      guard word == 1 << 7 else { throw .invalid }
      return table
    }

    private static func reversed(_ word: Int, _ length: Int) -> Int {
      Int(UInt8(word).bitReversed) >> (8 - length)
    }

    /// Takes bits off a run of bytes, the lowest first.
    @safe
    private struct BitReader {
      private let bytes: UnsafeBufferPointer<UInt8>
      private var next = 0
      private var word: UInt64
      private var count: Int

      init(bytes: UnsafeBufferPointer<UInt8>, word: UInt64, count: Int) {
        unsafe self.bytes = unsafe bytes
        self.word = word
        self.count = count
      }

      private mutating func load() {
        while count <= 56, unsafe next < bytes.count {
          // next < bytes.count.
          unsafe word |= UInt64(bytes[next]) << UInt64(count)
          next += 1
          count += 8
        }
      }

      mutating func take(_ bits: Int) throws(Stop) -> Int {
        if count < bits { load() }
        guard count >= bits else { throw .incomplete }
        let value = Int(word & (1 << UInt64(bits) - 1))
        word >>= UInt64(bits)
        count -= bits
        return value
      }

      mutating func symbol(_ table: LengthCode) throws(Stop) -> Int {
        if count < 7 { load() }
        let entry = table[Int(word & 127)]
        _ = try take(Int(entry & 7))
        return Int(entry >> 3)
      }

      /// The rest of the byte is skipped, then the length comes twice.
      mutating func expectStoredLength() throws(Stop) {
        _ = try take(count % 8)
        _ = try take(32)
      }
    }
  }

  extension UInt8 {
    fileprivate var bitReversed: UInt8 {
      var rest = self
      var reversed: UInt8 = 0
      for _ in 0..<8 {
        reversed = reversed << 1 | rest & 1
        rest >>= 1
      }
      return reversed
    }
  }
#endif
