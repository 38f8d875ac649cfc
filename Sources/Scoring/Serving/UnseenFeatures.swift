package import Featurizing
internal import Learning
internal import ModelFile
package import RowStream
internal import SparseBatches

/// What rows bring that a model has no weight for, overall and by column.
///
/// Looked at in the first rows, and in every 64th of the first 32,768 of each file; of a row of more
/// than 65,536 features, in the first ones. A feature is unknown when its slot has no
/// weight: training never saw it, or a penalty took its weight away. So the shares are held against
/// the share of the distinct features trained on that has a weight. The feature of a number is never unknown: numbers have no
/// values to recognise.
package struct UnseenFeatures {
  /// What one column brought, or one namespace, or one index.
  package struct Column {
    package var name: ByteText
    package var features = 0
    package var unknown = 0
    /// Unknown values that would be known if they were written otherwise, by how.
    package var otherwise: [ValueVariant: Int] = [:]
  }

  private let model: ServedModel
  private let columnNames: ColumnResolver
  private var numbers: [ByteText: Int] = [:]
  package private(set) var columns: [Column] = []
  package private(set) var rows = 0
  package private(set) var features = 0
  package private(set) var unknown = 0
  /// Rows with features, none of which is known.
  package private(set) var unknownRows = 0
  /// Of LibSVM: features that would be unknown if every index were one more, or one less.
  package private(set) var unknownIfRaised = 0
  package private(set) var unknownIfLowered = 0
  /// Files whose first row brought nothing known, by index among the inputs.
  package private(set) var strangeHeads: [Int] = []

  /// More columns than these are counted together with the rest.
  private static let maximumColumns = 100_000

  package init(_ model: ServedModel) {
    self.model = model
    columnNames = ColumnResolver(model.header.schema)
  }

  package var schema: FeatureSchema { model.header.schema }
  package var share: Double? { features > 0 ? Double(unknown) / Double(features) : nil }
  /// Of the distinct features that were trained on; nil in models of programs that did not count
  /// them. The share of all features, frequent ones as often as they come, is hardly ever larger.
  package var shareInTraining: Double? { model.weightlessShare }

  /// Looks at an item whose turn has come.
  package mutating func take(_ item: PipelineItem) {
    guard FeatureRecording.samplesSome(of: item.chunk) else { return }
    // Lent once: each access to a part of an item is checked.
    let sampled = Self.sampledRows(of: item.batch, item.chunk)
    for (row, place) in sampled {
      let (found, strange) = look(at: row, of: item)
      guard found > 0 else { continue }
      rows += 1
      features += found
      unknown += strange
      guard found == strange else { continue }
      unknownRows += 1
      if item.chunk.rowsBefore + place == 0 { strangeHeads.append(item.chunk.file) }
    }
  }

  private static func sampledRows(
    of batch: borrowing SparseBatch, _ chunk: borrowing RowChunk
  ) -> [(row: Int, place: Int)] {
    var sampled: [(row: Int, place: Int)] = []
    for row in 0..<batch.rowCount {
      let place = Int(batch.rowsInChunk[row])
      if FeatureRecording.samples(place, of: chunk) { sampled.append((row, place)) }
    }
    return sampled
  }

  private mutating func look(at row: Int, of item: PipelineItem) -> (found: Int, unknown: Int) {
    let looked = item.featurizer.withSightings { sightings in
      var (found, strange) = (0, 0)
      for index in sightings.features(ofRow: row) {
        guard let isKnown = look(at: index, of: sightings) else { continue }
        found += 1
        strange += isKnown ? 0 : 1
      }
      return (found, strange)
    }
    return looked ?? (0, 0)
  }

  /// - Returns: whether the feature is known; nil for one that is not counted.
  private mutating func look(
    at index: Int, of sightings: borrowing FeatureSightings
  ) -> Bool? {
    let name = sightings.name(index)
    let (column, value) = columnNames.split(name)
    guard value != nil || !columnNames.repeats(column, name) else { return nil }
    let isKnown =
      value == nil && columnNames.hasNumbers
      || model.isKnown(slot: sightings.hash(index) & schema.hashing.mask)
    count(column, value, isKnown: isKnown)
    if let index = columnNames.index(name) { countShifted(index) }
    return isKnown
  }

  private mutating func count(_ name: ByteText, _ value: [UInt8]?, isKnown: Bool) {
    guard let place = place(of: name) else { return }
    columns[place].features += 1
    guard !isKnown else { return }
    columns[place].unknown += 1
    guard let value, columnNames.hasNumbers else { return }
    let seed = schema.hashing.columnSeed(name)
    for variant in ValueVariant.allCases {
      let isFound = variant.texts(of: value).contains {
        model.isKnown(slot: MurmurHash3.hash($0, seed: seed) & schema.hashing.mask)
      }
      if isFound { columns[place].otherwise[variant, default: 0] += 1 }
    }
  }

  private mutating func place(of name: ByteText) -> Int? {
    if let place = numbers[name] { return place }
    guard columns.count < Self.maximumColumns else { return nil }
    numbers[name] = columns.count
    columns.append(Column(name: name))
    return columns.count - 1
  }

  private mutating func countShifted(_ index: UInt64) {
    let hashing = schema.hashing
    func isKnown(_ index: UInt64) -> Bool {
      model.isKnown(slot: hashing.hash(ofIndex: index) & hashing.mask)
    }
    if index == .max || !isKnown(index + 1) { unknownIfRaised += 1 }
    if index == 0 || !isKnown(index - 1) { unknownIfLowered += 1 }
  }

  /// The part of all weights (their magnitudes) that the features of each column have, as far as
  /// the model keeps names.
  package func importance() -> [ByteText: Double] {
    var sums: [ByteText: Double] = [:]
    var total = 0.0
    for slot in model.names.slots {
      var weight = 0.0
      for output in 0..<model.loss.outputs {
        weight += Double(model.weight(ofSlot: slot, output: output).magnitude)
      }
      guard weight > 0, let name = model.names.name(ofSlot: slot) else { continue }
      total += weight
      sums[columnNames.split(Array(name)).column, default: 0] += weight
    }
    return sums.mapValues { $0 / total }
  }
}

