package import Featurizing
package import Notices
package import SparseBatches
internal import Synchronization

/// One chunk on its way through the pipeline, with room for what each stage makes of it.
///
/// Made once and recycled. Owned by one stage at a time, which is why it may cross threads: the
/// hand-off orders every access.
package final class PipelineItem: @unchecked Sendable {
  package var chunk: RowChunk
  package var batch = SparseBatch()
  package var featurizer: ChunkFeaturizer
  /// The label convention that featurizing assumed before the chunk, and what it knew behind it.
  var conventionBefore = LabelConvention.undecided
  var conventionAfter = LabelConvention.undecided
  /// How many schemas there had been when it was featurized.
  var schemasBefore = 0
  /// The file's columns do not fit: thrown when the item's turn comes.
  package var failure: RunFailure?
  /// Margins of the batch's rows (predict, evaluate).
  package var margins = GrowableBuffer<Double>(capacity: 256)
  /// Text made of the batch's rows (predict).
  package var text = GrowableBuffer<UInt8>(capacity: 4096)

  /// - Parameter plans: shared by all items of a run.
  package init(
    chunkBytes: Int, schema: FeatureSchema, purpose: FeaturizingPurpose, details: RowDetails,
    plans: ColumnPlanCache
  ) {
    chunk = RowChunk(capacity: chunkBytes)
    featurizer = ChunkFeaturizer(
      schema: schema, purpose: purpose, details: details, plans: plans)
  }

  /// - Parameter schemas: those in force, and how many there have been.
  func featurize(assuming convention: LabelConvention, _ schemas: SchemaCourse.InForce) {
    schemasBefore = schemas.count
    conventionBefore = convention
    conventionAfter = convention
    do throws(RunFailure) {
      failure = nil
      conventionAfter = try featurizer.featurize(
        chunk, convention, steps: schemas.steps, into: &batch)
    } catch {
      failure = error
    }
  }
}

/// A reference that several threads may hold because the hand-off lets one use it at a time.
package struct UncheckedShared<Value: AnyObject>: @unchecked Sendable {
  package let value: Value
  package init(_ value: Value) { self.value = value }
}

extension PipelineItem {
  /// How far a run has come that does not learn.
  package var moment: ProgressReporter.Moment {
    ProgressReporter.Moment(
      rows: chunk.ordinal + chunk.rows.count, loss: nil, bytesRead: chunk.storedBytesRead)
  }
}

/// The schemas that rows are read by, one after another: a column that said nothing in the prefix
/// comes alive at some row.
///
/// Any thread asks which are in force; the thread that consumes adds one. What was featurized
/// before that is found by the count, and featurized again.
final class SchemaCourse: Sendable {
  struct InForce: Sendable {
    /// Ascending; empty: there is one schema throughout.
    var steps: [SchemaStep]
    /// How many were added so far.
    var count = 0
  }

  private let state: Mutex<InForce>

  init(_ first: SchemaStep?) { state = Mutex(InForce(steps: first.map { [$0] } ?? [])) }

  var inForce: InForce { state.withLock { $0 } }

  /// - Parameter row: rows before it are not read any more.
  func add(_ steps: [SchemaStep], after row: Int) {
    state.withLock { state in
      state.steps += steps
      state.count += 1
      while state.steps.count > 1, state.steps[1].firstRow <= row { state.steps.removeFirst() }
    }
  }
}
