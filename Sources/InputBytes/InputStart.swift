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

/// Files of other programs, known by their first bytes: tables that are no text, archives,
/// documents, and what this program writes itself.
enum ForeignContent {
  typealias Kind = (content: String, cure: String)

  private struct Signature {
    let bytes: [UInt8]
    let content: String
    let cure: String
    /// Letters that may open a text as well: then bytes that no text holds must follow.
    var needsBinary = false

    init(_ text: String, _ content: String, _ cure: String, needsBinary: Bool = false) {
      self.init(Array(text.utf8), content, cure, needsBinary: needsBinary)
    }

    init(_ bytes: [UInt8], _ content: String, _ cure: String, needsBinary: Bool = false) {
      self.bytes = bytes
      self.content = content
      self.cure = cure
      self.needsBinary = needsBinary
    }
  }

  private static let duckdb = "write it as CSV first: duckdb -csv -c \"FROM 'FILE'\""
  private static let arrow =
    "write it as CSV first, in Python: pandas.read_feather('FILE').to_csv('x.csv')"
  private static let ours = "give rows as input; -m names a model, --checkpoint a directory"
  private static let page = "a server may have answered with a page: fetch the file again"

  private static let signatures: [Signature] = [
    Signature("PAR1", "Parquet", duckdb, needsBinary: true),
    Signature("PARE", "encrypted Parquet", duckdb, needsBinary: true),
    Signature("ARROW1", "Arrow (Feather)", arrow, needsBinary: true),
    Signature("FEA1", "Feather", arrow, needsBinary: true),
    Signature([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow stream", arrow, needsBinary: true),
    Signature(
      "ORC", "ORC", "write it as CSV first: orc-contents FILE, or Spark", needsBinary: true),
    Signature("Obj\u{1}", "Avro", "write it as CSV first: avro-tools tojson FILE, then jq -r @csv"),
    Signature(
      "SQLite format 3\0", "an SQLite database",
      "write a table as CSV first: sqlite3 -header -csv FILE 'select * from TABLE'"),
    Signature("%PDF-", "PDF", "write the table as CSV first: pdftotext -layout, or tabula"),
    Signature(
      [0x89, 0x4C, 0x52, 0x53, 0x0D, 0x0A], "a model or checkpoint of logreg-stream", ours),
    Signature(
      [0x93] + Array("NUMPY".utf8), "a NumPy array",
      "write it as text first: numpy.savetxt('FILE', array, delimiter=',')"),
    Signature([0x89] + Array("HDF\r\n".utf8), "HDF5", "write it as CSV first: h5dump, or pandas"),
    Signature(
      [0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook", "save the sheet as CSV first: ssconvert"),
    Signature([0x80, 0x04, 0x95], "a Python pickle", "write it as CSV first, from Python"),
    Signature("$FL2@(#)", "SPSS", "write it as CSV first: pspp-convert FILE x.csv"),
    Signature("RDX", "an R workspace", "write it as CSV first: write.csv in R", needsBinary: true),
    Signature("<!DOCTYPE", "a web page", page), Signature("<!doctype", "a web page", page),
    Signature("<html", "a web page", page), Signature("<?xml", "XML", "write it as CSV first"),
    Signature([0x7F, 0x45, 0x4C, 0x46], "a program (ELF)", "name a file of rows"),
    Signature([0x89, 0x50, 0x4E, 0x47], "a picture (PNG)", "name a file of rows"),
  ]

  static func find(_ start: [UInt8]) -> Kind? {
    let found = signatures.first { signature in
      start.starts(with: signature.bytes)
        && (!signature.needsBinary || holdsControlBytes(start.prefix(256)))
    }
    if let found { return (found.content, found.cure) }
    if isTar(start) {
      return (
        "a tar archive", "pipe the rows of one member to standard input: tar -xOf FILE MEMBER"
      )
    }
    if isJSON(start) {
      return ("JSON", "write it as CSV first: jq -r '[.a, .b] | @csv' FILE")
    }
    if isBinary(start) {
      return ("binary data of an unknown kind", "name a file of text: file FILE says what it is")
    }
    return nil
  }

  private static func holdsControlBytes(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.contains(where: isControl)
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && !(0x09...0x0D).contains(byte) || byte == 0x7F
  }

  /// Some control bytes separate fields, or stand in a field; so many different ones never do.
  private static func isBinary(_ start: [UInt8]) -> Bool {
    Set(start.prefix(4096).filter(isControl)).count >= 12
  }

  /// The checksum of the first member's header, which every kind of tar has.
  private static func isTar(_ start: [UInt8]) -> Bool {
    guard start.count >= 512 else { return false }
    let (header, field) = (start[..<512], 148..<156)
    let digits = header[field].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !digits.isEmpty, let stored = Int(String(decoding: digits, as: UTF8.self), radix: 8)
    else { return false }
    let sum = header.indices.reduce(0) { $0 + (field.contains($1) ? 0x20 : Int(header[$1])) }
    return sum == stored && header.contains(0)
  }

  /// An object, or an array of objects or texts. Numbers in brackets are left to who reads them.
  private static func isJSON(_ start: [UInt8]) -> Bool {
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    var rest = start.prefix(4096).drop { blanks.contains($0) || [0xEF, 0xBB, 0xBF].contains($0) }
    var isInArray = false
    while rest.first == UInt8(ascii: "[") {
      isInArray = true
      rest = rest.dropFirst().drop { blanks.contains($0) }
    }
    if isInArray, rest.first == UInt8(ascii: "\"") { return true }
    guard rest.first == UInt8(ascii: "{") else { return false }
    let next = rest.dropFirst().first { !blanks.contains($0) }
    return next == UInt8(ascii: "\"") || next == UInt8(ascii: "}")
  }
}
