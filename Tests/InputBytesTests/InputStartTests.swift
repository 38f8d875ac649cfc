import Foundation
import InputBytes
import SparseBatches
import Testing

/// What the first bytes of an input tell, in every input and inside gzip.
@Suite struct InputStartTests {
  private static let rows = Array("a,b\n1,2\n3,4\n".utf8)

  /// Letters as two or four bytes each, with the zeros before or after them.
  private static func wide(_ text: String, zerosBefore: Int, zerosAfter: Int) -> [UInt8] {
    text.utf8.flatMap { byte in
      Array(repeating: 0, count: zerosBefore) + [byte] + Array(repeating: 0, count: zerosAfter)
    }
  }

  private static let table = "label,price,colour\n1,2.5,red\n0,3.5,blue\n"

  private static var tar: [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    header.replaceSubrange(0..<5, with: "a.csv".utf8)
    header.replaceSubrange(100..<107, with: "0000644".utf8)
    header.replaceSubrange(124..<135, with: "00000000014".utf8)
    header[156] = UInt8(ascii: "0")
    let sum = header.reduce(8 * 0x20) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    header.replaceSubrange(
      148..<154, with: (String(repeating: "0", count: 6 - digits.count) + digits).utf8)
    header[155] = UInt8(ascii: " ")
    return header + rows + [UInt8](repeating: 0, count: 500)
  }

  static let strange: [(what: String, bytes: [UInt8])] = [
    ("UTF-16", [0xFF, 0xFE] + wide(table, zerosBefore: 0, zerosAfter: 1)),
    ("UTF-16", [0xFE, 0xFF] + wide(table, zerosBefore: 1, zerosAfter: 0)),
    ("UTF-16LE", wide(table, zerosBefore: 0, zerosAfter: 1)),
    ("UTF-16BE", wide(table, zerosBefore: 1, zerosAfter: 0)),
    // Letters of another script have no zero.
    (
      "UTF-16LE",
      wide("label,", zerosBefore: 0, zerosAfter: 1) + [0x66, 0x04, 0x32, 0x04]
        + wide("\n1,", zerosBefore: 0, zerosAfter: 1) + [0x66, 0x04]
    ),
    ("UTF-32", [0xFF, 0xFE, 0, 0] + wide(table, zerosBefore: 0, zerosAfter: 3)),
    ("carriage return alone", Array("a,b\r1,2\r3,4\r".utf8)),
    ("tar archive", tar),
    ("Parquet", Array("PAR1".utf8) + [0x15, 4, 0x15, 0x80]),
    ("Arrow", Array("ARROW1".utf8) + [0, 0, 1]), ("ORC", Array("ORC".utf8) + [0x0A, 3, 8]),
    ("Avro", Array("Obj".utf8) + [1, 2, 3]), ("SQLite", Array("SQLite format 3".utf8) + [0, 16]),
    ("PDF", Array("%PDF-1.7\n".utf8)), ("JSON", Array("{\"label\": 1}\n".utf8)),
    ("JSON", Array("[\n  {\"label\": 1}]".utf8)), ("JSON", Array("[\"label\", \"a\"]\n".utf8)),
    ("model or checkpoint", [0x89, 0x4C, 0x52, 0x53, 0x0D, 0x0A, 0x1A, 0x0A, 1, 0]),
    ("NumPy", [0x93] + Array("NUMPY".utf8) + [1, 0]), ("web page", Array("<!DOCTYPE html>\n".utf8)),
    ("binary data", Array(0...255)),
  ]

  @Test(arguments: strange)
  func isNamedInEveryInput(what: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let good = try folder.file("good.csv", Self.rows)
    for (name, content) in [("plain.csv", bytes), ("packed.csv.gz", Gzip.member(bytes))] {
      let source = try folder.file(name, content)
      for sources in [[source], [good, source]] {
        let failure = failure { try read(sources, commaTable) }
        #expect(failure?.kind == .badData, "\(what) \(name)")
        #expect(failure?.message.contains(what) == true, "\(failure?.message ?? "none")")
        #expect(failure?.message.contains(name) == true)
        #expect((failure?.message.count ?? 0) < 200 + folder.url.path.count)
        #expect(failure?.cure != nil)
      }
    }
  }

  @Test(arguments: RefusalTests.foreign)
  func whatIsCompressedTwiceIsNamed(name: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("f.csv.gz", Gzip.member(bytes))
    let failure = failure { try read([source]) }
    #expect(failure?.kind == .badData)
    #expect(failure?.message.contains("compressed with \(name)") == true)
    #expect(failure?.message.contains(" inside its gzip, which is not read here") == true)
  }

  @Test func gzipInGzipIsNamed() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("f.csv.gz", Gzip.member(Gzip.member(Self.rows)))
    let failure = failure { try read([source]) }
    #expect(failure?.message.contains("compressed with gzip inside its gzip") == true)
    #expect(failure?.cure?.contains("gzip -dc FILE | gzip -dc") == true)
  }

  @Test(arguments: [
    "PAR1,label\n", "ORC,b\n", "RDX,b\n", "[0.25 0.75]\n", "[[0.1 0.9]\n [0.2 0.8]]\n", "{x},b\n",
    "x\0y,b\n", "a\u{1}b\u{1}c\n", "\u{FEFF}a,b\n", "é,ü,ß,ø\n",
  ])
  func textIsRead(text: String) throws {
    let folder = try TemporaryFolder()
    let reading = try read([try folder.file("t.csv", text.utf8)], commaRows)
    #expect(reading.rows.count == text.count { $0 == "\n" })
  }

  /// What is inflated to be looked at is delivered, whatever the size of the chunks.
  @Test func theStartIsReadOnce() throws {
    let folder = try TemporaryFolder()
    let text = (0..<3000).map { "row \($0)\n" }.joined()
    let source = try folder.file("t.gz", Gzip.member(Array(text.utf8)))
    for chunkBytes in [1, 100, 8 << 10, 1 << 20] {
      let reading = try read([source], chunkBytes: chunkBytes)
      #expect(reading.rows.count == 3000)
      #expect(reading.summaries.first?.bytesUncompressed == text.utf8.count)
    }
  }
}
