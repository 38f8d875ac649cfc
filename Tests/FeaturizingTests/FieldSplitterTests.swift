import SparseBatches
import Testing

@testable import Featurizing

/// The bit-mask splitter against one that looks at a byte at a time.
@Suite struct FieldSplitterTests {
  /// The obvious version. `row` is as framing leaves it: every quoted field is closed.
  private func oracle(_ row: [UInt8], delimiter: UInt8, quote: UInt8?) -> [[UInt8]] {
    var fields: [[UInt8]] = [[]]
    var index = 0
    while index < row.count {
      if row[index] == quote, fields[fields.count - 1].isEmpty, isFieldStart(row, index, delimiter)
      {
        index += 1
        while true {
          if row[index] == quote {
            guard index + 1 < row.count, row[index + 1] == quote else { break }
            index += 1
          }
          fields[fields.count - 1].append(row[index])
          index += 1
        }
        index += 1
      } else if row[index] == delimiter {
        fields.append([])
        index += 1
      } else {
        fields[fields.count - 1].append(row[index])
        index += 1
      }
    }
    return fields
  }

  @Test(arguments: ["", " ", "   ", "a", " a", "a  ", "  a b ", "\ta ", " \u{A0} "])
  func blanksAroundAFieldGo(_ text: String) {
    let bytes = Array(text.utf8)
    let left = bytes.drop { $0 == 0x20 }
    let expected = Array(left.reversed().drop { $0 == 0x20 }.reversed())
    #expect(Blanks.trimmed(bytes.span) == expected)
  }

  private func isFieldStart(_ row: [UInt8], _ index: Int, _ delimiter: UInt8) -> Bool {
    index == 0 || row[index - 1] == delimiter
  }

  private func split(_ row: [UInt8], quote: UInt8?, padding: Int) -> [[UInt8]] {
    var bytes = GrowableBuffer<UInt8>(capacity: 1)
    bytes.append(contentsOf: Array(repeating: 44, count: padding).span)
    bytes.append(contentsOf: row.span)
    var splitter = FieldSplitter(delimiter: 44, quote: quote)
    let extent = RowExtent(start: UInt32(padding), end: UInt32(padding + row.count))
    return RowFields.split(bytes, extent, with: &splitter, mayHoldQuotes: true)
  }

  @Test func plainRowsOfEveryLength() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<300 {
      let row = (0..<length).map { _ in
        [44, 97, 98][Int.random(in: 0...2, using: &generator)] as UInt8
      }
      #expect(split(row, quote: 34, padding: length % 70) == oracle(row, delimiter: 44, quote: 34))
    }
  }

  @Test(arguments: ["", "\"x\""])
  func fieldsAfterTheLimitAreOnlyCounted(last: String) {
    var bytes = GrowableBuffer<UInt8>(capacity: 1)
    let row = Array(repeating: UInt8(44), count: 100_000) + Array(last.utf8)
    bytes.append(contentsOf: row.span)
    var splitter = FieldSplitter(delimiter: 44, quote: 34)
    splitter.limit = 3
    for _ in 0..<2 {
      _ = unsafe splitter.split(
        bytes, RowExtent(start: 0, end: UInt32(row.count)), mayHoldQuotes: true)
      #expect(splitter.fieldCount == 100_001)
      #expect(splitter.fields.count > 3 && splitter.fields.capacity < 1000)
    }
  }

  @Test func quotedRows() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let fields = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        (0..<Int.random(in: 0...9, using: &generator)).map { _ in
          [44, 34, 10, 97][Int.random(in: 0...3, using: &generator)] as UInt8
        }
      }
      let texts = fields.map { field -> [UInt8] in
        [34] + field.flatMap { $0 == 34 ? [34, 34] : [$0] } + [34]
      }
      let row = Array(texts.joined(separator: [44]))
      #expect(split(row, quote: 34, padding: 3) == fields)
      #expect(oracle(row, delimiter: 44, quote: 34) == fields)
    }
  }

  @Test func quotesAreOrdinaryWithoutQuoting() {
    let row = Array("\"a,b\",c".utf8)
    #expect(split(row, quote: nil, padding: 0) == [Array("\"a".utf8), Array("b\"".utf8), [99]])
  }

  @Test func blanksAreNeverOverlooked() {
    for length in 0..<140 {
      for blank in -1..<length {
        var row = (0..<length).map { $0 % 9 == 0 ? 44 : 97 as UInt8 }
        if blank >= 0 { row[blank] = 32 }
        var bytes = GrowableBuffer<UInt8>(capacity: 1)
        bytes.append(contentsOf: row.span)
        bytes.append(contentsOf: Array(repeating: 97, count: 64).span)
        var splitter = FieldSplitter(delimiter: 44, quote: nil)
        let extent = RowExtent(start: 0, end: UInt32(length))
        _ = unsafe splitter.split(bytes, extent, mayHoldQuotes: false)
        // Without a blank and with all bytes there to be looked at, it knows that there is none.
        #expect(splitter.mayHoldBlanks == (blank >= 0))
      }
    }
  }
}
