package import Processor
package import SparseBatches

/// Chunks of rows to hashed batches. Pure: no I/O, no threads; one for each thread that works.
package struct ChunkFeaturizer: ~Copyable, Sendable {
  // Exactly one of them is there: the schema's format.
  private var csv: CSVFeaturizer?
  private var libsvm: LibSVMFeaturizer?
  private var vw: VWFeaturizer?

  /// The classes known by now; empty unless labels are classes.
  package var classNames: [ByteText] {
    mutating get {
      if let names = csv?.classNames { return names }
      if let names = libsvm?.classNames { return names }
      if let names = vw?.classNames { return names }
      return []
    }
  }

  /// Values of the last chunk; nil where nobody wants them, and where rows have no columns.
  package let profiled: ProfiledRows?

  /// Labels of the last chunk that were taken for the negative class for not being the positive one.
  fileprivate var negativeLabels: LabelTexts {
    mutating get {
      if let texts = csv?.negativeLabels { return texts }
      if let texts = libsvm?.negativeLabels { return texts }
      return vw?.negativeLabels ?? LabelTexts()
    }
  }

  /// - Parameters:
  ///   - plans: shared by all featurizers of one run, with one schema, purpose and details.
  ///   - path: the instructions of kernels; nil: none is used. The features are the same.
  package init(
    schema: FeatureSchema, purpose: FeaturizingPurpose, details: RowDetails = RowDetails(),
    plans: ColumnPlanCache = ColumnPlanCache(), path: ProcessorPath? = .chosen
  ) {
    switch schema.source {
    case .csv(let columns):
      csv = CSVFeaturizer(
        schema: columns, hashing: schema.hashing, labels: schema.labels, purpose: purpose,
        details: details, plans: plans, path: path)
      profiled = csv?.profiled
    case .libsvm(let scales):
      profiled = nil
      libsvm = LibSVMFeaturizer(
        hashing: schema.hashing, labels: schema.labels, scales: scales,
        labelsCarryWeights: schema.labelsCarryWeights, purpose: purpose, details: details)
    case .vw:
      profiled = nil
      vw = VWFeaturizer(
        hashing: schema.hashing, labels: schema.labels, purpose: purpose, details: details)
    }
  }

  /// Replaces what `batch` holds by the rows of `chunk`.
  ///
  /// - Parameters:
  ///   - convention: the label convention known before the chunk.
  ///   - steps: schemas in force from a row on, ascending; none: the one it was made with.
  /// - Returns: the convention known after it.
  /// - Throws: usage or badData when the file's columns do not fit the schema.
  package mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, steps: [SchemaStep] = [],
    into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    batch.removeAll()
    if let known = try csv?.featurize(chunk, convention, steps: steps, into: &batch) {
      return known
    }
    if let known = try libsvm?.featurize(chunk, convention, steps: steps, into: &batch) {
      return known
    }
    return try vw?.featurize(chunk, convention, into: &batch) ?? convention
  }

  /// Lends what the last chunk showed of its features.
  package mutating func withSightings<Result>(
    _ body: (inout FeatureSightings) -> Result
  ) -> Result? {
    if let result = csv?.watch.lendSightings(body) { return result }
    if let result = libsvm?.shared.watch.lendSightings(body) { return result }
    return vw?.shared.watch.lendSightings(body)
  }

  /// Adds the missing values of the last chunk, by column of the schema.
  fileprivate mutating func addMissing(to totals: inout [Int]) {
    csv?.missingCounts.add(to: &totals)
  }

  /// Calls `body` with each identifier field of row `row` of the last chunk.
  package mutating func forEachIdentifier(ofRow row: Int, _ body: (Span<UInt8>) -> Void) {
    csv?.identifiers.forEachField(ofRow: row, body)
  }
}

// MARK: - What a chunk showed

extension ChunkFeaturizer: WatchedRows {
  package var sawWatched: Bool {
    mutating get { csv?.sawWatched ?? false }
  }

  package mutating func forEachWatchedValue(
    of chunk: borrowing RowChunk, _ body: (Int, Int, PrefixValue.Kind) -> Void
  ) {
    csv?.forEachWatchedValue(of: chunk, body)
  }

  package mutating func forEachUnknownIndex(_ body: (Int, UInt64, Float) -> Void) {
    guard let unknown = libsvm?.unknown else { return }
    for value in unknown { body(value.row, value.index, value.magnitude) }
  }

  package mutating func forEachClipped(_ body: (UInt64, Int, Bool) -> Void) {
    if let clipped = csv?.clipped {
      for (key, count) in clipped { body(UInt64(key), count, true) }
    }
    if let clipped = libsvm?.clipped {
      for (key, count) in clipped.sorted(by: { $0.key < $1.key }) { body(key, count, false) }
    }
  }
}

extension FeatureRegister {
  /// Takes what the last chunk showed of its features. Chunks come in their order.
  package func take(_ featurizer: inout ChunkFeaturizer) {
    featurizer.withSightings { take(&$0) }
  }
}

extension LabelTexts {
  /// Adds what the last chunk showed. Chunks come in their order, each once.
  package mutating func take(_ featurizer: inout ChunkFeaturizer) {
    add(featurizer.negativeLabels)
  }
}

extension MissingValues {
  /// Adds what the last chunk showed. Chunks come in their order, each once.
  ///
  /// - Parameter rows: good rows of the chunk.
  package mutating func take(_ featurizer: inout ChunkFeaturizer, rows: Int) {
    add(rows: rows) { featurizer.addMissing(to: &$0) }
  }
}
