package import SparseBatches

/// What the rows are for: decides whether a label is needed.
package enum FeaturizingPurpose: Sendable {
  /// The label column must be there and every label must be right.
  case learn
  /// Labels are neither needed nor looked at.
  case predict
  /// As `predict`, for rows without a header that lack the label column.
  case predictWithoutLabel

  var needsLabel: Bool { self == .learn }
}

/// Chunks of rows to hashed batches. Pure: no I/O, no threads; one for each thread that works.
package struct ChunkFeaturizer: ~Copyable, Sendable {
  // Exactly one of them is there: the schema's format.
  private var csv: CSVFeaturizer?
  private var libsvm: LibSVMFeaturizer?

  package init(schema: FeatureSchema, purpose: FeaturizingPurpose) {
    switch schema.source {
    case .csv(let columns):
      csv = CSVFeaturizer(
        schema: columns, hashing: schema.hashing, labels: schema.labels, purpose: purpose)
      libsvm = nil
    case .libsvm(let scales):
      csv = nil
      libsvm = LibSVMFeaturizer(
        hashing: schema.hashing, labels: schema.labels, scales: scales, purpose: purpose)
    }
  }

  /// Replaces what `batch` holds by the rows of `chunk`.
  ///
  /// - Parameter convention: the label convention known before the chunk.
  /// - Returns: the convention known behind it.
  /// - Throws: usage or badData when the file's columns do not fit the schema.
  package mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    batch.removeAll()
    if let known = try csv?.featurize(chunk, convention, into: &batch) { return known }
    return try libsvm?.featurize(chunk, convention, into: &batch) ?? convention
  }
}