/// Which column a feature is of, by its name.
struct ColumnResolver {
  private let names: Set<ByteText>
  /// Columns of numbers that have several features.
  private var sloped: Set<ByteText> = []
  private let source: FeatureSchema.Source

  init(_ schema: FeatureSchema) {
    source = schema.source
    guard case .csv(let csv) = schema.source else {
      names = []
      return
    }
    names = Set(csv.columns.map(\.name) + csv.crosses.map { $0.name(among: csv.columns) })
    for column in csv.columns {
      if case .binsAndSlope = column.role { sloped.insert(column.name) }
    }
  }

  /// Whether it is the logarithm or the bin of a number whose slope is counted.
  func repeats(_ column: ByteText, _ name: [UInt8]) -> Bool {
    !sloped.isEmpty && name.count != column.bytes.count && sloped.contains(column)
  }

  /// Whether the feature that is named as its column is a number's.
  var hasNumbers: Bool { if case .csv = source { true } else { false } }

  /// - Returns: the column, and the value behind its name; nil for a number's feature.
  func split(_ name: [UInt8]) -> (column: ByteText, value: [UInt8]?) {
    switch source {
    case .libsvm: return (ByteText(bytes: name), nil)
    case .vw:
      let end = name.firstIndex(of: UInt8(ascii: "^")) ?? 0
      return (ByteText(bytes: Array(name[..<end])), Array(name[end...]))
    case .csv: break
    }
    for end in name.indices where name[end] == UInt8(ascii: "=") {
      let column = ByteText(bytes: Array(name[..<end]))
      if names.contains(column) { return (column, Array(name[(end + 1)...])) }
    }
    let whole = ByteText(bytes: name)
    if names.contains(whole) { return (whole, nil) }
    // A bin: the column's name, a blank, its words.
    for end in name.indices where name[end] == UInt8(ascii: " ") {
      let column = ByteText(bytes: Array(name[..<end]))
      if names.contains(column) { return (column, nil) }
    }
    return (whole, nil)
  }

  /// The index that a feature of LibSVM is named by.
  func index(_ name: [UInt8]) -> UInt64? {
    guard case .libsvm = source else { return nil }
    return UInt64(String(decoding: name, as: UTF8.self))
  }
}
