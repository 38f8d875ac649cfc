internal import Configuration
internal import Evaluation
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import Showing
public import SparseBatches

/// The `calibrate` command: another calibrator for a model, fitted on other rows.
public enum Calibrate {
  /// Fits on one half of the rows, measures on the other, and publishes the model, or publishes
  /// nothing. The weights and the prior shift stay; a calibrator that the model had is replaced.
  ///
  /// - Parameters:
  ///   - configuration: the model, the rows, and where the new model goes.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - show: called with the figures before the new model appears under its name: what it throws
  ///     leaves the old one as it is.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: CalibrationConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    show: (CalibrationReport) throws(RunFailure) -> Void = { _ throws(RunFailure) in }
  ) throws(RunFailure) -> CalibrationReport {
    try configuration.validate()
    try configuration.output.checkWritable()
    var document = try ModelDocument.read(
      from: configuration.rows.model, forRows: configuration.rows.input.files)
    try check(configuration, against: document)
    let (input, pipeline) = try document.header.openRows(
      configuration.rows, try document.loss(), purpose: .measure, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    var unseen = UnseenFeatures(try ServedModel(document))
    let calibration = HoldoutCalibration(
      try rows(of: pipeline, document, configuration, &unseen, notices, progress),
      loss: try document.loss(), negativesStoodFor: 1 / (configuration.negativesKept ?? 1))
    guard pipeline.rows > 0 else { throw input.noRows }
    for warning in unseen.warnings(inputs: input.sourceNames) { notices.post(warning) }
    let summaries: HoldoutSummaries
    do throws(CalibrationFailure) {
      summaries = try calibration.calibrate(
        &document, with: configuration.calibrator.kind)
    } catch {
      throw error.asRunFailure(
        rows: "one half of the rows", cure: "the other half is what the figures are of")
    }
    let report = CalibrationReport(
      document.header, summaries, rows: pipeline.rows, badRows: pipeline.badRows.count,
      unseen: unseen, model: configuration.output.name)
    try document.publish(to: configuration.output) { () throws(RunFailure) in try show(report) }
    return report
  }

  private static func check(
    _ configuration: CalibrationConfiguration, against document: ModelDocument
  ) throws(RunFailure) {
    let loss = try document.loss()
    if document.header.correction?.hasFakeNegatives == true {
      throw RunFailure(
        .usage,
        "the model was trained with --correction fake-negatives: its calibrator belongs to the "
          + "stream of fake negatives, before odds are taken, and not to rows with their labels",
        cure: "train again with --calibrator, or check the model with evaluate")
    }
    if let known = LearnerConfiguration.Loss(rawValue: loss.name) {
      try configuration.calibrator.validate(loss: known)
    }
    if configuration.negativesKept != nil, !loss.isBinary {
      throw RunFailure(
        .usage,
        "--negatives-kept is about the negatives of two classes; this is a "
          + "\(loss.name) model", cure: "drop it")
    }
  }

  /// A bounded sample of all rows; what is noticed of them is said.
  private static func rows(
    of pipeline: RowPipeline, _ document: ModelDocument, _ configuration: CalibrationConfiguration,
    _ unseen: inout UnseenFeatures, _ notices: NoticeBoard, _ progress: ProgressReporter
  ) throws(RunFailure) -> HoldoutReservoir {
    var reservoir = HoldoutReservoir(
      fraction: 1, capacity: configuration.maximumRows, seed: document.header.passes.seed,
      isStratified: try document.loss().isBinary)
    var labels = LabelBook(
      document.header.schema.labels, isBinary: try document.loss().isBinary, origin: .model)
    try pipeline.run(
      consume: { item throws(RunFailure) in
        labels.take(item)
        unseen.take(item)
        for row in 0..<item.batch.rowCount {
          reservoir.offer(
            item.batch, row: row,
            ordinal: item.chunk.ordinal + Int(item.batch.rowsInChunk[row]))
        }
        progress.update(item.moment)
      })
    progress.finish()
    labels.report(notices)
    return reservoir
  }
}
