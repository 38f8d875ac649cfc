import Foundation
import InputBytes
import SparseBatches
import Testing

/// Reading that goes on where an earlier reader stood after any of its chunks.
@Suite struct ResumedReadingTests {
  private struct Row: Equatable {
    var bytes: [UInt8]
    var ordinal: Int
    var position: InputPosition
  }

  private static let text =
    "\u{FEFF}a,b\r\n1,2\n\n3,\"x\ny\"\n" + String(repeating: "7,8\n", count: 300) + "a,b\n9,"
    + String(repeating: "z", count: 900) + "\n5,6\n11,12"

  private func syntax() -> RowSyntax {
    RowSyntax(
      kind: .delimited(
        delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: true),
      maximumRowBytes: 200)
  }

  private func reader(
    _ path: String, chunkBytes: Int, start: RowReader.Start? = nil
  ) throws -> RowReader {
    let reader = try RowReader(
      sources: [.file(path)], chunkBytes: chunkBytes, start: start, keepsChecksums: true
    ) { _ in }
    reader.syntax = syntax()
    return reader
  }

  /// All rows, the position after each chunk, and how the file ended.
  private func read(
    _ reader: RowReader
  ) throws -> (rows: [[Row]], positions: [ReadingPosition], ending: InputEnding?) {
    var chunk = RowChunk(capacity: 64)
    var rows: [[Row]] = []
    var positions: [ReadingPosition] = []
    var ending: InputEnding?
    while try reader.fill(&chunk) {
      rows.append(
        (0..<chunk.rows.count).map {
          Row(
            bytes: chunk.copy(of: chunk.rows[$0]), ordinal: chunk.ordinal + $0,
            position: chunk.position(ofRow: $0))
        })
      positions.append(chunk.position)
      ending = chunk.endings.first
    }
    return (rows, positions, ending)
  }

  @Test(arguments: ["plain", "gzip"], [true, false])
  func everyPlaceWillDo(_ kind: String, _ isTrusted: Bool) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("resumed-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let plain = Array(Self.text.utf8)
    let half = plain.count / 2
    let stored =
      kind == "plain"
      ? plain : Gzip.member(Array(plain[..<half])) + Gzip.member(Array(plain[half...]))
    try Data(stored).write(to: URL(fileURLWithPath: path))
    let whole = try read(try reader(path, chunkBytes: 50))
    let ending = try #require(whole.ending)
    #expect(ending.bytes == stored.count && ending.bytesUncompressed == plain.count)
    #expect(ending.checksum == (try StoredFile.checksum(ofFile: path).checksum))
    for (index, position) in whole.positions.enumerated().dropLast() {
      for chunkBytes in [1, 77, 4096] {
        let start = RowReader.Start(
          position: position, trustedStamp: isTrusted ? FileStamp(path: path) : nil)
        let rest = try read(try reader(path, chunkBytes: chunkBytes, start: start))
        #expect(Array(rest.rows.joined()) == Array(whole.rows[(index + 1)...].joined()))
        #expect(rest.ending == ending)
      }
    }
  }

  @Test func otherBytesAreRefused() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("resumed-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
    let positions = try read(try reader(path, chunkBytes: 100)).positions
    let position = positions[positions.count / 2]
    for other in [Self.text.replacing("3,", with: "4,"), String(Self.text.prefix(200))] {
      try Data(other.utf8).write(to: URL(fileURLWithPath: path))
      #expect {
        try read(
          try reader(path, chunkBytes: 100, start: .init(position: position, trustedStamp: nil)))
      } throws: {
        ($0 as? RunFailure)?.kind == .badData && "\($0)".contains("not those")
      }
    }
  }
}
