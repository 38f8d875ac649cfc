internal import CKernels
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
  /// Of numbers that have a feature for their logarithm, too.
  let logarithmScales: GrowableBuffer<NumericScale>
  /// What texts of numbers became, where there are columns of them.
  let memos: NumberMemos
  let hasNumbers: Bool
  /// What the loop over remembered numbers needs of each step.
  let numberColumns: GrowableBuffer<NumberColumn>
  /// For the kernel of categories: field and seed of each step, and a few more behind them.
  let kernelFields: GrowableBuffer<UInt32>
  let kernelSeeds: GrowableBuffer<UInt32>
  /// The most features that the steps make of a row.
  let mostFeatures: Int
  /// Text columns: they have many features a row.
  let texts: [TextStep]
  /// Columns whose values are clipped, by the slot of their number.
  let clippable: [UInt32: Int]
  let crosses: CrossPlan
  /// Columns whose values a profile may want.
  let profiled: [ProfiledField]
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
    profiled = ColumnPlan.profiled(schema, hashing, found)
    var compiled = CompiledColumns(steps: found.count, hashing: hashing)
    for (index, field) in found { compiled.add(schema.columns[index], index, field) }
    texts = compiled.texts
    memos = NumberMemos(numbers: compiled.numbers)
    hasNumbers = compiled.numbers > 0
    numberColumns = compiled.numberColumns
    kernelFields = compiled.padded { UInt32($0.field) }
    kernelSeeds = compiled.padded(\.seed)
    runs = compiled.runs
    clippable = compiled.clippable
    mostFeatures = compiled.mostFeatures
    crosses = CrossPlan(schema, hashing, fields: found, compiled.binTables)
    steps = compiled.steps
    logarithmScales = compiled.logarithmScales
    bins = compiled.bins
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

  private static func profiled(
    _ schema: CSVSchema, _ hashing: FeatureHashing, _ found: [(column: Int, field: Int)]
  ) -> [ProfiledField] {
    let wanted = Set(ProfiledColumns.indices(of: schema))
    return found.filter { wanted.contains($0.column) }.compactMap { index, field in
      let column = schema.columns[index]
      return ProfiledColumns.kind(of: column.role).map {
        ProfiledField(field: field, kind: $0, seed: hashing.columnSeed(column.name))
      }
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
    let lacksLabel = [.predictWithoutLabel, .compareWithoutLabel].contains(purpose)
    return lacksLabel ? names.filter { $0 != schema.label } : names
  }

  private static func isNeeded(_ role: Column.Role, _ purpose: FeaturizingPurpose) -> Bool {
    switch role {
    case .ignored: false
    case .label, .weight: purpose == .learn || purpose == .measure
    case .categorical, .text, .numeric, .binned, .binsAndSlope: true
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

/// What to do with one column that is no text, compiled from the schema for one order of
/// columns.
struct ColumnStep: BitwiseCopyable {
  enum Action: BitwiseCopyable {
    case categorical, standardized, symlog, raw, binned
    /// A standardized number and its bin; with the logarithm between them.
    case slopeAndBin, slopeLogarithmAndBin
  }

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
  var bins = BinTable()
  /// Index of the scale of its logarithm, and full hash of that feature.
  var logarithm: UInt32 = 0
  var logarithmHash: UInt32 = 0
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

/// Collects the steps of a plan.
struct CompiledColumns: ~Copyable {
  var steps: GrowableBuffer<ColumnStep>
  private(set) var texts: [TextStep] = []
  var logarithmScales = GrowableBuffer<NumericScale>()
  var bins = BinTables()
  /// By the column's index in the schema, for products.
  private(set) var binTables: [Int: BinTable] = [:]
  /// Columns of numbers.
  private(set) var numbers = 0
  private(set) var mostFeatures = 0
  private(set) var clippable: [UInt32: Int] = [:]
  private let hashing: FeatureHashing

  init(steps: Int, hashing: FeatureHashing) {
    self.steps = GrowableBuffer(capacity: steps)
    self.hashing = hashing
  }

  mutating func add(_ column: Column, _ index: Int, _ field: Int) {
    let seed = hashing.columnSeed(column.name)
    var step = ColumnStep(
      action: .categorical, field: field, seed: seed, hash: seed,
      missingHash: MurmurHash3.hash([], seed: seed), scale: .raw, column: index)
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
      case .symlog: step.action = .symlog
      }
    case .binned(let bins):
      step.action = .binned
      step.bins = self.bins.add(bins, seed: seed)
      binTables[index] = step.bins
    case .binsAndSlope(let number): add(number, to: &step)
    }
    if step.action != .categorical { numbers += 1 }
    note(step)
    steps.append(step)
  }

  private mutating func add(_ number: BinsAndSlope, to step: inout ColumnStep) {
    step.scale = number.slope
    step.bins = bins.add(number.bins, seed: step.seed)
    step.action = .slopeAndBin
    guard let scale = number.logarithm else { return }
    step.action = .slopeLogarithmAndBin
    step.logarithm = UInt32(logarithmScales.count)
    step.logarithmHash = BinsAndSlope.logarithmHash(columnSeed: step.seed)
    logarithmScales.append(scale)
  }

  /// How many features it makes, and in which slot clipped values show.
  private mutating func note(_ step: ColumnStep) {
    switch step.action {
    case .categorical, .raw, .binned: mostFeatures += 1
    case .standardized, .symlog:
      mostFeatures += 1
      clippable[step.hash & hashing.mask] = step.column
    case .slopeAndBin, .slopeLogarithmAndBin:
      mostFeatures += 3
      clippable[step.hash & hashing.mask] = step.column
    }
  }

  var numberColumns: GrowableBuffer<NumberColumn> {
    var columns = GrowableBuffer<NumberColumn>(capacity: steps.count)
    for index in 0..<steps.count {
      let step = steps[index]
      columns.append(
        NumberColumn(
          field: UInt32(step.field), column: UInt32(step.column), slot: step.hash & hashing.mask,
          logarithmSlot: step.logarithmHash & hashing.mask))
    }
    return columns
  }

  /// Something of each step, and behind it as many zeros as `lrs_hash_categories` may look at: a
  /// run begins somewhere among the steps. A field 0 is there in each row.
  func padded(_ number: (ColumnStep) -> UInt32) -> GrowableBuffer<UInt32> {
    let count = steps.count + Int(lrs_category_padding)
    var numbers = GrowableBuffer<UInt32>(capacity: count)
    for index in 0..<count {
      numbers.append(index < steps.count ? number(steps[index]) : 0)
    }
    return numbers
  }

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
}
