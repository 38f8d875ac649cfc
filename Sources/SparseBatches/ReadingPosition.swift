/// A position in the input, as a person would look it up.
package struct InputPosition: Equatable, Sendable {
  /// Index of the file among the inputs.
  package var file: Int
  /// 1-based number of the data row in its file (headers and blank lines do not count).
  package var row: Int
  /// 1-based number of the line on which the row starts.
  package var line: Int
  /// Offset of the row's first byte in the file's uncompressed bytes.
  package var offset: Int

  package init(file: Int, row: Int, line: Int, offset: Int) {
    self.file = file
    self.row = row
    self.line = line
    self.offset = offset
  }
}

/// Where a row stands, for messages.
package struct RowPlace: Equatable, Sendable {
  /// Name of the input.
  package var source: String
  /// 1-based number of the data row in its file.
  package var row: Int
  /// 1-based number of the line; nil where lines were not counted.
  package var line: Int?

  package init(source: String, row: Int, line: Int?) {
    self.source = source
    self.row = row
    self.line = line
  }

  package var text: String {
    "\(source): row \(row)" + (line.map { " (line \($0))" } ?? "")
  }
}

/// How far an input was handed on: enough for a later run to go on after it.
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
  /// A point at or before `offset` from which a gzip file can be entered again; nil: at its start.
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
  /// CRC-32 of the uncompressed bytes; nil where nobody made it.
  package var contentChecksum: UInt32?

  package init(
    file: Int, rows: Int, bytes: Int, bytesUncompressed: Int, checksum: UInt32, stamp: FileStamp?,
    contentChecksum: UInt32? = nil
  ) {
    self.contentChecksum = contentChecksum
    self.file = file
    self.rows = rows
    self.bytes = bytes
    self.bytesUncompressed = bytesUncompressed
    self.checksum = checksum
    self.stamp = stamp
  }
}

/// A point between two deflate blocks of a gzip file from which its bytes can be inflated, by any
/// inflater, without those before it.
///
/// All that a deflate block needs of what came before is the last 32 KiB of output (RFC 1951,
/// section 2); the rest is what the checks at the member's end go on from.
package struct GzipRestartPoint: Equatable, Sendable {
  /// The farthest that deflate can refer back to.
  package static let windowBytes = 32 << 10

  /// Offset in the stored bytes of the first byte of which no bit was used.
  package var storedOffset = 0
  /// How many bits of the byte before `storedOffset`, its highest, belong to the next block: 0...7.
  package var unusedBits = 0
  /// 1-based number of the gzip member.
  package var member = 1
  /// Uncompressed bytes of the member so far, and their CRC-32.
  package var memberBytes = 0
  package var memberChecksum: UInt32 = 0
  /// Uncompressed bytes of the members before it, and their CRC-32.
  package var bytesBefore = 0
  package var checksumBefore: UInt32 = 0
  /// The last uncompressed bytes of the member: all it has, up to 32 KiB.
  package var window: [UInt8] = []
  /// Stored bytes that had been read, at least `storedOffset`, and their CRC-32.
  package var storedBytesRead = 0
  package var storedChecksum: UInt32 = 0

  package init() {}

  /// Offset in the uncompressed bytes.
  package var offset: Int { bytesBefore + memberBytes }

  /// Whether a reader could have stood there: for values that come out of a file.
  package var isPossible: Bool {
    let counts = [storedOffset, memberBytes, bytesBefore, storedBytesRead, member]
    return counts.allSatisfy { (0..<1 << 50).contains($0) } && (0...7).contains(unusedBits)
      // The header of the member comes before it.
      && member >= 1 && storedOffset >= 10 && storedBytesRead >= storedOffset
      && window.count == min(memberBytes, Self.windowBytes)
  }
}
