package import Featurizing
internal import PlainYAML
package import SparseBatches

extension SchemaYAML {
  /// What `text` writes, or a person, read back. Every complaint names the line.
  ///
  /// - Parameter name: what the file is called in messages.
  /// - Throws: usage when it is no schema.
  package static func source(
    of bytes: [UInt8], named name: String
  ) throws(RunFailure) -> FeatureSchema.Source {
    let reader = SchemaReader(name: name)
    let root: YAMLNode?
    do throws(YAMLDefect) {
      root = try YAMLNode.parse(bytes)
    } catch {
      throw RunFailure(
        .usage, "schema file \(name) line \(error.line): \(error.message)",
        cure: error.cure + "; see inspect --schema for one")
    }
    guard let root else { throw reader.failure(nil, "the file is empty") }
    let source = try reader.source(root)
    guard let defect = source.defect else { return source }
    throw reader.failure(nil, defect)
  }
}

/// From the nodes of a document to a schema.
private struct SchemaReader {
  let name: String

  func source(_ root: YAMLNode) throws(RunFailure) -> FeatureSchema.Source {
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
      "schema", "format", "delimiter", "quote", "header", "missing", "decimal", "number_marks",
      "clip", "ngrams", "columns", "crosses", "comment", "skip_lines", "max_field_lines",
      "max_columns",
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
      numbers: try numbers(members),
      clip: try members["clip"].map { node throws(RunFailure) in try number(node) } ?? 8,
      columns: columns)
    if let node = members["ngrams"] { schema.ngrams = try integer(node) }
    if let node = members["comment"] { schema.comment = try byte(node) }
    if let node = members["skip_lines"] { schema.skippedLines = try integer(node) }
    if let node = members["max_field_lines"] { schema.maximumFieldLines = try integer(node) }
    if let node = members["max_columns"] { schema.maximumColumns = try integer(node) }
    if let node = members["crosses"] { schema.crosses = try crosses(node, columns) }
    return schema
  }

  private func column(_ node: YAMLNode) throws(RunFailure) -> Column {
    let members = try members(node)
    try members.refuse(otherThan: [
      "name", "type", "transform", "mean", "standard_deviation", "symlog_mean",
      "symlog_standard_deviation", "edges", "reason",
    ])
    let type = try members.required("type")
    let name = ByteText(bytes: try bytes(members.required("name")))
    let reason = try members["reason"].map { node throws(RunFailure) in
      Column.Reason(code: String(decoding: try bytes(node), as: UTF8.self))
    }
    return Column(name: name, role: try role(type, members), reason: reason ?? .schemaFile)
  }

  private func role(_ type: YAMLNode, _ members: Members) throws(RunFailure) -> Column.Role {
    let isNumeric = try text(type) == "numeric"
    let scaling = [
      "transform", "mean", "standard_deviation", "symlog_mean", "symlog_standard_deviation",
      "edges",
    ]
    for key in scaling where !isNumeric {
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
      return .binned(try bins(members))
    }
    if word == TransformChoice.binsAndSlope.rawValue { return try binsAndSlope(members) }
    guard let transform = NumericScale.Transform(rawValue: word) else {
      throw failure(node, "a transform is bins+slope, standardize, symlog, quantile or raw")
    }
    guard transform != .raw else {
      try members.refuse(otherThan: ["name", "type", "reason", "transform"])
      return .numeric(.raw)
    }
    if let edges = members["edges"] {
      throw failure(edges, "edges are for the transforms bins+slope and quantile")
    }
    try members.refuse(otherThan: [
      "name", "type", "reason", "transform", "mean", "standard_deviation",
    ])
    return .numeric(try scale(transform, members))
  }

  private func binsAndSlope(_ members: Members) throws(RunFailure) -> Column.Role {
    let hasLogarithm =
      members["symlog_mean"] != nil || members["symlog_standard_deviation"] != nil
    return .binsAndSlope(
      BinsAndSlope(
        slope: try scale(.standardize, members),
        logarithm: hasLogarithm ? try scale(.symlog, members, "symlog_") : nil,
        bins: try bins(members)))
  }

  private func scale(
    _ transform: NumericScale.Transform, _ members: Members, _ prefix: String = ""
  ) throws(RunFailure) -> NumericScale {
    NumericScale(
      transform: transform, mean: try number(members.required(prefix + "mean")),
      standardDeviation: try number(members.required(prefix + "standard_deviation")))
  }

  private func bins(_ members: Members) throws(RunFailure) -> QuantileBins {
    var edges: [Double] = []
    for edge in try list(members.required("edges")) { edges.append(try number(edge)) }
    return QuantileBins(edges: edges)
  }

  private func crosses(
    _ node: YAMLNode, _ columns: [Column]
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

extension SchemaReader {
  /// A map with its place.
  fileprivate struct Members {
    let reader: SchemaReader
    let node: YAMLNode
    let entries: [YAMLNode.Entry]

    subscript(_ key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }

    func required(_ key: String) throws(RunFailure) -> YAMLNode {
      guard let member = self[key] else { throw reader.failure(node, "\(key) is missing") }
      return member
    }

    func refuse(otherThan known: [String]) throws(RunFailure) {
      for entry in entries where !known.contains(entry.key) {
        let nearest =
          NearestName.find(entry.key, among: known).map { "; did you mean \($0)?" } ?? ""
        throw reader.failure(line: entry.line, "\(entry.key) does not belong here" + nearest)
      }
    }
  }

  fileprivate func members(_ node: YAMLNode) throws(RunFailure) -> Members {
    guard case .map(let entries) = node.content else {
      throw failure(node, "a map of keys is expected")
    }
    return Members(reader: self, node: node, entries: entries)
  }

  fileprivate func list(_ node: YAMLNode) throws(RunFailure) -> [YAMLNode] {
    guard case .list(let items) = node.content else { throw failure(node, "a list is expected") }
    return items
  }

  fileprivate func text(_ node: YAMLNode) throws(RunFailure) -> String {
    guard case .text(let text, _) = node.content else { throw failure(node, "a text is expected") }
    return text
  }

  /// With the escapes of `DisplayText`.
  fileprivate func bytes(_ node: YAMLNode) throws(RunFailure) -> [UInt8] {
    guard let bytes = DisplayText.unescape(try text(node)) else {
      throw failure(node, "a backslash stands for itself as \\\\ and for a byte as \\xHH")
    }
    return bytes
  }

  fileprivate func number(_ node: YAMLNode) throws(RunFailure) -> Double {
    guard case .number(let number) = DecimalNumber.parse(Array(try text(node).utf8)) else {
      throw failure(node, "\"\(try text(node))\" is not a finite number")
    }
    return number
  }

  fileprivate func integer(_ node: YAMLNode) throws(RunFailure) -> Int {
    guard let integer = Int(try text(node)) else { throw failure(node, "an integer is expected") }
    return integer
  }

  fileprivate func flag(_ node: YAMLNode) throws(RunFailure) -> Bool {
    guard let flag = Bool(try text(node)) else { throw failure(node, "true or false is expected") }
    return flag
  }

  fileprivate func byte(_ node: YAMLNode) throws(RunFailure) -> UInt8 {
    let bytes = try bytes(node)
    guard bytes.count == 1 else { throw failure(node, "one byte is expected") }
    return bytes[0]
  }

  fileprivate func quote(_ node: YAMLNode?) throws(RunFailure) -> UInt8? {
    guard let node else { return UInt8(ascii: "\"") }
    return try text(node) == "none" ? nil : try byte(node)
  }

  fileprivate func missing(_ node: YAMLNode?) throws(RunFailure) -> MissingTokens {
    guard let node else { return .standard }
    var tokens: [[UInt8]] = []
    for token in try list(node) { tokens.append(try bytes(token)) }
    return MissingTokens(tokens)
  }

  fileprivate func numbers(_ members: Members) throws(RunFailure) -> NumberForm {
    var decimal = NumberForm.Decimal.point
    if let node = members["decimal"] {
      guard let known = NumberForm.Decimal(rawValue: try text(node)) else {
        throw failure(node, "decimal must be point or comma")
      }
      decimal = known
    }
    let marks = try members["number_marks"].map { node throws(RunFailure) in try bytes(node) } ?? []
    return NumberForm(decimal: decimal, marks: String(decoding: marks, as: UTF8.self))
  }

  fileprivate func failure(_ node: YAMLNode?, _ text: String) -> RunFailure {
    failure(line: node?.line, text)
  }

  private func failure(line: Int?, _ text: String) -> RunFailure {
    let place = line.map { " line \($0)" } ?? ""
    return RunFailure(
      .usage, "schema file \(name)\(place): \(text)",
      cure: "mend the file, or write a new one with inspect --schema")
  }
}
