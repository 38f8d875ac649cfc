internal import Checkpoints
internal import ModelFile
internal import SparseBatches

/// What a training with a checkpoint directory goes on from, and keeps it up to date with.
struct CheckpointedRun {
  let checkpointer: TrainingCheckpointer
  /// nil: a fresh start.
  let loaded: CheckpointDocument?
  /// Where hashed rows wait for the next pass.
  let cachePath: String
  /// Whether inputs are to be read.
  let hasNewInputs: Bool
  /// The share of past evidence to keep before new rows are learned; nil: all of it.
  let forgetting: Double?

  /// What the reading pass starts with.
  var pipelineState: RowPipeline.State {
    loaded.map { RowPipeline.State($0.header) } ?? RowPipeline.State()
  }
}

/// A training that several passes have brought to its end: all that is left is its model, to which only
/// the calibrator is missing.
final class FinishedState: CheckpointSource {
  private let document: ModelDocument
  private let pipeline: RowPipeline
  private let intake: RowIntake
  private let record: TrainingRecord?

  init(
    _ document: ModelDocument, _ pipeline: RowPipeline, _ intake: RowIntake,
    _ record: TrainingRecord?
  ) {
    self.document = document
    self.pipeline = pipeline
    self.intake = intake
    self.record = record
  }

  var copyTable: ((TableSnapshot) -> Void)? { nil }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    let model = try document.container(named: "the finished model").encoded()
    var sections = [intake.section, ContainerSection(type: .finishedModel, data: model)]
    if let record { sections.append(record.section) }
    return TrainingSnapshot(
      stage: .finished, pipeline: try pipeline.state(), sections: sections,
      synchronize: { () throws(RunFailure) in })
  }

  /// The model of a finished training.
  static func document(_ loaded: CheckpointDocument) throws(RunFailure) -> ModelDocument {
    let place = loaded.container.name
    guard
      let section = loaded.container.sections.first(where: { $0.type == .finishedModel })
    else {
      throw RunFailure(
        .badData, "\(place) is damaged: it has no finished model", cure: "start over with --fresh")
    }
    return try ModelDocument(
      try Container.decode(Array(section.data), name: place, expecting: .model))
  }
}
