package import SparseBatches

/// What is wanted of rows besides their features.
package struct RowDetails: Sendable {
  /// Names of features.
  package var recording: FeatureRecording
  /// Columns whose fields are handed on as they are; of delimited rows only.
  package var identifiers: [ByteText]
  /// Negatives that are left out, of which nothing but the label is looked at; nil: every row is
  /// wanted. Only for two classes, and for rows to learn from.
  package var sampling: RowSampling?

  package init(
    recording: FeatureRecording = .nothing, identifiers: [ByteText] = [],
    sampling: RowSampling? = nil
  ) {
    self.recording = recording
    self.identifiers = identifiers
    self.sampling = sampling
  }
}

/// The fields of a chunk's rows that are handed on as they are, quotes undone: bad rows included,
/// so that there is a group of fields for each row of the chunk.
struct IdentifierFields: ~Copyable {
  let columns: [ByteText]
  private var bytes = GrowableBuffer<UInt8>()
  /// For each field, `columns.count` a row, its end in `bytes`.
  private var ends = GrowableBuffer<Int>()

  init(columns: [ByteText]) { self.columns = columns }

  mutating func beginChunk() {
    bytes.removeAll()
    ends.removeAll()
  }

  /// Adds a row's fields.
  ///
  /// - Parameters:
  ///   - base: what `fields` count from.
  ///   - wanted: indices into `fields`, one for each column.
  @unsafe @inline(never)
  mutating func add(
    _ base: UnsafePointer<UInt8>, _ fields: borrowing GrowableBuffer<FieldExtent>, _ wanted: [Int]
  ) {
    for index in wanted {
      let field = fields[index]
      // Proof: the splitter's extents lie inside the bytes that `base` points to.
      unsafe bytes.append(
        contentsOf: Span(_unsafeStart: base + Int(field.start), count: field.count))
      ends.append(bytes.count)
    }
  }

  /// Adds a row whose fields cannot be told apart: all are empty.
  mutating func addUnknownRow() {
    for _ in columns { ends.append(bytes.count) }
  }

  /// Calls `body` with each field of a row.
  func forEachField(ofRow row: Int, _ body: (Span<UInt8>) -> Void) {
    for index in row * columns.count..<(row + 1) * columns.count {
      let start = index == 0 ? 0 : ends[index - 1]
      bytes.withSpan { body($0.extracting(start..<ends[index])) }
    }
  }
}

/// What the featurizers of one-row-a-line formats (LibSVM, VW) share: all but what a row means.
struct LineRows: ~Copyable {
  let hashing: FeatureHashing
  let purpose: FeaturizingPurpose
  let sampling: RowSampling?
  var labels: LabelReader
  var builder = RowBuilder()
  var watch: FeatureWatch

  init(
    hashing: FeatureHashing, labels: LabelRule, purpose: FeaturizingPurpose, details: RowDetails
  ) {
    self.hashing = hashing
    self.purpose = purpose
    sampling = details.sampling
    self.labels = LabelReader(
      rule: labels, missing: MissingTokens([[]]), purpose: purpose, classesAreNumbers: true)
    watch = FeatureWatch(details.recording, hashing: hashing)
  }

  mutating func beginChunk(_ convention: LabelConvention) {
    labels.beginChunk(convention)
    watch.beginChunk()
  }
}
