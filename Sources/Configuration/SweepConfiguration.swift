package import SparseBatches

/// A sweep: one training for each way to choose a value of every option of a grid.
public struct SweepConfiguration: Sendable {
  /// What the best configuration is the best by; the lowest loss wins, the first of two alike.
  public enum Selection: String, CaseIterable, Sendable {
    /// The mean loss of each row before it was learned.
    case progressive
    /// The mean loss on the half of the holdout that decides, before calibration.
    case holdout
  }

  /// The most configurations of one sweep.
  public static let most = 64

  /// What all configurations have in common. Its model is that of the best.
  public var training: TrainingConfiguration
  /// Empty: rates that the optimizer is known to do well with.
  public var grid: [GridAxis] = []
  /// How the best is chosen.
  public var selection = Selection.progressive
  /// A directory for the models of all configurations; nil: only the best is kept.
  public var modelsDirectory: String?

  /// - Parameter training: what all configurations have in common.
  public init(_ training: TrainingConfiguration) { self.training = training }

  /// The configurations in the order of the grid, the last option running fastest; each is one that
  /// `train` accepts.
  ///
  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func candidates() throws(RunFailure) -> [SweepCandidate] {
    var combinations: [[GridSetting]] = [[]]
    for axis in try axesInForce() {
      combinations = combinations.flatMap { settings in
        axis.values.map { settings + [GridSetting(option: axis.option, value: $0)] }
      }
      guard combinations.count <= Self.most else {
        throw RunFailure(
          .usage, "the grid has more than \(Self.most) configurations",
          cure: "give fewer values, or sweep one option after another")
      }
    }
    var candidates: [SweepCandidate] = []
    for settings in combinations {
      var candidate = SweepCandidate(settings: settings, training: training)
      for setting in settings { setting.apply(to: &candidate.training.learner) }
      try candidate.training.validate()
      candidates.append(candidate)
    }
    try checkOutputs(candidates)
    return candidates
  }

  private func axesInForce() throws(RunFailure) -> [GridAxis] {
    try validate()
    let learner = training.learner
    var axes = grid
    if grid.isEmpty {
      guard !learner.optimizer.isExact else {
        throw RunFailure(
          .usage, "--optimizer \(learner.optimizer.rawValue) has no rate to sweep",
          cure: "name penalties, such as --grid l2=0.1,1,10")
      }
      axes = [
        GridAxis(learner.optimizer == .ftrl ? .alpha : .learningRate, learner.candidateRates)
      ]
    }
    var seen: Set<GridOption> = []
    for axis in axes {
      let name = axis.option.rawValue
      if let owners = axis.option.owners(beside: learner.optimizer) {
        throw RunFailure(
          .usage, "--grid \(name) is of no use with --optimizer \(learner.optimizer.rawValue)",
          cure: "\(name) belongs to \(owners)")
      }
      guard seen.insert(axis.option).inserted else {
        throw RunFailure(
          .usage, "--grid names \(name) twice", cure: "give all its values in one list")
      }
      if axis.option.isSet(in: learner) {
        throw RunFailure(
          .usage, "\(axis.option.flag) is given, and the sweep varies it",
          cure: grid.isEmpty
            ? "drop \(axis.option.flag), or name another option with --grid"
            : "drop \(axis.option.flag), or add its value to --grid \(name)=…")
      }
      try Self.refuseRepetition(axis)
    }
    return axes
  }

  private static func refuseRepetition(_ axis: GridAxis) throws(RunFailure) {
    for (index, value) in axis.values.enumerated() where axis.values[..<index].contains(value) {
      let setting = GridSetting(option: axis.option, value: value)
      throw RunFailure(
        .usage, "--grid \(axis.option.rawValue) has the value \(setting.valueText) twice",
        cure: "give each value once")
    }
  }

  private func validate() throws(RunFailure) {
    guard case .file = training.model else {
      throw RunFailure(
        .usage, "the best model needs the name of a file: standard output is for the table",
        cure: "name a file with -o")
    }
    guard training.checkpoint == nil else {
      throw RunFailure(
        .usage, "a sweep keeps no checkpoints", cure: "train the best configuration with them")
    }
    if training.passes.cache == .none, training.passes.epochs > 1 {
      throw RunFailure(
        .usage, "--cache none reads the input again for each epoch, and a sweep reads it once",
        cure: "drop --cache none")
    }
    if selection == .holdout, training.holdoutFraction == 0 {
      throw RunFailure(
        .usage, "--select holdout needs held-out rows", cure: "give --holdout, such as 0.1")
    }
    if selection == .progressive, training.learner.optimizer.isExact {
      throw RunFailure(
        .usage,
        "--optimizer \(training.learner.optimizer.rawValue) has no progressive loss to choose by",
        cure: "give --select holdout and --holdout, such as 0.1")
    }
  }

  private func checkOutputs(_ candidates: [SweepCandidate]) throws(RunFailure) {
    var files = OutputGuard()
    files.writes("--model", training.model)
    files.writesStandardOutput()
    files.uses(training.input)
    files.writes("--report", training.report)
    if case .file(let path) = training.passes.cache { files.writes("--cache", path) }
    files.reads(training.reading.schema?.path)
    if let modelsDirectory {
      for candidate in candidates {
        files.writes("--models", candidate.path(in: modelsDirectory))
      }
    }
    try files.check()
  }
}

/// One configuration of a sweep.
package struct SweepCandidate: Sendable {
  /// What the grid chose for it.
  package let settings: [GridSetting]
  /// The whole of it.
  package var training: TrainingConfiguration

  /// `alpha=0.1 l1=1`.
  package var name: String { Self.name(of: settings) }

  package static func name(of settings: [GridSetting]) -> String {
    settings.map { "\($0.option.rawValue)=\($0.valueText)" }.joined(separator: " ")
  }

  /// Where its model goes: `DIR/alpha=0.1,l1=1.lrs`.
  package func path(in directory: String) -> String {
    "\(directory)/\(name.replacing(" ", with: ",")).lrs"
  }
}
