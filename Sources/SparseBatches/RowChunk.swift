/// Where one row lies in its chunk's bytes, without its line end.
public struct RowExtent: BitwiseCopyable, Sendable {
  public var start: UInt32
  public var end: UInt32

  public init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = end
  }
}

/// A row that framing itself found bad. `row` is an index into the chunk's `rows`.
public struct FramingFault: BitwiseCopyable, Sendable {
  public var row: Int
  public var reason: RowIssue.Reason

  public init(row: Int, reason: RowIssue.Reason) {
    self.row = row
    self.reason = reason
  }
}

/// The header line of one file, shared by all chunks of that file.
public final class FileHeader: Sendable {
  /// The line's bytes, without byte order mark and line end.
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A run of whole rows of one input file, and where in the stream they stand.
///
/// Headers, repeated headers, blank lines and comment lines are not among `rows`.
public struct RowChunk: ~Copyable, Sendable {
  public var bytes: GrowableBuffer<UInt8>
  public var rows: GrowableBuffer<RowExtent>
  /// Rows among `rows` that no parser should look at, in row order.
  public var faults: [FramingFault] = []
  /// False when no byte of the chunk is the quote: every field then ends at a delimiter.
  public var hasQuotes = false
  /// The header of this file (delimited files with a header only).
  public var header: FileHeader?

  /// Index of the file among the inputs.
  public var file = 0
  /// Offset of `bytes[0]` in the file's uncompressed bytes.
  public var offset = 0
  /// 1-based line number of `bytes[0]` in its file.
  public var firstLine = 1
  /// Data rows of this file before the chunk.
  public var rowsBefore = 0
  /// Data rows of the whole stream before the chunk: ordinals for sampling and holdout.
  public var ordinal = 0
  /// Stored (compressed) bytes of all inputs read when the chunk was filled, for progress.
  public var storedBytesRead = 0

  public init(capacity: Int) {
    bytes = GrowableBuffer(capacity: capacity)
    rows = GrowableBuffer(capacity: 1024)
  }

  /// The place of row `index` of this chunk in its file.
  public func position(ofRow index: Int) -> InputPosition {
    let start = Int(rows[index].start)
    var line = firstLine
    for byte in 0..<start where bytes[byte] == UInt8(ascii: "\n") { line += 1 }
    return InputPosition(
      file: file, row: rowsBefore + index + 1, line: line, offset: offset + start)
  }

  /// The bytes of one row, for messages and quarantine.
  package func copy(of extent: RowExtent) -> [UInt8] {
    (extent.start..<extent.end).map { bytes[Int($0)] }
  }
}
