import Foundation
import InputBytes
import SparseBatches
import Testing

@Suite struct RowReaderTests {
  @Test func filesFollowOneAnother() throws {
    let folder = try TemporaryFolder()
    let sources = [
      try folder.file("a.csv", Array("x,y\n1,2\nx,y\n3,4".utf8)),
      try folder.file("empty.csv", []),
      try folder.file("b.csv.gz", Gzip.member(Array("\u{FEFF}y,x\r\n\r\n5,6\r\n".utf8))),
      try folder.file("header.csv", Array("x,y\n".utf8)),
    ]
    let notices = Notices()
    for chunkBytes in [1, 2, 5, 1 << 16] {
      let reading = try read(sources, commaTable, chunkBytes: chunkBytes, notices: notices)
      let rows = reading.rows.map { String(decoding: $0.bytes, as: UTF8.self) }
      #expect(rows == ["1,2", "3,4", "5,6"])
      #expect(
        reading.rows.map(\.position) == [
          InputPosition(file: 0, row: 1, line: 2, offset: 4),
          InputPosition(file: 0, row: 2, line: 4, offset: 12),
          InputPosition(file: 2, row: 1, line: 3, offset: 10),
        ])
      #expect(reading.rows.map(\.ordinal) == [0, 1, 2])
      let headers = reading.headers.mapValues { String(decoding: $0, as: UTF8.self) }
      #expect(headers == [0: "x,y", 2: "y,x", 3: "x,y"])
      #expect(reading.summaries.map(\.rows) == [2, 0, 1, 0])
      #expect(reading.summaries.map(\.bytesUncompressed) == [15, 0, 15, 4])
      #expect(reading.repeatedHeaders == 1)
    }
    let repeats = "a.csv: skipped lines that repeat the header: 1"
    #expect(notices.all.count { $0.hasSuffix(repeats) } == 4)
    #expect(notices.all.count { $0.hasSuffix("empty.csv: empty input") } == 4)
    #expect(notices.all.count == 8)
  }

  @Test func theFirstChunkTellsItsPlaceAndSizes() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("a.csv", Array("x\n1\n2\n".utf8))
    let reader = try RowReader(sources: [source]) { _ in }
    reader.syntax = commaTable
    #expect(reader.totalStoredBytes == 6)
    #expect(reader.currentSourceName == source.displayName)
    var chunk = RowChunk(capacity: 1)
    #expect(try reader.fill(&chunk))
    let (rows, hasQuotes, stored) = (chunk.rows.count, chunk.hasQuotes, chunk.storedBytesRead)
    #expect(rows == 2)
    #expect(!hasQuotes)
    #expect(stored == 6)
    let position = chunk.position(ofRow: 1)
    #expect(position == InputPosition(file: 0, row: 2, line: 3, offset: 4))
    #expect(try !reader.fill(&chunk))
  }

  @Test func peekConsumesNothing() throws {
    let folder = try TemporaryFolder()
    let text = Array("\u{FEFF}first line\nsecond\n".utf8)
    let sources = [
      try folder.file("empty", []), try folder.file("mark", [0xEF, 0xBB, 0xBF]),
      try folder.file("text", Gzip.member(text)),
    ]
    for limit in [0, 3, 11, 12, 100] {
      let reader = try RowReader(sources: sources, chunkBytes: 4) { _ in }
      let line = Array(text[3..<14])
      let expected = limit <= 11 ? line : Array(text[3...].prefix(limit))
      #expect(try reader.peek(limit: limit) == expected)
      #expect(reader.currentSourceName.hasSuffix("/text"))
      #expect(try reader.peek(limit: limit) == expected)
      var reading = Reading()
      var chunk = RowChunk(capacity: 4)
      while try reader.fill(&chunk) { collect(chunk, &reading) }
      #expect(reading.rows.map(\.bytes.count) == [10, 6])
      #expect(reading.rows.map(\.position.offset) == [3, 14])
      #expect(reading.rows.map(\.position.file) == [2, 2])
      #expect(reader.summaries.count == 3)
    }
    let reader = try RowReader(sources: Array(sources[..<2])) { _ in }
    #expect(try reader.peek(limit: 10) == [])
    #expect(reader.emptyInputs == 1)
  }

  @Test func peekReadsToTheEndOfALongFirstLine() throws {
    let folder = try TemporaryFolder()
    let line = [UInt8](repeating: 0x61, count: 300_000) + [0x0A]
    let reader = try RowReader(sources: [try folder.file("long", line + line)]) { _ in }
    #expect(try reader.peek(limit: 100) == line)
  }

  @Test func aPipeFedByteByByteGivesTheSameRows() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("pipe").path
    let made = unsafe mkfifo(path, 0o600)
    #expect(made == 0)
    let bytes = Gzip.member(Array("x,y\n1,\"a\n".utf8)) + Gzip.member(Array("b\"\n2,c".utf8))
    let writer = Thread {
      guard let pipe = FileHandle(forWritingAtPath: path) else { return }
      for byte in bytes { pipe.write(Data([byte])) }
      try? pipe.close()
    }
    writer.start()
    let reader = try RowReader(sources: [.file(path)]) { _ in }
    #expect(reader.totalStoredBytes == nil)
    reader.syntax = commaTable
    var reading = Reading()
    var chunk = RowChunk(capacity: 8)
    while try reader.fill(&chunk) { collect(chunk, &reading) }
    #expect(reading.rows.map(\.bytes) == [Array("1,\"a\nb\"".utf8), Array("2,c".utf8)])
  }

  @Test func standardInputWithoutLastLineEndIsNoticed() throws {
    let folder = try TemporaryFolder()
    guard case .file(let path) = try folder.file("cut", Array("1\n2".utf8)) else { return }
    let saved = dup(STDIN_FILENO)
    let descriptor = unsafe open(path, O_RDONLY)
    dup2(descriptor, STDIN_FILENO)
    defer {
      dup2(saved, STDIN_FILENO)
      close(descriptor)
      close(saved)
    }
    let notices = Notices()
    let reading = try read([.standardInput], notices: notices)
    #expect(reading.rows.count == 2)
    #expect(reading.summaries[0].path == "<stdin>")
    #expect(notices.all.count == 1)
    #expect(notices.all.first?.contains("warning: last row of <stdin> has no line end") == true)
  }

  @Test func theBufferShrinksAfterALongRow() throws {
    let folder = try TemporaryFolder()
    let long = [UInt8](repeating: 0x61, count: 3_000_000)
    let short = Array(
      repeating: [UInt8](repeating: 0x62, count: 199) + [0x0A], count: 20_000
    ).joined()
    let source = try folder.file("long", long + [0x0A] + short)
    for maximum in [4_000_000, 100_000] {
      let reader = try RowReader(sources: [source], chunkBytes: 4_096) { _ in }
      reader.syntax = RowSyntax(kind: .lines(comment: nil), maximumRowBytes: maximum)
      var chunk = RowChunk(capacity: 4_096)
      var largest = 0
      var rows = 0
      var faults: [FramingFault] = []
      while try reader.fill(&chunk) {
        largest = max(largest, chunk.bytes.capacity)
        rows += chunk.rows.count
        faults += chunk.faults
      }
      #expect(rows == 20_001)
      #expect(faults.map(\.reason) == (maximum < long.count ? [.tooLong] : []))
      #expect(largest <= 2 * (min(maximum, long.count) + 20_000))
      let kept = chunk.bytes.capacity
      #expect(kept <= 40_000)
    }
  }

  /// Every line opens a quote that never closes: without `QuotedScan.failedAt` this is quadratic.
  @Test(.timeLimit(.minutes(1)))
  func strayQuotesOnEveryLineCostOneRowEach() throws {
    let folder = try TemporaryFolder()
    let lines = Array(repeating: Array("y\",\"\n".utf8), count: 50_000).joined()
    let source = try folder.file("hostile", Array(lines) + Array("ok\n".utf8))
    let reader = try RowReader(sources: [source]) { _ in }
    reader.syntax = commaRows
    var chunk = RowChunk(capacity: 1)
    var rows = 0
    var faults = 0
    while try reader.fill(&chunk) {
      rows += chunk.rows.count
      faults += chunk.faults.count { $0.reason == .unterminatedQuote }
    }
    #expect(rows == 50_001)
    #expect(faults == 50_000)
  }

  @Test(.enabled(if: Shared.has("csv-spectrum"), "the shared suites are not here"))
  func csvSpectrum() throws {
    for file in try Shared.files(in: "csv-spectrum/csvs") {
      let name = file.deletingPathExtension().lastPathComponent
      let json = Shared.folder.appendingPathComponent("csv-spectrum/json/\(name).json")
      // One object a row, but location_coordinates.json is one object by itself.
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: json))
      let expected = object as? [Any] ?? [object]
      for chunkBytes in [1, 2, 3, 4, 5, 6, 7, 1 << 16] {
        let reading = try read([.file(file.path)], commaTable, chunkBytes: chunkBytes)
        #expect(reading.rows.count == expected.count, "\(name)")
        #expect(reading.rows.allSatisfy { $0.fault == nil })
      }
    }
  }
}
