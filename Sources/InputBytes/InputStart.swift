import SparseBatches

/// What the first bytes of an input tell, before any row is looked for in them: read as rows, what
/// is no text would only give baffling errors. Looked at in every input, and after inflating too.
enum InputStart {
  /// So many bytes are looked at.
  static let bytes = 4 << 10

  /// - Parameter isInflated: whether `start` stands inside a gzip.
  /// - Throws: badData, naming the kind and the tool that reads it.
  static func check(_ start: [UInt8], of name: String, isInflated: Bool) throws(RunFailure) {
    let place = isInflated ? " inside its gzip" : ""
    if !isInflated, start == [GzipMembers.magic[0]] {
      throw RunFailure(
        .badData, "\(name): truncated gzip: the file ends inside the magic bytes",
        cure: "fetch or write the file again")
    }
    if let kind = ForeignCompression.find(start, isInflated: isInflated) {
      throw RunFailure(
        .badData, "\(name): compressed with \(kind.format)\(place), which is not read here",
        cure: isInflated
          ? "unpack both: pipe `gzip -dc FILE | \(kind.tool)` to standard input"
          : "pipe the output of `\(kind.tool)` to standard input, or store the file as gzip")
    }
    if let kind = ForeignContent.find(start) {
      throw RunFailure(
        .badData, "\(name): it holds \(kind.content)\(place), no text of rows", cure: kind.cure)
    }
    try checkEncoding(start, name)
  }

  private static func checkEncoding(_ start: [UInt8], _ name: String) throws(RunFailure) {
    if let encoding = wideEncoding(start) {
      throw RunFailure(
        .badData, "\(name): the text is \(encoding) (several bytes a character)",
        cure: "convert it first: iconv -f \(encoding) -t UTF-8 FILE")
    }
    guard !start.contains(0x0A), let end = start.firstIndex(of: 0x0D), end + 1 < start.count else {
      return
    }
    throw RunFailure(
      .badData, "\(name): lines end with a carriage return alone, as old Macintosh files do",
      cure: "convert it first: tr '\\r' '\\n' < FILE")
  }

  /// A byte order mark of more than one byte a character, or the zeros that such text is full of.
  private static func wideEncoding(_ start: [UInt8]) -> String? {
    if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) {
      return "UTF-32"
    }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    let sample = start.prefix(512)
    guard sample.count >= 8 else { return nil }
    let zeros = [0, 1].map { odd in
      stride(from: odd, to: sample.count - 1, by: 2).count { sample[$0] == 0 }
    }
    let pairs = sample.count / 2
    // Letters of other scripts have no zero, but delimiters, digits and line ends do.
    guard 5 * max(zeros[0], zeros[1]) >= 2 * pairs, 20 * min(zeros[0], zeros[1]) <= pairs else {
      return nil
    }
    return zeros[0] < zeros[1] ? "UTF-16LE" : "UTF-16BE"
  }
}

/// Compressed formats that are not read, known by their first bytes.
enum ForeignCompression {
  typealias Kind = (format: String, tool: String)

  private static let signatures: [(bytes: [UInt8], kind: Kind)] = [
    ([0x28, 0xB5, 0x2F, 0xFD], ("zstd", "zstd -dc")),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], ("xz", "xz -dc")),
    ([0x50, 0x4B, 0x03, 0x04], ("zip", "unzip -p")),
    ([0x50, 0x4B, 0x05, 0x06], ("zip", "unzip -p")),
    ([0x04, 0x22, 0x4D, 0x18], ("lz4", "lz4 -dc")),
    ([0x02, 0x21, 0x4C, 0x18], ("lz4", "lz4 -dc")),
    ([0x1F, 0x9D], ("compress (.Z)", "gzip -dc")),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], ("7z", "7z x -so")),
    ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], ("rar", "unrar p -inul")),
    ([0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50], ("snappy", "snzip -dc")),
    (Array("LZIP".utf8) + [0x01], ("lzip", "lzip -dc")),
  ]

  static func find(_ start: [UInt8], isInflated: Bool) -> Kind? {
    if isInflated, start.starts(with: GzipMembers.magic), start.count > 2, start[2] == 8 {
      return ("gzip", "gzip -dc")
    }
    if let found = signatures.first(where: { start.starts(with: $0.bytes) }) { return found.kind }
    if isBzip2(start) { return ("bzip2", "bzip2 -dc") }
    return isZlib(start) ? ("zlib (without gzip's header)", "zlib-flate -uncompress") : nil
  }

  /// The three letters may open a text; the mark of a block or of the end may not.
  private static func isBzip2(_ start: [UInt8]) -> Bool {
    let marks: [[UInt8]] = [
      [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
    ]
    return start.starts(with: "BZh".utf8) && start.count >= 10
      && marks.contains(Array(start[4..<10]))
  }

  /// A zlib header (RFC 1950) followed by bytes that no text holds.
  private static func isZlib(_ start: [UInt8]) -> Bool {
    let head = start.prefix(256)
    guard head.count > 2, head[0] == 0x78, (Int(head[0]) << 8 | Int(head[1])) % 31 == 0 else {
      return false
    }
    return head.dropFirst(2).contains { $0 < 0x20 && !(0x09...0x0D).contains($0) }
  }
}
