internal import InputBytes
package import SparseBatches

/// The inputs of a directory's life: those learned, and the one that was being read.
package struct Ledger: Codable, Equatable, Sendable {
  /// What an input is known by.
  package enum Source: Codable, Equatable, Hashable, Sendable {
    /// A plain file; its path without links and dots.
    case file(String)
    /// Standard input, by the name that it was given.
    case stream(String?)
    /// A pipe or device with a path.
    case pipe(String)

    /// Byte by byte: Swift takes two spellings of an accented letter for equal, the system does not.
    package static func == (left: Source, right: Source) -> Bool {
      switch (left, right) {
      case (.file(let left), .file(let right)), (.pipe(let left), .pipe(let right)):
        left.utf8.elementsEqual(right.utf8)
      case (.stream(let left?), .stream(let right?)): left.utf8.elementsEqual(right.utf8)
      case (.stream(nil), .stream(nil)): true
      default: false
      }
    }

    package func hash(into hasher: inout Hasher) {
      let text =
        switch self {
        case .file(let path), .pipe(let path): path
        case .stream(let name): name ?? ""
        }
      for byte in text.utf8 { hasher.combine(byte) }
    }

    /// Whether only its bytes can tell whether it comes again.
    var isUnnamed: Bool {
      switch self {
      case .stream(nil), .pipe: true
      case .stream, .file: false
      }
    }
  }

  /// An input that was learned to its end.
  package struct Entry: Codable, Equatable, Sendable {
    package var source: Source
    /// As a person named it.
    package var path: String
    /// The quick test; nil for pipes.
    package var stamp: FileStamp?
    /// Stored bytes and their CRC-32: the true identity.
    package var bytes: Int
    package var checksum: UInt32
    package var rows: Int
    package var bytesUncompressed: Int
    /// CRC-32 of the uncompressed bytes: what stays the same when the file is compressed. nil in
    /// ledgers of older programs.
    package var contentChecksum: UInt32?
    /// A pipe without a name that no published model was learned from, as far as is known; nil: it
    /// was.
    package var awaitsPublication: Bool?

    package init(_ source: Source, path: String, _ ending: InputEnding) {
      self.source = source
      awaitsPublication = source.isUnnamed && ending.rows > 0 ? true : nil
      self.path = path
      stamp = ending.stamp
      bytes = ending.bytes
      checksum = ending.checksum
      rows = ending.rows
      bytesUncompressed = ending.bytesUncompressed
      contentChecksum = ending.contentChecksum
    }

    /// As a state knows it: by the stored bytes where the others are not known.
    package var stateInput: StateInput {
      StateInput(
        checksum: content?.checksum ?? checksum, bytes: content?.bytes ?? bytes, rows: rows)
    }

    /// What was in it, however it was stored; nil when that is not known.
    var content: FileContent? {
      // gzip makes nothing of exactly its own length.
      let plain = bytes == bytesUncompressed ? checksum : nil
      return (contentChecksum ?? plain).map {
        FileContent(checksum: $0, bytes: bytesUncompressed)
      }
    }
  }

  /// An input of which only the start was learned.
  package struct HalfRead: Codable, Equatable, Sendable {
    package var source: Source
    package var path: String
    package var stamp: FileStamp?
    package var offset: Int
    package var line: Int
    package var rows: Int
    package var repeatedHeaders: Int
    package var isInsideLongLine: Bool
    package var bytesRead: Int
    package var checksum: UInt32
    package var header: [UInt8]?
    /// Where a gzip file can be entered again: a section of its own holds it.
    package var restart: GzipRestartPoint?

    /// All but `restart`.
    private enum CodingKeys: CodingKey {
      case source, path, stamp, offset, line, rows, repeatedHeaders, isInsideLongLine, bytesRead
      case checksum, header
    }

    package init(
      _ source: Source, path: String, stamp: FileStamp?, _ position: ReadingPosition
    ) {
      self.source = source
      self.path = path
      self.stamp = stamp
      offset = position.offset
      line = position.line
      rows = position.rows
      repeatedHeaders = position.repeatedHeaders
      isInsideLongLine = position.isInsideLongLine
      bytesRead = position.bytesRead
      checksum = position.checksum
      header = position.header?.bytes
      // Without this the whole checkpoint would be refused: of a pipe none is ever used, and of a file
      // that grows while it is read what was learned is taken back.
      restart = position.restart
      if !isRestartSound { restart = nil }
    }

    package var position: ReadingPosition {
      var position = ReadingPosition()
      position.offset = offset
      position.line = line
      position.rows = rows
      position.repeatedHeaders = repeatedHeaders
      position.isInsideLongLine = isInsideLongLine
      position.bytesRead = bytesRead
      position.checksum = checksum
      position.header = header.map { FileHeader(bytes: $0) }
      position.restart = restart
      return position
    }

    fileprivate var isSound: Bool {
      let counts = [offset, line, rows, repeatedHeaders, bytesRead]
      return counts.allSatisfy(Ledger.isCount) && line >= 1 && bytesRead >= offset
        && isRestartSound
    }

    private var isRestartSound: Bool {
      guard let restart else { return true }
      // Only of a file is one kept, and nothing was read after its end.
      guard let stamp else { return false }
      return restart.isPossible && restart.offset <= offset
        && restart.storedBytesRead <= stamp.size
    }
  }

  package var entries: [Entry] = []
  package var halfRead: HalfRead?

  package init() {}

  /// Rows of all inputs that were learned to their end.
  package var finishedRows: Int { entries.reduce(0) { $0 &+ $1.rows } }

  /// Rows of all inputs, as far as they were learned; nil when there are impossibly many.
  var rows: Int? {
    var rows = 0
    for count in entries.map(\.rows) + [halfRead?.rows ?? 0] {
      guard Self.isCount(count), Self.isCount(rows + count) else { return nil }
      rows += count
    }
    return rows
  }

  /// Whether a pipe without a name was learned of which no model is known to be published.
  package var awaitsPublication: Bool { entries.contains { $0.awaitsPublication == true } }

  /// Call when a model of all that was learned is published.
  package mutating func notePublication() {
    for index in entries.indices { entries[index].awaitsPublication = nil }
  }

  /// nil when it can be used.
  var defect: String? {
    let isSound = entries.allSatisfy {
      [$0.rows, $0.bytes, $0.bytesUncompressed].allSatisfy(Self.isCount)
    }
    return isSound && halfRead?.isSound ?? true
      ? nil : "ledger is invalid: a count or a position is out of range"
  }

  /// Small enough that sums of them do not overflow.
  private static func isCount(_ number: Int) -> Bool { number >= 0 && number < 1 << 50 }
}
