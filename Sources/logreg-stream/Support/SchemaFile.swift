import Featurizing
import SparseBatches
import Yams

/// `--schema FILE`: what `inspect --schema` writes, read back. Every complaint names the line.
struct SchemaFile {
  private let path: String

  /// - Throws: `RunFailure`: missingInput when the file cannot be read, usage when it is no schema.
  static func read(_ path: String) throws(RunFailure) -> FeatureSchema.Source {
    let text = try TextFile.read(path)
    let file = SchemaFile(path: path)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw RunFailure(
        .usage, "schema file \(path) is not YAML: \(error)", cure: "see inspect --schema for one")
    }
    guard let root else { throw file.failure(nil, "the file is empty") }
    let source = try file.source(root)
    guard let defect = source.defect else { return source }
    throw file.failure(nil, defect)
  }

  private func source(_ root: Node) throws(RunFailure) -> FeatureSchema.Source {
    let members = try members(root)
    guard try integer(members.required("schema")) == 1 else {
      throw failure(root, "only schemas of version 1 are known to this program")
    }
    let format = try members.required("format")
    switch try text(format) {
    case "csv": return .csv(try columns(members))
    case "libsvm":
      try members.refuse(otherThan: ["schema", "format", "clip", "maximum_magnitudes"])
      return .libsvm(try scales(members))
    case "vw":
      try members.refuse(otherThan: ["schema", "format"])
      return .vw
    default: throw failure(format, "format must be csv, libsvm or vw")
    }
  }

  private func scales(_ members: Members) throws(RunFailure) -> IndexScales? {
    guard let node = members["maximum_magnitudes"] else { return nil }
    guard let pairs = IndexScales.pairs(try text(node)) else {
      throw failure(node, "maximum_magnitudes must be \"index:magnitude index:magnitude …\"")
    }
    return IndexScales(
      indices: pairs.map(\.0), magnitudes: pairs.map(\.1),
      clip: try number(members.required("clip")))
  }

  // MARK: Columns

  private func columns(_ members: Members) throws(RunFailure) -> CSVSchema {
    try members.refuse(otherThan: [
      "schema", "format", "delimiter", "quote", "header", "missing", "clip", "ngrams", "columns",
      "crosses",
    ])
    var columns: [Column] = []
    for node in try list(members.required("columns")) { columns.append(try column(node)) }
    guard let label = columns.first(where: { $0.role == .label }) else {
      throw failure(members["columns"], "no column has the type label")
    }
    let weight = columns.first { $0.role == .weight }
    var schema = CSVSchema(
      delimiter: try byte(members.required("delimiter")), quote: try quote(members["quote"]),
      hasHeader: try members["header"].map { node throws(RunFailure) in try flag(node) } ?? true,
      label: label.name, weight: weight?.name, missing: try missing(members["missing"]),
      clip: try members["clip"].map { node throws(RunFailure) in try number(node) } ?? 8,
      columns: columns)
    if let node = members["ngrams"] { schema.ngrams = try integer(node) }
    if let node = members["crosses"] { schema.crosses = try crosses(node, columns) }
    return schema
  }

  private func column(_ node: Node) throws(RunFailure) -> Column {
    let members = try members(node)
    try members.refuse(otherThan: [
      "name", "type", "transform", "mean", "standard_deviation", "edges", "reason",
    ])
    let type = try members.required("type")
    let name = ByteText(bytes: try bytes(members.required("name")))
    let reason = try members["reason"].map { node throws(RunFailure) in
      Column.Reason(code: String(decoding: try bytes(node), as: UTF8.self))
    }
    return Column(name: name, role: try role(type, members), reason: reason ?? .schemaFile)
  }

  private func role(_ type: Node, _ members: Members) throws(RunFailure) -> Column.Role {
    let isNumeric = try text(type) == "numeric"
    for key in ["transform", "mean", "standard_deviation", "edges"] where !isNumeric {
      if let node = members[key] {
        throw failure(node, "\(key) is for columns of the type numeric")
      }
    }
    switch try text(type) {
    case "label": return .label
    case "weight": return .weight
    case "ignored": return .ignored
    case "categorical": return .categorical
    case "text": return .text
    case "numeric": return try numeric(members)
    default:
      throw failure(
        type, "a type is label, weight, numeric, categorical, text or ignored")
    }
  }

  private func numeric(_ members: Members) throws(RunFailure) -> Column.Role {
    let node = try members.required("transform")
    let word = try text(node)
    if word == "quantile" {
      try members.refuse(otherThan: ["name", "type", "reason", "transform", "edges"])
      var edges: [Double] = []
      for edge in try list(members.required("edges")) { edges.append(try number(edge)) }
      return .binned(QuantileBins(edges: edges))
    }
    guard let transform = NumericScale.Transform(rawValue: word) else {
      throw failure(node, "a transform is standardize, symlog, quantile or raw")
    }
    guard transform != .raw else {
      try members.refuse(otherThan: ["name", "type", "reason", "transform"])
      return .numeric(.raw)
    }
    if let edges = members["edges"] { throw failure(edges, "edges are for the transform quantile") }
    return .numeric(
      NumericScale(
        transform: transform, mean: try number(members.required("mean")),
        standardDeviation: try number(members.required("standard_deviation"))))
  }

  private func crosses(
    _ node: Node, _ columns: [Column]
  ) throws(RunFailure) -> [ColumnCross] {
    var crosses: [ColumnCross] = []
    for entry in try list(node) {
      var indices: [Int] = []
      for part in try list(entry) {
        let name = ByteText(bytes: try bytes(part))
        guard let index = columns.firstIndex(where: { $0.name == name }) else {
          throw failure(part, "a cross names \"\(name.display)\", which is no column")
        }
        indices.append(index)
      }
      crosses.append(ColumnCross(columns: indices))
    }
    return crosses
  }
}

