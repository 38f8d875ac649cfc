/// What separates one row from the next in the uncompressed bytes.
package struct RowSyntax: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// Rows of delimited fields. Line ends inside quotes belong to the field.
    /// `quote` nil: quotes are ordinary bytes.
    case delimited(delimiter: UInt8, quote: UInt8?, hasHeader: Bool)
    /// One row a line; lines whose first non-blank byte is `comment` are no rows.
    case lines(comment: UInt8?)
  }

  package var kind: Kind
  /// A longer row is a bad row; bounds the memory of a chunk.
  package var maximumRowBytes: Int
  /// Delimited rows: lines that start with this byte are no rows. Where it is `#`, a line `#Fields:`
  /// before the first row is the header (the extended log format of the W3C).
  package var comment: UInt8?
  /// So many lines at the start of each file are dropped.
  package var skippedLines = 0
  /// A row with a quoted field of more lines is a bad row; nil: any number may be.
  package var maximumFieldLines: Int?

  package init(kind: Kind, maximumRowBytes: Int = 64 << 20) {
    self.kind = kind
    self.maximumRowBytes = maximumRowBytes
  }
}

/// Where one row lies in its chunk's bytes, without its line end.
public struct RowExtent: BitwiseCopyable, Sendable {
  /// Offset of the first byte in the chunk.
  public var start: UInt32
  /// Offset after the last byte.
  public var end: UInt32

  /// - Precondition: `start` <= `end`.
  @inlinable
  public init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = end
  }
}

/// A row that framing itself found bad. `row` is an index into the chunk's `rows`.
package struct FramingFault: BitwiseCopyable, Sendable {
  package var row: Int
  package var reason: RowIssue.Reason

  package init(row: Int, reason: RowIssue.Reason) {
    self.row = row
    self.reason = reason
  }
}

/// The header line of one file, shared by all chunks of that file.
package final class FileHeader: Sendable {
  /// The line's bytes, without byte order mark and line end.
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A run of whole rows of one input file, and where in the stream they stand.
///
/// Headers, repeated headers, blank lines and comment lines are not among `rows`.
package struct RowChunk: ~Copyable, Sendable {
  package var bytes: GrowableBuffer<UInt8>
  package var rows: GrowableBuffer<RowExtent>
  /// Rows among `rows` that no parser should look at, in row order.
  package var faults: [FramingFault] = []
  /// False when no byte of the chunk is the quote: every field then ends at a delimiter.
  package var hasQuotes = false
  /// The header of this file (delimited files with a header only).
  package var header: FileHeader?

  /// Index of the file among the inputs.
  package var file = 0
  /// Offset of `bytes[0]` in the file's uncompressed bytes.
  package var offset = 0
  /// 1-based line number of `bytes[0]` in its file.
  package var firstLine = 1
  /// Data rows of this file before the chunk.
  package var rowsBefore = 0
  /// Data rows of the whole stream before the chunk: ordinals for sampling and holdout.
  package var ordinal = 0
  /// Stored (compressed) bytes of all inputs read when the chunk was filled, for progress.
  package var storedBytesRead = 0
  /// After the chunk's last row, in its file.
  package var position = ReadingPosition()
  /// Whether nothing more could be read when the chunk was made: who waits for answers waits for these.
  /// Known only where the reader was asked to answer at once.
  package var isFollowedByWait = false
  /// Inputs that have ended with this chunk, its own among them if that has.
  package var endings: [InputEnding] = []

  package init(capacity: Int) {
    bytes = GrowableBuffer(capacity: capacity)
    rows = GrowableBuffer(capacity: 1024)
  }

  /// The position of row `index` of this chunk in its file.
  ///
  /// - Parameter earlier: the position of a row before it in the same chunk, from which lines are
  ///   counted on: many bad rows then cost one pass over the chunk, not one each.
  package func position(
    ofRow index: Int, after earlier: InputPosition? = nil
  ) -> InputPosition {
    let start = Int(rows[index].start)
    var line = earlier?.line ?? firstLine
    let counted = earlier.map { $0.offset - offset } ?? 0
    for byte in counted..<start where bytes[byte] == UInt8(ascii: "\n") { line += 1 }
    return InputPosition(
      file: file, row: rowsBefore + index + 1, line: line, offset: offset + start)
  }

  /// The bytes of one row, for messages and quarantine.
  package func copy(of extent: RowExtent) -> [UInt8] {
    (extent.start..<extent.end).map { bytes[Int($0)] }
  }
}

/// `#Fields: date time cs-uri …`: the header of W3C's extended log format, whose names blanks part
/// whatever parts the fields of its rows.
package enum FieldsLine {
  private static let start = Array("#fields:".utf8)

  /// Whether `line` is one.
  package static func isOne(_ line: [UInt8]) -> Bool {
    names(in: line, delimiter: UInt8(ascii: ",")) != nil
  }

  /// - Returns: the names with `delimiter` between them; nil when it is another line.
  package static func names(in line: [UInt8], delimiter: UInt8) -> [UInt8]? {
    guard line.count > start.count,
      zip(line, start).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && (0x61...0x7A).contains($1) })
    else { return nil }
    let names = line[start.count...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard !names.isEmpty else { return nil }
    return Array(names.joined(separator: [delimiter]))
  }
}
