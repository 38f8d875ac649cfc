internal import Checkpoints
internal import Configuration
internal import Learning
internal import Merging
internal import ModelFile
internal import Notices
internal import Showing
public import SparseBatches

/// The `merge` command: states to the model of one learner.
public enum Merge {
  /// Merges states that started from the same one, and publishes the model, and the merged state
  /// where it is wanted; or publishes nothing.
  ///
  /// - Parameters:
  ///   - configuration: the states, what they started from, and where the result goes.
  ///   - notices: where warnings go.
  ///   - progress: says how long it took.
  ///   - show: called with the figures before anything appears under its name: what it throws leaves
  ///     the old files as they are.
  /// - Throws: `RunFailure`, whose kind is the exit code.
  public static func run(
    _ configuration: MergeConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    show: (MergeSummary) throws(RunFailure) -> Void = { _ throws(RunFailure) in }
  ) throws(RunFailure) -> MergeSummary {
    try configuration.validate()
    try configuration.model.checkWritable()
    if let path = configuration.saveState { try AtomicOutput.checkWritable(path) }
    let merge = try StateMerge(configuration, notices: notices)
    let merged = try merge.run()
    progress.finish()
    if let advice = CollisionText.advice(merged.document.header) { notices.post(advice) }
    if merged.header.options["calibrator"] != "none", merged.document.header.loss?.isBinary == true
    {
      notices.post(
        "the merged model has no calibrator: margins of rows before they were learned are other ones "
          + "in each shard; fit one on rows of its own with calibrate (nor has it a profile for monitor)"
      )
    }
    let summary = MergeSummary(
      merged.document, merged.header, states: configuration.states.count,
      touched: merged.touched, model: configuration.model.name, state: configuration.saveState,
      seconds: progress.seconds)
    var staged: StagedOutput?
    if let path = configuration.saveState {
      let container = try merged.container(named: RunFailure.display(path))
      staged = try AtomicOutput.stage(path) { output throws(RunFailure) in
        try container.write(to: &output)
      }
    }
    try merged.document.publish(to: configuration.model) { () throws(RunFailure) in
      try show(summary)
      try staged?.publish()
    }
    return summary
  }
}
