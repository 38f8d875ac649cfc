internal import ElementaryMath
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
public import SparseBatches

/// The `predict` command: rows to probabilities.
public enum Prediction {
  /// Writes one line to standard output for each row, in order; `nan` for a bad row.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: PredictionConfiguration, notices: NoticeBoard, progress: ProgressReporter
  ) throws(RunFailure) -> PredictionSummary {
    let model = try ServedModel(
      path: configuration.model, isUncalibrated: configuration.isUncalibrated)
    let (input, pipeline) = try model.open(configuration, purpose: .predict, notices: notices)
    progress.totalBytes = input.reader.totalStoredBytes
    var output = DescriptorOutput.standardOutput()
    try pipeline.run(
      transform: { item in
        model.predict(item)
        PredictionText.write(item, model.loss)
      },
      consume: { item throws(RunFailure) in
        try item.text.withSpan { text throws(RunFailure) in try output.write(text) }
        progress.update(item.moment)
      })
    try output.flush()
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "write"))
    }
    return PredictionSummary(
      rows: pipeline.rows, badRows: pipeline.badRows.count, seconds: progress.seconds)
  }
}

/// The final figures of a prediction run.
public struct PredictionSummary: Sendable {
  /// One line for people.
  public let text: String

  init(rows: Int, badRows: Int, seconds: Double) {
    let rate = seconds > 0 ? Double(rows) / seconds : 0
    text =
      "predicted \(NumberText.grouped(rows)) rows, \(NumberText.grouped(badRows)) of them bad, in "
      + "\(NumberText.fixed(seconds, 2)) s (\(NumberText.grouped(Int(rate))) rows/s)\n"
  }
}

/// Predictions as lines of text.
enum PredictionText {
  /// Makes the item's text of its margins: a line for each row of the chunk, bad rows included.
  static func write(_ item: PipelineItem, _ loss: ModelLoss) {
    item.text.removeAll()
    var good = 0
    for row in 0..<item.chunk.rows.count {
      if good < item.batch.rowCount, Int(item.batch.rowsInChunk[good]) == row {
        append(item.margins, row: good, loss, to: &item.text)
        good += 1
      } else {
        for output in 0..<loss.outputs {
          if output > 0 { item.text.append(UInt8(ascii: ",")) }
          for byte in "nan".utf8 { item.text.append(byte) }
        }
      }
      item.text.append(UInt8(ascii: "\n"))
    }
  }

  private static func append(
    _ scores: borrowing GrowableBuffer<Double>, row: Int, _ loss: ModelLoss,
    to text: inout GrowableBuffer<UInt8>
  ) {
    switch loss {
    case .logistic, .probit: NineDigits.append(Elementary.sigmoid(scores[row]), to: &text)
    case .squared:
      for byte in NumberText.nineDigits(scores[row]).utf8 { text.append(byte) }
    case .softmax(let classes):
      let first = row * classes
      SoftmaxLoss.forEachProbability(scores, row: first..<first + classes) { output, probability in
        if output > 0 { text.append(UInt8(ascii: ",")) }
        NineDigits.append(probability, to: &text)
      }
    }
  }
}

extension PipelineItem {
  /// How far a run has come that does not learn.
  var moment: ProgressReporter.Moment {
    ProgressReporter.Moment(
      rows: chunk.ordinal + chunk.rows.count, loss: nil, bytesRead: chunk.storedBytesRead)
  }
}