// MARK: - Values

extension SchemaFile {
  /// A mapping with its place.
  fileprivate struct Members {
    let file: SchemaFile
    let node: Node
    let mapping: Node.Mapping

    subscript(_ key: String) -> Node? { mapping[Node(key)] }

    func required(_ key: String) throws(RunFailure) -> Node {
      guard let node = self[key] else { throw file.failure(node, "\(key) is missing") }
      return node
    }

    func refuse(otherThan known: [String]) throws(RunFailure) {
      for (key, _) in mapping where !known.contains(key.scalar?.string ?? "") {
        let name = key.scalar?.string ?? "a key that is no text"
        let nearest = NearestName.find(name, among: known).map { "; did you mean \($0)?" } ?? ""
        throw file.failure(key, "\(name) does not belong here" + nearest)
      }
    }
  }

  fileprivate func members(_ node: Node) throws(RunFailure) -> Members {
    guard let mapping = node.mapping else { throw failure(node, "a map of keys is expected") }
    return Members(file: self, node: node, mapping: mapping)
  }

  fileprivate func list(_ node: Node) throws(RunFailure) -> Node.Sequence {
    guard let sequence = node.sequence else { throw failure(node, "a list is expected") }
    return sequence
  }

  fileprivate func text(_ node: Node) throws(RunFailure) -> String {
    guard let scalar = node.scalar else { throw failure(node, "a text is expected") }
    return scalar.string
  }

  /// With the escapes of `DisplayText`.
  fileprivate func bytes(_ node: Node) throws(RunFailure) -> [UInt8] {
    guard let bytes = DisplayText.unescape(try text(node)) else {
      throw failure(node, "a backslash stands for itself as \\\\ and for a byte as \\xHH")
    }
    return bytes
  }

  fileprivate func number(_ node: Node) throws(RunFailure) -> Double {
    guard case .number(let number) = DecimalNumber.parse(Array(try text(node).utf8)) else {
      throw failure(node, "\"\(try text(node))\" is not a finite number")
    }
    return number
  }

  fileprivate func integer(_ node: Node) throws(RunFailure) -> Int {
    guard let integer = Int(try text(node)) else { throw failure(node, "an integer is expected") }
    return integer
  }

  fileprivate func flag(_ node: Node) throws(RunFailure) -> Bool {
    guard let flag = Bool(try text(node)) else { throw failure(node, "true or false is expected") }
    return flag
  }

  fileprivate func byte(_ node: Node) throws(RunFailure) -> UInt8 {
    let bytes = try bytes(node)
    guard bytes.count == 1 else { throw failure(node, "one byte is expected") }
    return bytes[0]
  }

  fileprivate func quote(_ node: Node?) throws(RunFailure) -> UInt8? {
    guard let node else { return UInt8(ascii: "\"") }
    return try text(node) == "none" ? nil : try byte(node)
  }

  fileprivate func missing(_ node: Node?) throws(RunFailure) -> MissingTokens {
    guard let node else { return .standard }
    var tokens: [[UInt8]] = []
    for token in try list(node) { tokens.append(try bytes(token)) }
    return MissingTokens(tokens)
  }

  fileprivate func failure(_ node: Node?, _ text: String) -> RunFailure {
    let line = node?.mark.map { " line \($0.line)" } ?? ""
    return RunFailure(
      .usage, "schema file \(path)\(line): \(text)",
      cure: "mend the file, or write a new one with inspect --schema")
  }
}
