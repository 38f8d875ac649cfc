internal import Learning
internal import SparseBatches

/// How weights are learned.
public struct LearnerConfiguration: Sendable {
  /// The way to the minimum.
  public enum Optimizer: String, CaseIterable, Sendable {
    /// Online: each row is learned as it comes.
    case ftrl
    /// Exact, in many passes: limited-memory BFGS, and OWL-QN with an L1 penalty.
    case lbfgs
    /// Exact, in many passes: trust-region Newton with conjugate gradients.
    case newton

    /// Whether it makes as many passes over the rows as it needs.
    public var isExact: Bool { self != .ftrl }
  }

  /// Online or exact.
  public var optimizer: Optimizer = .ftrl
  /// FTRL-proximal's step size α.
  public var alpha = 0.1
  /// FTRL-proximal's β: damps the first steps of a coordinate.
  public var beta = 1.0
  /// λ1 of Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂²; the bias has no penalty.
  public var l1 = 0.0
  /// λ2 of the same objective.
  public var l2 = 0.0
  /// Rows for each update of FTRL-proximal.
  public var batchSize = 1
  /// Greatest number of iterations of an exact solver.
  public var maximumIterations = 100
  /// Gradient norm at which an exact solver is content, relative to that at zero.
  public var tolerance = 1e-6

  /// The defaults of the command line.
  public init() {}
}

/// Where a model goes.
public enum ModelDestination: Equatable, Sendable {
  /// Replaced atomically, once the whole input was read and verified.
  case file(String)
  case standardOutput

  /// As it stands in JSON and messages.
  var name: String {
    switch self {
    case .file(let path): path
    case .standardOutput: "-"
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
  public var classWeights = ClassWeights()
  /// Where the model goes.
  public var model: ModelDestination = .standardOutput
  /// Say which columns were found and why, and where the time went.
  public var isVerbose = false

  /// - Parameter input: where rows come from.
  public init(input: InputConfiguration) { self.input = input }

  /// - Throws: `RunFailure` of kind usage for options that contradict each other.
  func validate() throws(RunFailure) {
    try passes.validate(
      readsStandardInput: input.readsStandardInput, isExact: learner.optimizer.isExact)
    guard learner.optimizer == .newton, learner.l1 > 0 else { return }
    throw RunFailure(
      .usage, "--optimizer newton cannot have an L1 penalty", cure: "use --optimizer lbfgs")
  }
}
