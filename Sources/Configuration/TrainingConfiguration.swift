package import Checkpoints
package import Evaluation
package import Featurizing
package import SparseBatches

/// Where a model goes.
public enum ModelDestination: Equatable, Sendable {
  /// Replaced atomically, once the whole input was read and verified.
  case file(String)
  case standardOutput
  /// Handed over once the whole input was read and verified.
  case memory(ModelBytes)

  /// As it stands in JSON and messages.
  package var name: String {
    switch self {
    case .file(let path): path
    case .standardOutput: "-"
    case .memory: "memory"
    }
  }
}

/// One training run.
public struct TrainingConfiguration: Sendable {
  /// Where rows come from.
  public var input: InputConfiguration
  /// How rows become features.
  public var reading = ReadingConfiguration()
  /// How weights are learned.
  public var learner = LearnerConfiguration()
  /// Passes, order and holdout.
  public var passes = PassConfiguration()
  /// Factors on row weights by class.
  public var classWeights = ClassWeights.none
  /// Which negatives are left out, and how that is put right.
  public var sampling = SamplingConfiguration()
  /// What is fitted once the weights are final.
  public var calibrator = CalibratorChoice.auto
  /// What it is fitted on; nil: the stream where its margins can be had and no holdout is asked for,
  /// else the holdout.
  public var calibrateOn: CalibrationRows?
  /// Names of features that the model keeps.
  public var names: FeatureNaming = .auto
  /// Whether the model keeps what its rows were like, for `Monitor`.
  public var keepsProfile = true
  /// Where the model goes.
  public var model: ModelDestination = .standardOutput
  /// What the model must be like to be published; nil: nothing is asked.
  public var gate: ModelGate?
  /// Where state is kept, to be continued from; nil: nowhere.
  public var checkpoint: CheckpointConfiguration?
  /// A state or a model that learning starts from; nil: from nothing.
  public var startFrom: String?
  /// What is there, once it was read.
  package var origin: LearningOrigin?
  /// Where the learner's state goes at the end; nil: nowhere.
  public var saveState: String?
  /// Path of a page of figures and plots; nil: none.
  public var report: String?
  /// Say which columns were found and why, and where the time went.
  public var isVerbose = false

  /// - Parameter input: where rows come from.
  public init(input: InputConfiguration) { self.input = input }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func readingOptions() throws(RunFailure) -> ReadingOptions {
    var options = try reading.readingOptions(loss: learner.loss)
    // Beside a slope, bins leave an exact solver without a single optimum, unless there is a penalty.
    options.binsNumbers = !learner.optimizer.isExact
    return options
  }

  /// Whether averages and last weights are compared on rows to come: where rows are learned once, in
  /// the order in which they came.
  package var comparesWeights: Bool {
    learner.average == .auto && !learner.optimizer.isExact && passes.epochs == 1
      && passes.shuffle == .none
  }

  /// The rows that a calibrator is fitted on.
  package var calibrationRows: CalibrationRows {
    if let calibrateOn { return calibrateOn }
    return (passes.holdout ?? 0) > 0 || streamObjection != nil ? .holdout : .stream
  }

  /// Whether margins of the stream are wanted.
  package var calibratesOnStream: Bool {
    calibrationRows == .stream && calibrator != .none && streamObjection == nil
  }

  /// The calibrator to fit on the holdout; nil: none.
  package var holdoutCalibrator: Calibrator.Kind? {
    guard calibrationRows == .holdout else { return nil }
    guard calibrator == .auto else { return calibrator.kind }
    // Without a holdout there is nothing to fit what was not asked for on.
    return sampling.isDownsampled && passes.holdout != 0 ? .platt : nil
  }

  /// Why no margin of the stream says how good the final weights are, and what to do.
  private var streamObjection: (reason: String, cure: String)? {
    let holdout = "use --calibrate-on holdout"
    if learner.optimizer.isExact {
      return ("an exact solver has no margins of rows that it has not learned yet", holdout)
    }
    if passes.epochs > 1 {
      return ("with --epochs \(passes.epochs), rows have been learned before", holdout)
    }
    switch learner.loss {
    case .logistic: return nil
    case .squared:
      return ("predictions of --loss squared are numbers, not probabilities", "drop it")
    case .softmax, .probit:
      return ("it is there for --loss logistic, not for \(learner.loss.rawValue)", holdout)
    }
  }

  private func validateCalibration() throws(RunFailure) {
    try calibrator.validate(loss: learner.loss)
    if calibrateOn == .stream, let (reason, cure) = streamObjection {
      // Of softmax, nobody is refused what is nothing.
      guard learner.loss != .softmax || calibrator.kind != nil else { return }
      throw RunFailure(.usage, "--calibrate-on stream is of no use: \(reason)", cure: cure)
    }
    if holdoutCalibrator != nil, passes.holdout == 0 {
      throw RunFailure(
        .usage, "--calibrator \(calibrator.rawValue) needs a holdout", cure: "drop --holdout 0")
    }
  }

  /// Fraction of rows never trained on.
  package var holdoutFraction: Double { passes.holdoutFraction(isNeeded: holdoutCalibrator != nil) }

  /// - Throws: `RunFailure` of kind usage for options that contradict each other.
  package func validate() throws(RunFailure) {
    try input.validate()
    try learner.validate()
    var files = OutputGuard()
    files.writes("--model", model)
    files.uses(input)
    files.writes("--report", report)
    files.reads(startFrom)
    files.writes("--save-state", saveState)
    if case .file(let path) = passes.cache { files.writes("--cache", path) }
    files.reads(reading.schema?.path)
    files.keepsCheckpoints(in: checkpoint?.directory)
    try files.check()
    try report.map(OutputGuard.checkReport)
    if learner.loss == .squared, !classWeights.entries.isEmpty {
      throw RunFailure(
        .usage, "--class-weight is of no use with --loss squared, which has no classes",
        cure: "drop it, or give rows a weight with --weight")
    }
    try classWeights.validate(try readingOptions().labels)
    try passes.validate(
      readsStandardInput: input.readsStandardInput, isExact: learner.optimizer.isExact)
    try sampling.validate(loss: learner.loss, classWeights: classWeights)
    try validateCalibration()
    try gate?.validate(self)
    try checkpoint?.validate(self)
    try validateStates()
  }
}

/// How many names of features a model keeps. Names hold what stood in the rows, so they can be
/// personal data.
public enum FeatureNaming: Equatable, Sendable {
  /// Up to 65,536.
  case auto
  /// None.
  case off
  /// Up to so many, 1 to 16,777,216.
  case atMost(Int)

  /// The most that can be asked for.
  public static let most = FeatureRegister.allowedNameLimits.upperBound

  package var limit: Int {
    switch self {
    case .auto: FeatureRegister.usualNameLimit
    case .off: 0
    case .atMost(let count): min(max(count, 0), Self.most)
    }
  }
}
