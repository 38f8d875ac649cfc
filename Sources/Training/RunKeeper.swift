package import Checkpoints
internal import InputBytes
package import ModelFile
package import RowStream
package import SparseBatches

/// Keeps what a training knows, so that the same run can go on after it was stopped.
///
/// A training tells its keeper after every chunk and between two passes; the keeper decides whether a
/// checkpoint is due and asks the training for its state then. `NothingKept` is the keeper of a run
/// that nobody wants to go on with.
package protocol RunKeeper: AnyObject {
  /// What the training goes on from; nil: a fresh start.
  var kept: KeptRun? { get }
  /// Whether what the training knows outlives the process.
  var keepsState: Bool { get }
  /// Where hashed rows wait for the next pass; nil: where the options for passes say.
  var cachePath: String? { get }
  /// The share of past evidence to keep before new rows are learned; nil: all of it.
  var forgetting: Double? { get }
  /// Whether new inputs are learned on top of a run that had come to its end.
  var learnsOnTop: Bool { get }

  /// While `body` reads the input, the keeper may ask the source for its state between two chunks.
  func reading(
    _ pipeline: RowPipeline, _ source: any CheckpointSource, _ body: () throws(RunFailure) -> Void
  ) throws(RunFailure)
  /// A chunk's rows were learned.
  ///
  /// - Throws: interrupted when a stop was asked for.
  func learned(_ chunk: borrowing RowChunk, _ source: any CheckpointSource) throws(RunFailure)
  /// All inputs were read and verified.
  ///
  /// - Parameter endings: of inputs that ended without a chunk of their own.
  func finishedReading(
    _ endings: [InputEnding], _ source: any CheckpointSource
  ) throws(RunFailure)
  /// So many rows of the row cache were learned again.
  ///
  /// - Throws: interrupted when a stop was asked for.
  func repeated(rows: Int, _ source: any CheckpointSource) throws(RunFailure)
  /// Called inside a pass over the row cache, whose last checkpoint may be long ago.
  ///
  /// - Throws: interrupted when a stop was asked for.
  func lookUp(_ source: any CheckpointSource) throws(RunFailure)
  /// All passes were made; `source` has the finished model.
  func finish(_ source: any CheckpointSource) throws(RunFailure)
  /// The run ends here, because it was interrupted.
  func stop(_ source: any CheckpointSource) throws(RunFailure)
}

/// What a run had come to when its state was last kept.
package struct KeptRun {
  package let stage: CheckpointHeader.Stage
  package let container: Container
  package let pipeline: RowPipeline.State

  package init(
    stage: CheckpointHeader.Stage, container: Container, pipeline: RowPipeline.State
  ) {
    self.stage = stage
    self.container = container
    self.pipeline = pipeline
  }
}

/// A training whose state can be copied between two chunks.
package protocol CheckpointSource: AnyObject {
  /// Everything but the table.
  func snapshot() throws(RunFailure) -> TrainingSnapshot
  /// nil: there is no table yet, or no longer.
  var copyTable: ((TableSnapshot) -> Void)? { get }
}

/// What a training knows between two chunks, beside its table.
package struct TrainingSnapshot {
  package var stage: CheckpointHeader.Stage
  package var pipeline: RowPipeline.State
  package var sections: [ContainerSection]
  /// Returns when other files are on disk as far as the sections say.
  package var synchronize: @Sendable () throws(RunFailure) -> Void
}

/// The keeper of a run that is made in one go: keeps nothing.
package final class NothingKept: RunKeeper {
  private let isStopped: @Sendable () -> Bool

  /// - Parameter isStopped: asked now and then whether the run is to end.
  package init(isStopped: @escaping @Sendable () -> Bool = { false }) {
    self.isStopped = isStopped
  }

  package var kept: KeptRun? { nil }
  package var keepsState: Bool { false }
  package var cachePath: String? { nil }
  package var forgetting: Double? { nil }
  package var learnsOnTop: Bool { false }

  package func reading(
    _ pipeline: RowPipeline, _ source: any CheckpointSource, _ body: () throws(RunFailure) -> Void
  ) throws(RunFailure) { try body() }
  package func learned(
    _ chunk: borrowing RowChunk, _ source: any CheckpointSource
  ) throws(RunFailure) { try stopIfAsked() }
  package func finishedReading(
    _ endings: [InputEnding], _ source: any CheckpointSource
  ) throws(RunFailure) { try stopIfAsked() }
  package func repeated(rows: Int, _ source: any CheckpointSource) throws(RunFailure) {
    try stopIfAsked()
  }
  package func lookUp(_ source: any CheckpointSource) throws(RunFailure) { try stopIfAsked() }
  package func finish(_ source: any CheckpointSource) throws(RunFailure) { try stopIfAsked() }
  package func stop(_ source: any CheckpointSource) {}

  private func stopIfAsked() throws(RunFailure) {
    if isStopped() { throw RunFailure(.interrupted, "the run was cancelled") }
  }
}

/// A training that several passes have brought to its end: all that is left is its model, to which only
/// the calibrator is missing.
final class FinishedState: CheckpointSource {
  private let document: ModelDocument
  private let run: TrainingRun

  init(_ document: ModelDocument, _ run: TrainingRun) {
    self.document = document
    self.run = run
  }

  var copyTable: ((TableSnapshot) -> Void)? { nil }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    let model = try document.container(named: "the finished model").encoded()
    return TrainingSnapshot(
      stage: .finished, pipeline: try run.pipeline.state(),
      sections: run.sections(ContainerSection(type: .finishedModel, data: model)),
      synchronize: { () throws(RunFailure) in })
  }

  /// The model of a finished training.
  static func document(_ container: Container) throws(RunFailure) -> ModelDocument {
    guard let section = container.sections.first(where: { $0.type == .finishedModel }) else {
      throw RunFailure(
        .badData, "\(container.name) is damaged: it has no finished model",
        cure: "start over with --fresh")
    }
    return try ModelDocument(
      try Container.decode(Array(section.data), name: container.name, expecting: .model))
  }
}
