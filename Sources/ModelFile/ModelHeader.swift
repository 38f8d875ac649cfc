package import Featurizing
package import Learning
internal import SparseBatches

/// Everything a model says besides its weights: what is stored as the container's JSON header.
///
/// No time stamp, no host, no path: the same input gives the same bytes.
package struct ModelHeader: Codable, Equatable, Sendable {
  /// The objective and how it was minimised.
  package struct Learner: Codable, Equatable, Sendable {
    /// What an online optimizer was given.
    package struct Online: Codable, Equatable, Sendable {
      /// Of FTRL-proximal.
      package var alpha: Double?
      package var beta: Double?
      /// Of the others.
      package var rate: Rate?
      package var batchSize: Int
      /// How the served weights follow from those of the run; nil: they are the last ones.
      package var average: String?
      /// What decided between averages and last weights; nil where nothing had to, or could.
      package var frozen: Frozen?
      /// How the rate was found; nil where it was given.
      package var race: Race?
      /// The unit in which labels were learned; nil: as they were.
      package var target: Target?

      /// α, or the first rate.
      package var stepSize: Double? { alpha ?? rate?.initial }

      package init(alpha: Double?, beta: Double?, rate: Rate?, batchSize: Int) {
        self.alpha = alpha
        self.beta = beta
        self.rate = rate
        self.batchSize = batchSize
      }
    }

    /// Rates that learned the first rows side by side.
    package struct Race: Codable, Equatable, Sendable {
      package struct Trial: Codable, Equatable, Sendable {
        package var rate: Double
        /// Mean loss of the judged rows, each before it was learned; nil: not finite.
        package var loss: Double?

        package init(rate: Double, loss: Double?) {
          self.rate = rate
          self.loss = loss
        }
      }

      /// Rising.
      package var trials: [Trial]
      /// Rows learned, of which the second half was judged.
      package var rows: Int

      package init(trials: [Trial], rows: Int) {
        self.trials = trials
        self.rows = rows
      }
    }

    /// Rows that were scored by averaged and by last weights, both frozen, before they were learned.
    package struct Frozen: Codable, Equatable, Sendable {
      package var rows: Int
      package var blocks: Int
      /// Blocks in which the last weights had the lower loss.
      package var blocksWonByLast: Int
      /// Mean losses of both kinds.
      package var averagedLoss: Double
      package var lastLoss: Double
      /// Of the difference of the two.
      package var standardError: Double

      package init(
        rows: Int, blocks: Int, blocksWonByLast: Int, averagedLoss: Double, lastLoss: Double,
        standardError: Double
      ) {
        self.rows = rows
        self.blocks = blocks
        self.blocksWonByLast = blocksWonByLast
        self.averagedLoss = averagedLoss
        self.lastLoss = lastLoss
        self.standardError = standardError
      }
    }

    /// Labels y were learned as (y − mean)/deviation; weights are in the labels' own unit.
    package struct Target: Codable, Equatable, Sendable {
      package var mean: Double
      package var deviation: Double

      package init(mean: Double, deviation: Double) {
        self.mean = mean
        self.deviation = deviation
      }
    }

    /// A learning rate and how it fell.
    package struct Rate: Codable, Equatable, Sendable {
      package var schedule: String
      package var initial: Double
      package var power: Double
      package var decay: Double
      package var decayRows: Int
      package var warmupRows: Int

      package init(
        schedule: String, initial: Double, power: Double, decay: Double, decayRows: Int,
        warmupRows: Int
      ) {
        self.schedule = schedule
        self.initial = initial
        self.power = power
        self.decay = decay
        self.decayRows = decayRows
        self.warmupRows = warmupRows
      }
    }

    /// How an exact solver ended.
    package struct Exact: Codable, Equatable, Sendable {
      package var iterations: Int
      package var passes: Int
      package var objective: Double
      package var gradientNorm: Double
      /// Why it stopped, as a word.
      package var reason: String

      package init(
        iterations: Int, passes: Int, objective: Double, gradientNorm: Double, reason: String
      ) {
        self.iterations = iterations
        self.passes = passes
        self.objective = objective
        self.gradientNorm = gradientNorm
        self.reason = reason
      }
    }

    package var loss: String
    package var optimizer: String
    package var l1: Double
    package var l2: Double
    /// Exactly one of these two is there.
    package var online: Online?
    package var exact: Exact?

    package init(
      loss: String, optimizer: String, l1: Double, l2: Double, online: Online? = nil,
      exact: Exact? = nil
    ) {
      self.loss = loss
      self.optimizer = optimizer
      self.l1 = l1
      self.l2 = l2
      self.online = online
      self.exact = exact
    }
  }

  /// How often, in which order and with which weights rows were trained on.
  package struct Passes: Codable, Equatable, Sendable {
    /// Epochs made; nil for an exact solver.
    package var epochs: Int?
    /// The epoch whose weights these are, where an early stop chose one.
    package var bestEpoch: Int?
    /// 0: in the order of the input.
    package var shuffleRows: Int
    package var seed: UInt64
    /// Fraction of rows never trained on.
    package var holdout: Double
    /// Factors on row weights, one for each class (negative, positive; or as the schema lists
    /// them); empty when there were none.
    package var classWeights: [Double]

    package init(
      epochs: Int?, bestEpoch: Int?, shuffleRows: Int, seed: UInt64, holdout: Double,
      classWeights: [Double]
    ) {
      self.epochs = epochs
      self.bestEpoch = bestEpoch
      self.shuffleRows = shuffleRows
      self.seed = seed
      self.holdout = holdout
      self.classWeights = classWeights
    }
  }

  /// What was seen while training.
  package struct Statistics: Codable, Equatable, Sendable {
    /// Data rows, bad ones included.
    package var rows = 0
    package var badRows = 0
    /// Rows never trained on.
    package var heldOutRows = 0
    /// Trained on, of the positive class; 0 where there is no such class.
    package var positives = 0
    /// Feature values learned from.
    package var features = 0
    /// Sum of the importance weights.
    package var weight = 0.0
    package var positiveWeight = 0.0
    /// Mean loss of each row before it was learned (of squared loss, ½(m − y)²); nil without rows
    /// of any weight, and for the exact solvers.
    package var progressiveLoss: Double?
    /// How crowded the slots are; nil in models of programs that did not look.
    package var collisions: CollisionFigures?
    /// Values that were clipped, by column or index; nil when there were none.
    package var clipped: [String: Int]?

    package init() {}
  }

  package var program = "logreg-stream"
  package var schema: FeatureSchema
  package var labelConvention: LabelConvention
  package var learner: Learner
  package var passes: Passes
  package var statistics: Statistics
  /// The intercept of each output: one margin, or one a class.
  package var biases: [Double]
  package var correction: Correction?
  package var calibration: Calibration?
  package var holdout: HoldoutFigures?
  /// Of margins before their rows were learned.
  package var stream: HoldoutFigures?

  package init(
    schema: FeatureSchema, labelConvention: LabelConvention, learner: Learner, passes: Passes,
    statistics: Statistics, biases: [Double]
  ) {
    self.schema = schema
    self.labelConvention = labelConvention
    self.learner = learner
    self.passes = passes
    self.statistics = statistics
    self.biases = biases
  }

  /// nil when this version does not know it.
  package var loss: ModelLoss? {
    ModelLoss(name: learner.loss, classes: schema.labels.classes.count)
  }

  private func fits(_ loss: ModelLoss) -> Bool {
    switch schema.labels {
    case .positive, .convention: loss.isBinary
    case .number: loss == .squared
    case .classes(let names): loss == .softmax(classes: names.count)
    }
  }

  /// What is wrong with a header whose checksums are right: nil when it can be used.
  package var defect: String? {
    guard program == "logreg-stream" else { return "it names another program" }
    guard let loss else { return "loss is not known to this version" }
    guard fits(loss) else { return "labels do not fit the loss" }
    guard biases.count == loss.outputs else {
      return "biases are invalid: it has \(biases.count), and its loss needs \(loss.outputs)"
    }
    if let wrong = biases.first(where: { !$0.isFinite }) {
      return "bias is invalid: \(wrong) is not a finite number"
    }
    guard learner.isPossible else { return "learner is invalid: a number is out of range" }
    guard passes.isPossible else { return "passes are invalid: a number is out of range" }
    let classes = max(2, loss.outputs)
    guard [0, classes].contains(passes.classWeights.count) else {
      return "class weights are invalid: \(passes.classWeights.count) for \(classes) classes"
    }
    guard ["ftrl", "sgd", "adagrad", "lbfgs", "newton"].contains(learner.optimizer) else {
      return "optimizer is not known to this version"
    }
    let counts = [
      statistics.rows, statistics.badRows, statistics.heldOutRows, statistics.positives,
      statistics.features, statistics.rows - statistics.badRows,
    ]
    guard counts.allSatisfy({ $0 >= 0 }) else { return "counts of rows are invalid" }
    guard statistics.collisions?.isSound ?? true else { return "collision figures are invalid" }
    return probabilityDefect(loss) ?? schema.defect
  }
}

