internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import Showing
public import SparseBatches

/// The `predict` command: rows to predictions.
public enum Predict {
  /// Writes one line to standard output for each row, in order; `nan` for a bad row.
  /// As CSV, a header line comes first.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: PredictionConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> PredictionSummary {
    try configuration.validate()
    let model = try ServedModel(
      try ModelDocument.read(from: configuration.model),
      isUncalibrated: configuration.isUncalibrated)
    let (input, pipeline) = try model.open(configuration, purpose: .predict, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    let lines = PredictionLines(model, configuration.output)
    var output = DescriptorOutput.standardOutput()
    var isFirst = true
    var unseen = UnseenFeatures(model)
    try pipeline.run(
      transform: { item in
        model.predict(item)
        lines.write(item)
      },
      consume: { item throws(RunFailure) in
        if isFirst { try output.write(lines.header.span) }
        isFirst = false
        unseen.take(item)
        try item.text.withSpan { text throws(RunFailure) in try output.write(text) }
        progress.update(item.moment)
      })
    if isFirst { try output.write(lines.header.span) }
    try output.flush()
    progress.finish()
    for warning in unseen.warnings(inputs: input.sourceNames) { notices.post(warning) }
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "write"))
    }
    return PredictionSummary(
      rows: pipeline.rows, badRows: pipeline.badRows.count, seconds: progress.seconds,
      unseen: unseen.line)
  }
}
