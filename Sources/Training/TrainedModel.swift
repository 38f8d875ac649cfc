package import Configuration
internal import Evaluation
package import Featurizing
package import Learning
package import ModelFile
internal import Notices
package import RowStream
package import Scoring
package import SparseBatches

/// What a learner knows at one moment.
package struct LearnedWeights {
  /// One for each output.
  package var biases: [Double]
  package var weights: SparseWeights
}

extension LearnedWeights {
  /// - Throws: usage when there is no memory for them.
  package func modelWeights(_ loss: ModelLoss, bits: Int) throws(RunFailure) -> ModelWeights {
    try ModelWeights(
      loss: loss, bits: bits, biases: biases, slots: weights.slots, outputs: weights.outputs,
      weights: weights.weights)
  }
}

extension LearnerConfiguration.Loss {
  /// - Parameter labels: of the schema, with the classes that there are.
  package func modelLoss(_ labels: LabelRule) -> ModelLoss {
    switch self {
    case .logistic: .logistic
    case .squared: .squared
    case .probit: .probit
    case .softmax: .softmax(classes: labels.classes.count)
    }
  }
}

extension ModelLoss {
  /// What the mean of the losses is called that people are shown.
  package var meanName: String { self == .squared ? "mean squared error" : "log loss" }

  /// The same in JSON.
  package var meanKey: String { self == .squared ? "mse" : "log_loss" }

  /// From the mean of ℓ to that figure.
  package func shownMean(_ loss: Double) -> Double { self == .squared ? 2 * loss : loss }
}

extension ModelHeader.Passes {
  /// - Parameters:
  ///   - classFactors: by class; empty when there are none.
  ///   - outcome: nil for an exact solver.
  package init(
    _ configuration: TrainingConfiguration, classFactors: [Double], _ outcome: EpochOutcome?
  ) {
    let passes = configuration.passes
    self.init(
      epochs: outcome?.epochs, bestEpoch: outcome?.bestEpoch,
      shuffleRows: outcome?.shuffledRows ?? 0,
      seed: passes.seed, holdout: configuration.holdoutFraction,
      classWeights: classFactors)
  }
}

/// What a training run ends with.
package struct TrainedModel {
  package var document: ModelDocument
  package var epochs: EpochOutcome
  /// nil without a holdout.
  package var holdout: HoldoutSummaries?
  /// nil where no calibrator was to come from the stream, or its halves determine none.
  package var stream: HoldoutSummaries?
  /// The pass that read the input.
  package var pipeline: RowPipeline
  /// How the training went; nil when nobody kept it.
  package var record: TrainingRecord?
  /// What others can start from; nil where nobody wants it.
  package var state: SavedState?
}

