internal import SparseBatches

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

/// Edges and full hashes of all binned columns, the same length for each: small enough for the cache.
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
  func hash(of number: Double, table: Int) -> UInt32 { hashes[place(of: number, table: table)] }

  func bin(of number: Double, table: Int) -> Int {
    place(of: number, table: table) - table * QuantileBins.maximumCount
  }

  @inline(__always)
  private func place(of number: Double, table: Int) -> Int {
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
