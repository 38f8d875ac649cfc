internal import SparseBatches
internal import Synchronization

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
  /// Columns whose values are clipped, by the slot of their number.
  let clippable: [UInt32: Int]
  let crosses: CrossPlan
  /// Fields of watched columns, and their indices among those.
  let watched: [(field: Int, index: Int)]
  let labelField: Int?
  let weightField: Int?
  /// Fields to be handed on as they are, in the order they were asked for.
  let identifierFields: [Int]
  let fieldCount: Int
  let notice: String?

  /// - Parameters:
  ///   - names: the file's own columns; nil when it has no header.
  ///   - watched: indices in the schema.
  init(
    schema: CSVSchema, hashing: FeatureHashing, names: [ByteText]?, purpose: FeaturizingPurpose,
    identifiers: [ByteText] = [], watched: [Int] = []
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
    self.watched = ColumnPlan.fields(of: watched, found)
    var compiled = CompiledColumns(steps: found.count, hashing: hashing)
    for (index, field) in found { compiled.add(schema.columns[index], index, field) }
    bins = compiled.bins
    texts = compiled.texts
    logarithms = compiled.logarithms
    runs = compiled.runs
    let all = compiled.takeSteps()
    var clippable: [UInt32: Int] = [:]
    for index in 0..<all.count where [.standardized, .symlog].contains(all[index].action) {
      clippable[all[index].hash & hashing.mask] = all[index].column
    }
    self.clippable = clippable
    steps = all
    crosses = CrossPlan(schema, hashing, fields: found)
  }

  private static func fields(
    of watched: [Int], _ found: [(column: Int, field: Int)]
  ) -> [(field: Int, index: Int)] {
    guard !watched.isEmpty else { return [] }
    let fields = Dictionary(uniqueKeysWithValues: found.map { ($0.column, $0.field) })
    return watched.enumerated().compactMap { index, column in
      fields[column].map { ($0, index) }
    }
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
    let shown = names.prefix(20).map(\.shortDisplay).joined(separator: ", ")
    return RunFailure(
      .usage, "column \"\(name.display)\" is missing; the file has: \(shown)",
      cure: nearest.map { "did the file rename it to \"\($0)\"?" } ?? cure)
  }

  private static func describeExtra(_ fields: [ByteText: Int]) -> String {
    let names = fields.sorted { $0.value < $1.value }.map(\.key.shortDisplay)
    let shown = names.prefix(5).joined(separator: ", ")
    return "ignoring \(names.count) column(s) that the schema does not have: \(shown)"
      + (names.count > 5 ? ", …" : "")
  }
}

/// The latest plan, made once for all featurizers of a run: of a million columns one plan takes a
/// hundred megabytes. A lock a file, none a chunk.
package final class ColumnPlanCache: Sendable {
  private struct Held {
    /// nil for rows without a header.
    var header: FileHeader?
    var plan: ColumnPlan
  }

  private let latest = Mutex<Held?>(nil)

  package init() {}

  func plan(
    for header: FileHeader?, _ make: () throws(RunFailure) -> ColumnPlan
  ) throws(RunFailure) -> ColumnPlan {
    try latest.withLock { latest throws(RunFailure) in
      if let latest, latest.header === header { return latest.plan }
      let plan = try make()
      latest = Held(header: header, plan: plan)
      return plan
    }
  }
}

/// What to do with one column that has one feature a row, compiled from the schema for one order of
/// columns.
struct ColumnStep: BitwiseCopyable {
  enum Action: BitwiseCopyable { case categorical, standardized, symlog, raw, binned }

  var action: Action
  /// Index of the column's field in a row of this file.
  var field: Int
  /// Seed of the hash of its values.
  var seed: UInt32
  /// Full hash of the number's feature: its slot is the low bits.
  var hash: UInt32
  /// Full hash of the feature that says "missing".
  var missingHash: UInt32
  var scale: NumericScale
  /// Index of its table of bins or logarithms.
  var table: Int
  /// Index in the schema.
  var column: Int
}

/// Steps that follow each other and are all of one kind: the categorical ones, or the others.
struct ColumnRun: BitwiseCopyable {
  var isCategorical: Bool
  var start: UInt32
  var end: UInt32
}

