internal import CyclicChecksum
package import SparseBatches

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
