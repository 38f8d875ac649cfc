/// How far an input was handed on: enough for a later run to go on behind it.
package struct ReadingPosition: Sendable {
  /// Offset in the uncompressed bytes of the first one that was not handed on; a line starts there,
  /// or the rest of one that was too long.
  package var offset = 0
  /// 1-based number of the line at `offset`.
  package var line = 1
  /// Data rows before `offset`.
  package var rows = 0
  /// Lines before `offset` that repeat the header.
  package var repeatedHeaders = 0
  /// Whether the rest of a line that was too long is to be dropped.
  package var isInsideLongLine = false
  /// Uncompressed bytes that were read, at least `offset`, and their CRC-32.
  package var bytesRead = 0
  package var checksum: UInt32 = 0
  package var header: FileHeader?
  /// A place at or before `offset` from which a gzip file can be entered again; nil: at its start.
  package var restart: GzipRestartPoint?

  package init() {}
}

/// What the system says of a file without reading it.
package struct FileStamp: Codable, Equatable, Sendable {
  package var size: Int
  /// Time of the last change, in nanoseconds since 1970.
  package var modified: Int
  package var inode: UInt64

  package init(size: Int, modified: Int, inode: UInt64) {
    self.size = size
    self.modified = modified
    self.inode = inode
  }
}

/// An input that was read to its verified end.
package struct InputEnding: Equatable, Sendable {
  /// Index of the file among the inputs.
  package var file: Int
  package var rows: Int
  package var bytes: Int
  package var bytesUncompressed: Int
  /// CRC-32 of the stored bytes; 0 when the reader keeps no checksums.
  package var checksum: UInt32
  /// nil for pipes, and when the reader keeps no checksums.
  package var stamp: FileStamp?

  package init(
    file: Int, rows: Int, bytes: Int, bytesUncompressed: Int, checksum: UInt32, stamp: FileStamp?
  ) {
    self.file = file
    self.rows = rows
    self.bytes = bytes
    self.bytesUncompressed = bytesUncompressed
    self.checksum = checksum
    self.stamp = stamp
  }
}
