internal import Configuration
internal import Glibc
internal import InputBytes
internal import ModelFile
internal import Notices
internal import RowStream
internal import Showing
public import SparseBatches
internal import Training

/// The `sweep` command: rows to the best model of several configurations.
public enum Sweep {
  /// Learns all configurations from one reading of the input, and publishes the model of the best,
  /// and of each, and a report, where they are wanted; or publishes nothing.
  ///
  /// - Parameters:
  ///   - configuration: what is learned, and what of it is varied.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - show: called with the figures when all files are complete, before they appear under their
  ///     names: what it throws (standard output is full) leaves the old ones as they are.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: SweepConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    show: (SweepSummary) throws(RunFailure) -> Void = { _ throws(RunFailure) in }
  ) throws(RunFailure) -> SweepSummary {
    let training = configuration.training
    let options = try training.readingOptions()
    let candidates = try configuration.candidates()
    try training.model.checkWritable()
    var madeDirectory: String?
    // Unless there is something in it by then.
    defer { if let madeDirectory { unsafe _ = rmdir(madeDirectory.systemPath) } }
    if let directory = configuration.modelsDirectory {
      if try make(directory) { madeDirectory = directory }
      for candidate in candidates { try AtomicOutput.checkWritable(candidate.path(in: directory)) }
    }
    let input = try OpenedInput(training.input, notices: notices)
    let schema = try input.inferSchema(options)
    if training.isVerbose { notices.post(SchemaText.describe(schema)) }
    progress.totalBytes = input.reader.totalStoredBytes
    let sweep = try SweepTraining(
      candidates, schema: schema, on: input, notices: notices, progress: progress)
    var table = SweepTable(selection: configuration.selection)
    var best: ModelDocument?
    var bestNotices: [String] = []
    var staged: [StagedOutput] = []
    try sweep.train { index, swept throws(RunFailure) in
      let path = configuration.modelsDirectory.map { candidates[index].path(in: $0) }
      let isBest = table.add(candidates[index], swept, path: path)
      let name = candidates[index].name
      if training.isVerbose { for text in swept.notices { notices.post("\(name): \(text)") } }
      switch swept.result {
      case .failed(let failure): notices.post("warning: \(name) has no model: \(failure.message)")
      case .trained(let trained):
        if let path { staged.append(try trained.document.stage(at: path)) }
        if isBest { (best, bestNotices) = (trained.document, swept.notices) }
      }
    }
    progress.finish()
    if training.isVerbose {
      notices.post(StageTimesText.describe(sweep.pipeline.stageTimes, lastStage: "learn"))
    }
    guard let best else { throw table.failure }
    for text in bestNotices { notices.post(text) }
    if let advice = CollisionText.advice(best.header) { notices.post(advice) }
    let summary = SweepSummary(
      table, of: best.header, model: training.model.name, seconds: progress.seconds)
    if let path = training.report {
      let page = SweepPage(table, summary, of: best.header, training).page
      staged.append(try ReportFile.stage(page, at: path))
    }
    try best.publish(to: training.model) { () throws(RunFailure) in
      try show(summary)
      for output in staged { try output.publish() }
    }
    return summary
  }

  /// - Returns: whether it was not there.
  private static func make(_ directory: String) throws(RunFailure) -> Bool {
    if unsafe mkdir(directory.systemPath, 0o777) == 0 { return true }
    guard errno != EEXIST else { return false }
    throw SystemError.creating(
      "cannot create the directory of models \(RunFailure.display(directory))", errno)
  }
}
