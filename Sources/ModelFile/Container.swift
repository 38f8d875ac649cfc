internal import CyclicChecksum
package import SparseBatches

/// A model, a checkpoint or a state as it lies on disk: a JSON header and sections of bytes.
///
/// The layout is specified in the article "The file format". This type knows the frame alone;
/// what the header and the sections mean is the business of the documents built on it.
package struct Container: Equatable, Sendable {
  /// The version that this program writes, and the newest it reads.
  package static let currentVersion: UInt32 = 1

  package var kind: ContainerKind
  package var formatVersion: UInt32
  package var headerJSON: ArraySlice<UInt8>
  package var sections: [ContainerSection]
  /// Where it was read from, for messages; not part of the bytes.
  package var name: String

  /// - Parameter sections: no two may share both type and index.
  package init(
    kind: ContainerKind, formatVersion: UInt32 = Container.currentVersion,
    headerJSON: ArraySlice<UInt8>, sections: [ContainerSection], name: String
  ) {
    self.kind = kind
    self.formatVersion = formatVersion
    self.headerJSON = headerJSON
    self.sections = sections
    self.name = name
  }

  /// Whether there is a section of this type.
  package func has(_ type: SectionType) -> Bool { sections.contains { $0.type == type } }

  /// A reader of one section's data that names file and section in its errors.
  package func reader(of type: SectionType, index: UInt32 = 0) throws(RunFailure) -> ByteReader {
    guard let section = sections.first(where: { $0.type == type && $0.index == index }) else {
      throw .damaged(name, "it has no section \(type) \(index)")
    }
    return ByteReader(section.data, subject: "\(name): \(section.name)")
  }

  /// Refuses sections that this version does not define: to skip one could change predictions.
  package func refuseSections(otherThan known: Set<SectionType>) throws(RunFailure) {
    for section in sections where !known.contains(section.type) {
      throw .damaged(name, "\(section.name) is not known to format version \(formatVersion)")
    }
  }
}

/// CRC-32 and length: two files that differ have the same by chance once in 2^32.
package struct ContentIdentity: Codable, Hashable, Comparable, Sendable {
  package var checksum: UInt32
  package var bytes: Int

  package init(checksum: UInt32, bytes: Int) {
    self.checksum = checksum
    self.bytes = bytes
  }

  package static func < (one: ContentIdentity, other: ContentIdentity) -> Bool {
    (one.checksum, one.bytes) < (other.checksum, other.bytes)
  }

  /// `crc-32 0a1b2c3d, 1,234 bytes`, without separators in the number.
  package var words: String {
    let digits = String(checksum, radix: 16)
    return "crc-32 " + String(repeating: "0", count: 8 - digits.count) + digits
      + ", \(bytes) bytes"
  }
}

/// What a container holds.
package enum ContainerKind: String, CaseIterable, Sendable {
  case model
  case checkpoint
  /// What a learner knew at the end of its rows.
  case state

  /// Its four bytes in the file.
  var tag: SectionType {
    switch self {
    case .model: SectionType("MODL")
    case .checkpoint: SectionType("CKPT")
    case .state: SectionType("STAT")
    }
  }
}

/// The type of a section: four bytes that read as text in a hex dump.
package struct SectionType: Hashable, Sendable, CustomStringConvertible {
  /// The four bytes as a little-endian integer.
  package let code: UInt32

  package init(code: UInt32) { self.code = code }

  package init(_ name: StaticString) {
    precondition(name.utf8CodeUnitCount == 4, "a section type has four bytes")
    code = name.description.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Escaped: a damaged or foreign type may hold any bytes.
  package var description: String {
    DisplayText.escape((0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * UInt32($0))) })
  }
}

package struct ContainerSection: Sendable {
  package var type: SectionType
  /// Tells sections of one type apart.
  package var index: UInt32
  /// The data, in pieces that are written one after the other: large ones need not be copied.
  package var parts: [ArraySlice<UInt8>]

  package init(type: SectionType, index: UInt32 = 0, parts: [ArraySlice<UInt8>]) {
    self.type = type
    self.index = index
    self.parts = parts
  }

  package init(type: SectionType, index: UInt32 = 0, data: ArraySlice<UInt8>) {
    self.init(type: type, index: index, parts: [data])
  }

  package init(type: SectionType, index: UInt32 = 0, data: [UInt8]) {
    self.init(type: type, index: index, data: data[...])
  }

  /// The data in one piece; as it was read, it is one already.
  package var data: ArraySlice<UInt8> {
    get { parts.count == 1 ? parts[0] : Array(parts.joined())[...] }
    set { parts = [newValue] }
  }

  /// Bytes of the data.
  package var length: Int { parts.reduce(0) { $0 + $1.count } }

  /// As messages call it.
  package var name: String { "section \(type) \(index)" }
}

