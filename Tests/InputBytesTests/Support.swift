import Foundation
import InputBytes
import SparseBatches
import Testing

/// Files shared by all projects of this workplace, where they are there.
enum Shared {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/suites")

  static func has(_ suite: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(suite).path)
  }

  static func files(in suite: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent(suite), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("input-bytes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> InputSource {
    let path = url.appendingPathComponent(name)
    try Data(bytes).write(to: path)
    return .file(path.path)
  }
}

/// One row as a reader or the oracle sees it.
struct FramedRow: Equatable {
  var bytes: [UInt8]
  var fault: RowIssue.Reason?
  var position: InputPosition
  var ordinal: Int
}

/// All that comes of reading inputs to the end.
struct Reading: Equatable {
  var rows: [FramedRow] = []
  /// The header of each file that had rows or a header.
  var headers: [Int: [UInt8]] = [:]
  var summaries: [InputSummary] = []
  var repeatedHeaders = 0
}

/// Notices, in the order given; the reader calls from one thread.
final class Notices: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  var all: [String] { lock.withLock { lines } }
  func add(_ line: String) { lock.withLock { lines.append(line) } }
}

let commaRows = RowSyntax(
  kind: .delimited(delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: false))
let commaTable = RowSyntax(
  kind: .delimited(delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: true))

func read(
  _ sources: [InputSource], _ syntax: RowSyntax = RowSyntax(kind: .lines(comment: nil)),
  inflate: InflateChoice = .automatic, chunkBytes: Int = 256 << 10, notices: Notices = Notices()
) throws -> Reading {
  let reader = try RowReader(
    sources: sources, inflate: inflate, chunkBytes: chunkBytes, notice: notices.add)
  reader.syntax = syntax
  var reading = Reading()
  var chunk = RowChunk(capacity: chunkBytes)
  while try reader.fill(&chunk) { collect(chunk, &reading) }
  reading.summaries = reader.summaries
  reading.repeatedHeaders = reader.repeatedHeaders
  return reading
}

/// Appends the chunk's rows. `RowChunk.position` counts lines from the chunk's start, which is
/// quadratic over all rows: here they are counted along the way.
func collect(_ chunk: borrowing RowChunk, _ reading: inout Reading) {
  if let header = chunk.header { reading.headers[chunk.file] = header.bytes }
  #expect(chunk.ordinal == reading.rows.count)
  chunk.bytes.withSpan { bytes in
    var line = chunk.firstLine
    var counted = 0
    for row in 0..<chunk.rows.count {
      let (start, end) = (Int(chunk.rows[row].start), Int(chunk.rows[row].end))
      while counted < start {
        if bytes[counted] == UInt8(ascii: "\n") { line += 1 }
        counted += 1
      }
      var content: [UInt8] = []
      content.reserveCapacity(end - start)
      for index in start..<end { content.append(bytes[index]) }
      let position = InputPosition(
        file: chunk.file, row: chunk.rowsBefore + row + 1, line: line, offset: chunk.offset + start)
      reading.rows.append(
        FramedRow(
          bytes: content, fault: chunk.faults.first { $0.row == row }?.reason,
          position: position, ordinal: chunk.ordinal + row))
    }
  }
}

/// What reading failed with; nil when it did not.
func failure(_ body: () throws -> some Any) -> RunFailure? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? RunFailure
  }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.bits(state)
  }
}
