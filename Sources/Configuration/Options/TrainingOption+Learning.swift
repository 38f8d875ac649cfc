internal import Evaluation
internal import Featurizing
internal import Learning
internal import SparseBatches

/// How weights are learned, and on which rows.
extension TrainingOption {
  package static var learning: [TrainingOption] {
    [
      learned("optimizer", \.learner.optimizer) { $0.learner.optimizer.rawValue },
      learned("loss", \.learner.loss) { $0.learner.loss.rawValue },
      learned("alpha", \.learner.alpha, if: { $0.learner.optimizer == .ftrl }) {
        OptionText.number($0.learner.alpha)
      },
      learned("beta", \.learner.beta, if: { $0.learner.optimizer == .ftrl }) {
        OptionText.number($0.learner.beta)
      },
      learned("l1", \.learner.l1) { OptionText.number($0.learner.l1) },
      learned("l2", \.learner.l2) { OptionText.number($0.learner.l2) },
      learned("batch-size", \.learner.batchSize, if: \.isOnline) { String($0.learner.batchSize) },
      learned("max-iterations", \.learner.maximumIterations, if: { !$0.isOnline }) {
        String($0.learner.maximumIterations)
      },
      learned("tolerance", \.learner.tolerance, if: { !$0.isOnline }) {
        OptionText.number($0.learner.tolerance)
      },
    ] + rate
  }

  private static var rate: [TrainingOption] {
    [
      learned("learning-rate", \.learner.learningRate.initial) { subject in
        subject.rate.flatMap { $0.schedule == .optimal ? nil : OptionText.number($0.initial) }
      },
      learned("schedule", \.learner.learningRate.schedule) { $0.rate?.schedule.rawValue },
      learned("power", \.learner.learningRate.power) { subject in
        subject.rate.flatMap { $0.schedule == .invscaling ? OptionText.number($0.power) : nil }
      },
      learned("decay", \.learner.learningRate.decay) { subject in
        subject.rate.flatMap { rate in
          [.exponential, .step].contains(rate.schedule) ? OptionText.number(rate.decay) : nil
        }
      },
      learned("decay-rows", \.learner.learningRate.decayRows) { subject in
        subject.rate.flatMap { rate in
          [.constant, .optimal].contains(rate.schedule) ? nil : String(rate.decayRows)
        }
      },
      learned("warmup", \.learner.learningRate.warmupRows) { subject in
        subject.rate.map { String($0.warmupRows) }
      },
    ]
  }

  package static var passes: [TrainingOption] {
    [
      learned("epochs", \.passes.epochs, if: \.isOnline) { String($0.passes.epochs) },
      learned("early-stop", \.passes.earlyStop) { subject in
        subject.passes.earlyStop.map { String($0) }
      },
      learned("shuffle", \.passes.shuffleRows, if: \.isOnline) { String($0.passes.shuffleRows) },
      learned("seed", \.passes.seed) { String($0.passes.seed) },
      learned("holdout", \.passes.holdout) { OptionText.number($0.configuration.holdoutFraction) },
      learned("holdout-rows", \.passes.holdoutRows, if: { $0.configuration.holdoutFraction > 0 }) {
        String($0.passes.holdoutRows)
      },
      learned("class-weight", \.classWeights) { subject in
        subject.configuration.classWeights.optionText(subject.schema.labels)
      },
      learned("names", \.names) { subject in
        subject.configuration.names.limit == 0 ? "off" : String(subject.configuration.names.limit)
      },
    ]
  }

  package static var sampling: [TrainingOption] {
    [
      learned("keep-negatives", \.sampling.keepNegatives, if: \.isBinary) {
        OptionText.number($0.sampling.keepNegatives ?? 1)
      },
      learned("negatives-kept", \.sampling.negativesKept, if: \.isBinary) {
        OptionText.number($0.sampling.negativesKept ?? 1)
      },
      learned("population-rate", \.sampling.populationRate) { subject in
        subject.sampling.populationRate.map(OptionText.number)
      },
      learned("correction", \.sampling.correction, if: \.hasSomethingToCorrect) {
        $0.sampling.correctionInForce.rawValue
      },
      learned("calibrator", \.calibrator) { subject in
        subject.configuration.calibratorKind?.rawValue ?? CalibratorChoice.none.rawValue
      },
    ]
  }
}

extension TrainingOption.Subject {
  fileprivate var learner: LearnerConfiguration { configuration.learner }
  fileprivate var passes: PassConfiguration { configuration.passes }
  fileprivate var sampling: SamplingConfiguration { configuration.sampling }
  fileprivate var isOnline: Bool { !learner.optimizer.isExact }
  fileprivate var isBinary: Bool { learner.loss == .logistic || learner.loss == .probit }

  fileprivate var hasSomethingToCorrect: Bool {
    sampling.samples || !configuration.classWeights.entries.isEmpty
  }

  /// nil where the optimizer has a rate of its own.
  fileprivate var rate: LearningRate? { try? learner.rateInForce() }
}

extension ClassWeights {
  /// The factors that differ from 1, by the first name of each class; nil when there is none.
  func optionText(_ labels: LabelRule) -> String? {
    let factors = (try? factors(labels)) ?? []
    let parts = zip(Self.names(labels), factors).compactMap { names, factor -> String? in
      guard factor != 1, let name = names.first else { return nil }
      return OptionText.list([name]) + "=" + OptionText.number(factor)
    }
    return parts.isEmpty ? nil : parts.joined(separator: ",")
  }
}