extension ContainerSection: Equatable {
  /// How the data is cut into parts makes no difference.
  package static func == (one: ContainerSection, other: ContainerSection) -> Bool {
    one.type == other.type && one.index == other.index && one.data == other.data
  }
}

/// Sizes and constants of the layout, shared by writer and reader.
enum ContainerLayout {
  /// A byte above 127, CR LF and control-Z: a transfer that changes text is noticed at once.
  static let magic: [UInt8] = [0x89, 0x4C, 0x52, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Magic, version, kind, total length, header length.
  static let preambleBytes = 28
  static let checksumBytes = 4
  /// Type, index, length.
  static let sectionPrefixBytes = 16
  /// Preamble, empty header and trailer: the shortest container.
  static let leastBytes = preambleBytes + 3 * checksumBytes
}

extension Container {
  /// Bytes of the whole container on disk.
  package var encodedLength: Int {
    let frame = ContainerLayout.sectionPrefixBytes + ContainerLayout.checksumBytes
    return sections.reduce(ContainerLayout.leastBytes + headerJSON.count) {
      $0 + frame + $1.length
    }
  }

  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(encodedLength)
    forEachPiece { writer.write($0) }
    return writer.bytes
  }

  /// Writes without a copy: the sections' own storage goes to the sink.
  ///
  /// - Parameter check: called before each part; what it throws ends the writing.
  package func write<Sink: ByteSink & ~Copyable>(
    to sink: inout Sink, check: () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) throws(RunFailure) {
    try forEachPiece { (piece) throws(RunFailure) in
      try check()
      try sink.write(piece)
    }
  }

  /// What the container is known by, whatever it is called and wherever it lies.
  package var identity: ContentIdentity {
    var last: [UInt8] = []
    // The trailer covers everything.
    forEachPiece { piece in
      last.removeAll(keepingCapacity: true)
      if piece.count == ContainerLayout.checksumBytes {
        for byte in piece.indices { last.append(piece[byte]) }
      }
    }
    return ContentIdentity(
      checksum: last.reversed().reduce(0) { $0 << 8 | UInt32($1) }, bytes: encodedLength)
  }

  private func forEachPiece<Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(headerJSON.count <= UInt32.max, "a header of over 4 GiB")
    // The trailer covers the bytes without the checksums: a CRC of data that is followed by its
    // own CRC is the same for all data, so it would not notice sections that changed places.
    var whole = ContainerChecksum()
    func put(_ parts: [ArraySlice<UInt8>]) throws(Failure) {
      var part = ContainerChecksum()
      for bytes in parts {
        part.append(bytes.span)
        try body(bytes.span)
      }
      whole.append(part, length: parts.reduce(0) { $0 + $1.count })
      try body(Self.bytes(of: part).span)
    }
    try put([preamble[...]])
    try put([headerJSON])
    for section in sections {
      var prefix = ByteWriter()
      prefix.append(section.type.code)
      prefix.append(section.index)
      prefix.append(section.length)
      try put([prefix.bytes[...]] + section.parts)
    }
    try body(Self.bytes(of: whole).span)
  }

  private var preamble: [UInt8] {
    var writer = ByteWriter()
    writer.append(contentsOf: ContainerLayout.magic)
    writer.append(formatVersion)
    writer.append(kind.tag.code)
    writer.append(encodedLength)
    writer.append(UInt32(headerJSON.count))
    return writer.bytes
  }

  private static func bytes(of checksum: ContainerChecksum) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(checksum.value)
    return writer.bytes
  }
}

/// CRC-32 as in gzip and PNG (polynomial 0xEDB88320), of bytes that come in pieces.
struct ContainerChecksum: Equatable {
  private(set) var value: UInt32 = 0

  init() {}

  init(of bytes: ArraySlice<UInt8>) { append(bytes.span) }

  mutating func append(_ bytes: Span<UInt8>) { value = CRC32.extend(value, bytes) }

  /// Appends `length` bytes of which only the checksum is known, without reading them again.
  mutating func append(_ other: ContainerChecksum, length: Int) {
    value = CRC32.join(value, other.value, length: length)
  }
}
