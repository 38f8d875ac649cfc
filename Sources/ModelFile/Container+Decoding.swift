package import SparseBatches

extension Container {
  /// Takes a container apart after everything about it was checked.
  ///
  /// Sections share the storage of `bytes`.
  ///
  /// - Parameters:
  ///   - name: the file, escaped for display.
  ///   - expected: nil takes either kind.
  /// - Throws: bad data, naming the file and the part of it that is damaged.
  package static func decode(
    _ bytes: [UInt8], name: String, expecting expected: ContainerKind? = nil
  ) throws(RunFailure) -> Container {
    let preamble = try ContainerPreamble(bytes.prefix(ContainerPreamble.byteCount), name: name)
    try preamble.check(expecting: expected, name: name)
    try preamble.checkLength(bytes.count, name: name)
    var decoder = ContainerDecoder(bytes: bytes, name: name)
    return try decoder.decode(preamble)
  }
}

/// The fixed part at the start, whose layout holds for every version.
struct ContainerPreamble {
  static let byteCount = ContainerLayout.preambleBytes + ContainerLayout.checksumBytes

  let version: UInt32
  let tag: SectionType
  let totalLength: UInt64
  let headerLength: UInt32

  /// - Parameter bytes: the first `byteCount` bytes of the file, or all of a shorter file.
  init(_ bytes: ArraySlice<UInt8>, name: String) throws(RunFailure) {
    try Self.checkMagic(bytes.prefix(ContainerLayout.magic.count), name: name)
    guard bytes.count == Self.byteCount else {
      throw .damaged(name, "it is cut off after \(bytes.count) bytes")
    }
    var reader = ByteReader(bytes, subject: name)
    _ = try reader.readBytes(ContainerLayout.magic.count)
    version = try reader.readUInt32()
    tag = SectionType(code: try reader.readUInt32())
    totalLength = try reader.readUInt64()
    headerLength = try reader.readUInt32()
    let checksum = ContainerChecksum(of: bytes.prefix(ContainerLayout.preambleBytes))
    guard try reader.readUInt32() == checksum.value else {
      throw .damaged(name, "the checksum of its preamble is wrong")
    }
  }

  /// - Returns: the kind, when this program can read it and it is the expected one.
  @discardableResult
  func check(expecting expected: ContainerKind?, name: String) throws(RunFailure) -> ContainerKind {
    guard version >= 1 else { throw .damaged(name, "it claims format version 0") }
    guard version <= Container.currentVersion else {
      throw RunFailure(
        .badData,
        "\(name) has format version \(version); this program reads up to "
          + "\(Container.currentVersion)",
        cure: "use a newer logreg-stream")
    }
    guard let kind = ContainerKind.allCases.first(where: { $0.tag == tag }) else {
      throw .damaged(name, "its kind \"\(tag)\" is unknown")
    }
    if let expected, kind != expected {
      throw RunFailure(
        .badData, "\(name) is a \(kind.rawValue), where a \(expected.rawValue) is wanted",
        cure: "give the \(expected.rawValue) file")
    }
    return kind
  }

  func checkLength(_ length: Int, name: String) throws(RunFailure) {
    guard totalLength >= UInt64(ContainerLayout.leastBytes) + UInt64(headerLength) else {
      throw .damaged(name, "its total length of \(totalLength) bytes is less than its parts'")
    }
    if UInt64(length) < totalLength {
      throw .damaged(name, "it is cut off: \(length) of its \(totalLength) bytes are there")
    }
    if UInt64(length) > totalLength {
      throw .damaged(
        name, "\(UInt64(length) - totalLength) bytes follow its end at byte \(totalLength)")
    }
  }

  private static func checkMagic(_ start: ArraySlice<UInt8>, name: String) throws(RunFailure) {
    if start.elementsEqual(ContainerLayout.magic) { return }
    if start.isEmpty { throw .damaged(name, "it is empty") }
    if ContainerLayout.magic.starts(with: start) {
      throw .damaged(name, "it is cut off after \(start.count) bytes")
    }
    if start.starts(with: ContainerLayout.magic.prefix(4)) {
      throw RunFailure(
        .badData, "\(name) is damaged: its line ends were changed",
        cure: "transfer it as binary, not as text")
    }
    if start.starts(with: [0x1F, 0x8B]) {
      throw RunFailure(
        .badData, "\(name) is not a logreg-stream model: it is gzip data",
        cure: "a model is read uncompressed: gunzip it")
    }
    throw RunFailure(
      .badData,
      "\(name) is not a logreg-stream model: it starts with \"\(DisplayText.escape(start))\"",
      cure: "give a file that logreg-stream wrote")
  }
}

/// Walks the parts after the preamble. All lengths were checked against the bytes before use.
private struct ContainerDecoder {
  private let bytes: [UInt8]
  private let name: String
  private var position = 0
  private var whole = ContainerChecksum()

  init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// Where the trailer starts.
  private var end: Int { bytes.count - ContainerLayout.checksumBytes }

  mutating func decode(_ preamble: ContainerPreamble) throws(RunFailure) -> Container {
    let kind = try preamble.check(expecting: nil, name: name)
    _ = try takePart(ContainerLayout.preambleBytes, "the preamble")
    let header = try takePart(Int(preamble.headerLength), "the header")
    var sections: [ContainerSection] = []
    var names: Set<SectionName> = []
    while position < end {
      let section = try takeSection()
      guard names.insert(SectionName(type: section.type, index: section.index)).inserted else {
        throw .damaged(name, "\(section.name) is there twice")
      }
      sections.append(section)
    }
    guard try storedChecksum(at: end, "the trailer") == whole.value else {
      throw .damaged(name, "the checksum of the whole file, in its trailer, is wrong")
    }
    return Container(
      kind: kind, formatVersion: preamble.version, headerJSON: header, sections: sections,
      name: name)
  }

  private struct SectionName: Hashable {
    var type: SectionType
    var index: UInt32
  }

  private mutating func takeSection() throws(RunFailure) -> ContainerSection {
    let start = position
    var prefix = ByteReader(bytes[start..<end], subject: "\(name): the section at byte \(start)")
    let type = SectionType(code: try prefix.readUInt32())
    let index = try prefix.readUInt32()
    let length = try prefix.readUInt64()
    let subject = "section \(type) \(index) (at byte \(start))"
    guard length <= UInt64(prefix.remaining) else {
      throw .damaged(
        name, "\(subject) claims \(length) bytes of data, where \(prefix.remaining) are left")
    }
    let part = try takePart(ContainerLayout.sectionPrefixBytes + Int(length), subject)
    return ContainerSection(
      type: type, index: index, data: part.dropFirst(ContainerLayout.sectionPrefixBytes))
  }

  /// The next `length` bytes, which their checksum follows.
  private mutating func takePart(
    _ length: Int, _ subject: String
  ) throws(RunFailure) -> ArraySlice<UInt8> {
    guard length <= end - position - ContainerLayout.checksumBytes else {
      throw .damaged(name, "\(subject) runs past the end of the file")
    }
    let part = bytes[position..<position + length]
    let checksum = ContainerChecksum(of: part)
    guard try storedChecksum(at: position + length, subject) == checksum.value else {
      throw .damaged(name, "the checksum of \(subject) is wrong")
    }
    whole.append(checksum, length: length)
    position += length + ContainerLayout.checksumBytes
    return part
  }

  private func storedChecksum(at offset: Int, _ subject: String) throws(RunFailure) -> UInt32 {
    var reader = ByteReader(bytes[offset...], subject: "\(name): \(subject)")
    return try reader.readUInt32()
  }
}
