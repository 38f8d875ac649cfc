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
