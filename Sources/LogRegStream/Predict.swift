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
  /// Writes one line for each row, in order; `nan` for a bad row. As CSV, a header line comes first.
  ///
  /// To standard output lines go as they are made: they are no result until the run has ended well. A
  /// file appears only then.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code; a file is then as it was before.
  public static func run(
    _ configuration: PredictionConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> PredictionSummary {
    try configuration.validate(writesLines: true)
    if let path = configuration.destination { try AtomicOutput.checkWritable(path) }
    let model = try ServedModel(
      try ModelDocument.read(from: configuration.model, forRows: configuration.input.files),
      isUncalibrated: configuration.isUncalibrated)
    var serving = configuration
    // A program at the other end may wait for a line before it writes the next row.
    serving.input.answersAtOnce = configuration.destination == nil
    let (input, pipeline) = try model.open(serving, purpose: .predict, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    let lines = PredictionLines(model, configuration.output)
    var unseen = UnseenFeatures(model)
    if let path = configuration.destination {
      try AtomicOutput.write(to: path) { output throws(RunFailure) in
        try write(lines, of: model, pipeline, to: &output, &unseen, progress)
      }
    } else {
      var output = DescriptorOutput.standardOutput()
      try write(lines, of: model, pipeline, to: &output, &unseen, progress)
      try output.flush()
    }
    progress.finish()
    for warning in unseen.warnings(inputs: input.sourceNames) { notices.post(warning) }
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "write"))
    }
    return PredictionSummary(
      rows: pipeline.rows, badRows: pipeline.badRows.count, seconds: progress.seconds,
      unseen: unseen.line)
  }

  private static func write(
    _ lines: PredictionLines, of model: ServedModel, _ pipeline: RowPipeline,
    to output: inout DescriptorOutput, _ unseen: inout UnseenFeatures,
    _ progress: ProgressReporter
  ) throws(RunFailure) {
    var isFirst = true
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
        if item.chunk.isFollowedByWait { try output.flush() }
        progress.update(item.moment)
      })
    if isFirst { try output.write(lines.header.span) }
  }
}