/// How the epochs went; none for an exact solver, which counts its own passes.
package struct EpochOutcome {
  package var epochs = 0
  package private(set) var bestEpoch: Int?
  /// Rows of the window in which they were mixed, or all of them; 0: none were.
  var shuffledRows = 0
  private var bestLoss = Double.infinity
  /// Of the best epoch, when there is an early stop.
  var bestWeights: LearnedWeights?

  package func encode(into writer: inout ByteWriter) {
    writer.append(epochs)
    writer.append(bestEpoch ?? 0)
    writer.append(bestLoss)
    writer.append(bestWeights != nil)
    guard let bestWeights else { return }
    writer.append(bestWeights.biases.count)
    for bias in bestWeights.biases { writer.append(bias) }
    writer.append(counted: bestWeights.weights.encoded())
  }

  /// - Parameters:
  ///   - bits: of the slots.
  ///   - outputs: of the loss.
  package init(from reader: inout ByteReader, bits: Int, outputs: Int) throws(RunFailure) {
    epochs = try reader.readTally()
    let best = try reader.readTally()
    bestEpoch = best > 0 ? best : nil
    bestLoss = try reader.readDouble()
    let hasWeights = try reader.readBool()
    // Loss and weights are those of the best epoch, where there is one.
    guard best <= epochs, hasWeights == (best > 0),
      hasWeights ? bestLoss.isFinite : bestLoss == .infinity
    else { throw reader.failure("its best epoch is not one of those made") }
    guard hasWeights else { return }
    guard try reader.readCount(elementBytes: 8) == outputs else {
      throw reader.failure("the best epoch's outputs are not those of the loss")
    }
    var biases: [Double] = []
    for _ in 0..<outputs { biases.append(try reader.readDouble()) }
    guard biases.allSatisfy(\.isFinite) else { throw reader.failure("a bias is not finite") }
    let weights = ByteReader(try reader.readCountedBytes(), subject: reader.subject)
    bestWeights = LearnedWeights(
      biases: biases,
      weights: try SparseWeights.decode(weights, bits: bits, outputsPerSlot: outputs))
  }

  /// Of a model that was finished earlier.
  package init(of passes: ModelHeader.Passes) {
    epochs = passes.epochs ?? 0
    shuffledRows = passes.shuffleRows
    bestEpoch = passes.bestEpoch
  }

  package init() {}

  /// - Returns: whether this epoch is the best so far.
  package mutating func record(_ epoch: Int, loss: Double?) -> Bool {
    epochs = epoch
    guard let loss, loss < bestLoss else { return false }
    bestLoss = loss
    bestEpoch = epoch
    return true
  }

  /// Whether `patience` epochs brought nothing better.
  func isOver(patience: Int?) -> Bool {
    guard let patience else { return false }
    return epochs - (bestEpoch ?? 0) >= patience
  }
}

extension StreamFit {
  /// Calibrates a model as the options say, and says what was chosen.
  ///
  /// - Throws: badData when a calibrator that was asked for cannot be fitted.
  func fitted(
    _ document: inout ModelDocument, _ configuration: TrainingConfiguration, _ notices: NoticeBoard
  ) throws(RunFailure) -> HoldoutSummaries? {
    let isSampled = configuration.sampling.isDownsampled
    let kind = configuration.calibrator.kind
    do throws(CalibrationRefusal) {
      let found = try find(kind.map { .kind($0) } ?? .auto(isSampled: isSampled))
      document.header.calibration = found.calibrator.map {
        ModelHeader.Calibration($0, rows: found.rows)
      }
      document.header.stream = found.summaries.map {
        ModelHeader.HoldoutFigures(before: $0.before.figures, after: $0.after?.figures)
      }
      let isMissing = isSampled && found.calibrator == nil
      if let notice = found.notice { notices.post((isMissing ? "warning: " : "") + notice) }
      return found.summaries
    } catch {
      throw CalibrationFailure.refused(error).asRunFailure(
        rows: longRowsName,
        cure: "learn more rows, or take --calibrator auto, which goes on without")
    }
  }
}

extension HoldoutCalibration {
  /// Calibrates a model as the options say, and measures it.
  ///
  /// - Parameters:
  ///   - document: the weights that stay, not calibrated.
  ///   - kind: nil: no calibrator.
  ///   - isAuto: whether nobody asked for this calibrator: it may then be left out.
  /// - Throws: badData when a calibrator that was asked for cannot be fitted.
  func fitted(
    _ document: inout ModelDocument, _ kind: Calibrator.Kind?, isAuto: Bool, _ notices: NoticeBoard
  ) throws(RunFailure) -> HoldoutSummaries {
    do throws(CalibrationFailure) {
      return try calibrate(&document, with: kind)
    } catch .refused(let refusal) where isAuto {
      notices.post(
        "warning: the model is not calibrated: on the holdout, \(refusal); the prior correction "
          + "stands")
    } catch {
      throw error.asRunFailure(
        rows: "half of the holdout",
        cure: "hold out more with --holdout, or take --calibrator auto, which goes on without")
    }
    do throws(CalibrationFailure) {
      return try calibrate(&document, with: nil)
    } catch {
      throw error.asRunFailure(rows: "the holdout", cure: "use --calibrator none")
    }
  }
}