// Numbers of a header that say how a model was made. They decide no prediction, but a file in which
// they are impossible was not written by this program.

extension ModelHeader.Learner {
  /// Whether a learner can have had such options and such an end.
  var isPossible: Bool {
    guard Self.areAmounts([l1, l2]) else { return false }
    switch (online, exact) {
    case (let online?, nil):
      return online.batchSize >= 1 && Self.areAmounts([online.alpha ?? 0, online.beta ?? 0])
        && online.alpha != 0 && (online.rate?.isPossible ?? true)
        && (online.race?.isPossible ?? true) && (online.frozen?.isPossible ?? true)
        && (online.target?.isPossible ?? true)
        && [nil, "tail"].contains(online.average)
    case (nil, let exact?):
      return exact.iterations >= 0 && exact.passes >= 0 && exact.objective.isFinite
        && Self.areAmounts([exact.gradientNorm])
    case (nil, nil), (_?, _?): return false
    }
  }

  fileprivate static func areAmounts(_ numbers: [Double]) -> Bool {
    numbers.allSatisfy { $0 >= 0 && $0.isFinite }
  }
}

extension ModelHeader.Learner.Race {
  /// Whether there can have been such a race.
  package var isPossible: Bool {
    rows >= 0 && !trials.isEmpty && trials.count <= 64
      && trials.allSatisfy { $0.rate > 0 && $0.rate.isFinite && ($0.loss ?? 0).isFinite }
      && zip(trials, trials.dropFirst()).allSatisfy { $0.rate < $1.rate }
  }
}

extension ModelHeader.Learner.Frozen {
  fileprivate var isPossible: Bool {
    rows > 0 && blocks > 0 && (0...blocks).contains(blocksWonByLast) && averagedLoss.isFinite
      && lastLoss.isFinite && standardError >= 0
      && standardError.isFinite
  }
}

extension ModelHeader.Learner.Target {
  fileprivate var isPossible: Bool { mean.isFinite && deviation > 0 && deviation.isFinite }
}

extension ModelHeader.Learner.Rate {
  fileprivate var isPossible: Bool {
    RateSchedule(rawValue: schedule) != nil && decayRows >= 0 && warmupRows >= 0
      && ModelHeader.Learner.areAmounts([initial, power, decay])
  }
}

extension ModelHeader.Passes {
  /// Whether rows can have been passed over like this.
  var isPossible: Bool {
    (epochs ?? 1) >= 1 && (bestEpoch ?? 1) >= 1 && (bestEpoch ?? 1) <= (epochs ?? .max)
      && shuffleRows >= 0 && holdout >= 0 && holdout < 1
      && ModelHeader.Learner.areAmounts(classWeights)
  }
}
