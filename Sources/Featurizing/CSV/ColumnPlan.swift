internal import SparseBatches

/// One file's columns held against the schema.
final class ColumnPlan: Sendable {
  /// Feature columns in the order of the schema, whatever the order of the file: sums of floating
  /// point numbers depend on their order.
  let steps: GrowableBuffer<ColumnStep>
  /// The steps, cut into runs of one kind.
  let runs: GrowableBuffer<ColumnRun>
  /// What the steps of binned numbers look up.
  let bins: BinTables
  /// How many steps take logarithms.
  let logarithms: Int
  /// Text columns: they have many features a row.
  let texts: [TextStep]
  let crosses: CrossPlan
  let labelField: Int?
  let weightField: Int?
  /// Fields to be handed on as they are, in the order they were asked for.
  let identifierFields: [Int]
  let fieldCount: Int
  let notice: String?

  /// - Parameter names: the file's own columns; nil when it has no header.
  init(
    schema: CSVSchema, hashing: FeatureHashing, names: [ByteText]?, purpose: FeaturizingPurpose,
    identifiers: [ByteText] = []
  ) throws(RunFailure) {
    let fileNames = names ?? ColumnPlan.positional(schema, purpose)
    var fields: [ByteText: Int] = [:]
    for (index, name) in fileNames.enumerated() { fields[name] = index }
    identifierFields = try ColumnPlan.find(identifiers, in: fields, fileNames)
    var found: [(column: Int, field: Int)] = []
    for (index, column) in schema.columns.enumerated() {
      if let field = fields.removeValue(forKey: column.name) {
        found.append((index, field))
      } else if ColumnPlan.isNeeded(column.role, purpose) {
        throw ColumnPlan.missing(column.name, among: fileNames)
      }
    }
    for name in identifiers { fields[name] = nil }
    fieldCount = fileNames.count
    notice = fields.isEmpty ? nil : ColumnPlan.describeExtra(fields)
    labelField = found.first { schema.columns[$0.column].role == .label }?.field
    weightField = found.first { schema.columns[$0.column].role == .weight }?.field
    var compiled = CompiledColumns(steps: found.count, hashing: hashing)
    for (index, field) in found { compiled.add(schema.columns[index], index, field) }
    bins = compiled.bins
    texts = compiled.texts
    logarithms = compiled.logarithms
    runs = compiled.runs
    steps = compiled.takeSteps()
    crosses = CrossPlan(schema, hashing, fields: found)
  }

  private static func find(
    _ identifiers: [ByteText], in fields: [ByteText: Int], _ names: [ByteText]
  ) throws(RunFailure) -> [Int] {
    try identifiers.map { name throws(RunFailure) in
      guard let field = fields[name] else {
        throw missing(name, among: names, else: "--id, --by and --group name columns of the rows")
      }
      return field
    }
  }

  private static func positional(
    _ schema: CSVSchema, _ purpose: FeaturizingPurpose
  ) -> [ByteText] {
    let names = schema.columns.map(\.name)
    return purpose == .predictWithoutLabel ? names.filter { $0 != schema.label } : names
  }

  private static func isNeeded(_ role: Column.Role, _ purpose: FeaturizingPurpose) -> Bool {
    switch role {
    case .ignored: false
    case .label, .weight: purpose == .learn
    case .categorical, .text, .numeric, .binned: true
    }
  }

  private static func missing(
    _ name: ByteText, among names: [ByteText],
    else cure: String = "every column of the schema must be there, but those that are ignored"
  ) -> RunFailure {
    let nearest = NearestName.find(name.display, among: names.map(\.display))
    let shown = names.prefix(20).map(\.display).joined(separator: ", ")
    return RunFailure(
      .usage, "column \"\(name.display)\" is missing; the file has: \(shown)",
      cure: nearest.map { "did the file rename it to \"\($0)\"?" } ?? cure)
  }

  private static func describeExtra(_ fields: [ByteText: Int]) -> String {
    let names = fields.sorted { $0.value < $1.value }.map(\.key.display)
    let shown = names.prefix(5).joined(separator: ", ")
    return "ignoring \(names.count) column(s) that the schema does not have: \(shown)"
      + (names.count > 5 ? ", …" : "")
  }
}