/// What to do with one column that is split into words.
struct TextStep {
  var field: Int
  var seed: UInt32
  var missingHash: UInt32
  var name: ByteText
  /// Index in the schema.
  var column: Int
}

/// Edges and full hashes of all binned columns, the same length for each: small enough for the
/// cache.
final class BinTables: Sendable {
  /// 31 for each table, padded with infinity.
  private let edges: GrowableBuffer<Double>
  /// 32 for each table.
  private let hashes: GrowableBuffer<UInt32>
  private static let edgeCount = QuantileBins.maximumCount - 1

  /// - Parameter columns: bins, and the seed of the column's values.
  init(_ columns: [(bins: QuantileBins, seed: UInt32)]) {
    var edges = GrowableBuffer<Double>(capacity: columns.count * Self.edgeCount)
    var hashes = GrowableBuffer<UInt32>(capacity: columns.count * QuantileBins.maximumCount)
    for column in columns {
      for index in 0..<Self.edgeCount {
        edges.append(index < column.bins.edges.count ? column.bins.edges[index] : .infinity)
      }
      for bin in 0..<QuantileBins.maximumCount {
        hashes.append(MurmurHash3.hash(decimal: bin, seed: column.seed))
      }
    }
    self.edges = edges
    self.hashes = hashes
  }

  /// - Parameter number: finite.
  @inline(__always)
  func hash(of number: Double, table: Int) -> UInt32 { hashes[index(of: number, table: table)] }

  func bin(of number: Double, table: Int) -> Int {
    index(of: number, table: table) - table * QuantileBins.maximumCount
  }

  @inline(__always)
  private func index(of number: Double, table: Int) -> Int {
    edges.withSpan { edges in
      var bin = 0
      // Edges ascend: counting them all costs no branch that depends on the number.
      for index in table * Self.edgeCount..<(table + 1) * Self.edgeCount {
        bin &+= edges[index] <= number ? 1 : 0
      }
      return table * QuantileBins.maximumCount + bin
    }
  }
}

/// Collects the steps of a plan.
struct CompiledColumns: ~Copyable {
  private var steps: GrowableBuffer<ColumnStep>
  private(set) var texts: [TextStep] = []
  private var binned: [(bins: QuantileBins, seed: UInt32)] = []
  private(set) var logarithms = 0
  private let hashing: FeatureHashing

  init(steps: Int, hashing: FeatureHashing) {
    self.steps = GrowableBuffer(capacity: steps)
    self.hashing = hashing
  }

  mutating func add(_ column: Column, _ index: Int, _ field: Int) {
    let seed = hashing.columnSeed(column.name)
    var step = ColumnStep(
      action: .categorical, field: field, seed: seed, hash: seed,
      missingHash: MurmurHash3.hash([], seed: seed), scale: .raw, table: 0, column: index)
    switch column.role {
    case .label, .weight, .ignored: return
    case .categorical: break
    case .text:
      texts.append(
        TextStep(
          field: field, seed: seed, missingHash: step.missingHash, name: column.name,
          column: index))
      return
    case .numeric(let scale):
      step.scale = scale
      switch scale.transform {
      case .standardize: step.action = .standardized
      case .raw: step.action = .raw
      case .symlog:
        step.action = .symlog
        step.table = logarithms
        logarithms += 1
      }
    case .binned(let bins):
      step.action = .binned
      step.table = binned.count
      binned.append((bins, seed))
    }
    steps.append(step)
  }

  var bins: BinTables { BinTables(binned) }

  var runs: GrowableBuffer<ColumnRun> {
    var runs = GrowableBuffer<ColumnRun>()
    for index in 0..<steps.count {
      let isCategorical = steps[index].action == .categorical
      let (start, end) = (UInt32(index), UInt32(index + 1))
      if let last = runs.count > 0 ? runs.count - 1 : nil,
        runs[last].isCategorical == isCategorical
      {
        runs[last].end = end
      } else {
        runs.append(ColumnRun(isCategorical: isCategorical, start: start, end: end))
      }
    }
    return runs
  }

  consuming func takeSteps() -> GrowableBuffer<ColumnStep> { steps }
}
