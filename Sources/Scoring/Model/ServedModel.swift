package import Configuration
package import Evaluation
package import Featurizing
internal import InputBytes
package import Learning
package import ModelFile
package import Notices
package import RowStream
package import SparseBatches

/// A model ready to predict; any number of threads may use it at once.
package final class ServedModel: Sendable {
  package let header: ModelHeader
  package let loss: ModelLoss
  private let weights: ModelWeights
  /// Of the features that have a weight, as far as the model keeps names.
  package let names: FeatureNames
  /// Of the distinct features of the rows trained on, the share that has no weight, at most: a
  /// penalty took it away; nil in models of programs that did not count features.
  package let weightlessShare: Double?
  private let adjustment: MarginAdjustment

  /// - Parameter isUncalibrated: to leave out the calibrator.
  /// - Throws: usage when there is no memory for it.
  package init(_ document: ModelDocument, isUncalibrated: Bool = false) throws(RunFailure) {
    header = document.header
    adjustment = try header.adjustment(isUncalibrated: isUncalibrated)
    loss = try document.loss()
    names = document.names
    weightlessShare = document.header.statistics.collisions.flatMap { collisions in
      let known = Double(document.weights.count) / Double(document.weights.outputsPerSlot)
      let distinct = Double(collisions.distinctFeatures)
      return distinct > 0 ? max(0, 1 - known / distinct) : nil
    }
    weights = try document.modelWeights()
  }

  /// Opens the rows that `configuration` names, to be read as the model's schema says.
  ///
  /// - Parameters:
  ///   - identifiers: columns whose fields are wanted beside those that predictions name.
  ///   - profile: values that are wanted.
  package func open(
    _ configuration: PredictionConfiguration, purpose: FeaturizingPurpose, notices: NoticeBoard,
    identifiers: [ByteText] = [], profile: ProfileWish? = nil
  ) throws(RunFailure) -> (input: OpenedInput, pipeline: RowPipeline) {
    try header.openRows(
      configuration, loss, purpose: purpose, notices: notices, identifiers: identifiers,
      profile: profile)
  }

  /// The weight of a slot for one of the loss's outputs; 0 when the model has none for it.
  package func weight(ofSlot slot: UInt32, output: Int) -> Float {
    weights.weight(slot: slot, output: output)
  }

  /// Whether a slot has a weight for any output.
  package func isKnown(slot: UInt32) -> Bool { weights.isKnown(slot: slot) }

  /// Fills the item's margins, as many for each row of its batch as the loss has outputs: after prior
  /// correction and calibration, and with fake negatives after their odds were taken.
  package func predict(_ item: PipelineItem) {
    weights.predict(item.batch, into: &item.margins)
    adjustment.apply(to: &item.margins)
  }
}

extension ModelHeader {
  /// Opens the rows that `configuration` names, to be read as the model's schema says.
  ///
  /// - Parameters:
  ///   - identifiers: columns whose fields are wanted beside those that predictions name.
  ///   - profile: values that are wanted.
  /// - Throws: `RunFailure`, also for an output that the model cannot give.
  package func openRows(
    _ configuration: PredictionConfiguration, _ loss: ModelLoss, purpose: FeaturizingPurpose,
    notices: NoticeBoard, identifiers: [ByteText] = [], profile: ProfileWish? = nil
  ) throws(RunFailure) -> (input: OpenedInput, pipeline: RowPipeline) {
    let output = configuration.output
    try output.validate(schema, loss)
    let input = try OpenedInput(configuration.input, notices: notices)
    // Whether labels of LibSVM rows carry weights is told by many rows: they are waited for.
    let isTold = if case .libsvm = schema.source { false } else { true }
    input.reader.answersAtOnce = configuration.input.answersAtOnce && isTold
    let schema = try input.withLabelWeights(schema, needsLabel: purpose.needsLabel)
    let purpose = try input.follow(
      schema, purpose: purpose, maximumRowBytes: configuration.maximumLineBytes)
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: purpose,
      identifiers: output.identifiers.map { ByteText($0) } + identifiers,
      namesEveryFeature: output.explain > 0, watchesFeatures: true, profile: profile)
    return (input, pipeline)
  }
}

extension ModelDocument {
  /// - Throws: a bug of ours: a header is checked when it is read.
  package func loss() throws(RunFailure) -> ModelLoss {
    guard let loss = header.loss else {
      throw RunFailure(.bug, "the model's loss \(header.learner.loss) is not known")
    }
    return loss
  }

  /// - Throws: usage when there is no memory for them.
  package func modelWeights() throws(RunFailure) -> ModelWeights {
    try ModelWeights(
      loss: try loss(), bits: header.schema.hashing.bits, biases: header.biases,
      slots: weights.slots, outputs: weights.outputs, weights: weights.weights)
  }
}

/// From a model's margins to those that its probabilities are made of: the prior shift, which brings
/// back the population's share of each class, then the calibrator, then what fake negatives need.
package struct MarginAdjustment: Sendable {
  /// Added, one for each output; empty: nothing.
  package var shifts: [Double] = []
  package var calibrator: Calibrator?
  /// Whether the margins are log-odds of a stream of fake negatives.
  package var hasFakeNegatives = false

  package init(shifts: [Double] = [], calibrator: Calibrator? = nil) {
    self.shifts = shifts
    self.calibrator = calibrator
  }

  /// - Parameter scores: as `ModelWeights.predict` gives them, row by row.
  func apply(to scores: inout GrowableBuffer<Double>) {
    if !shifts.isEmpty {
      for index in 0..<scores.count { scores[index] += shifts[index % shifts.count] }
    }
    if let calibrator {
      for index in 0..<scores.count { scores[index] = calibrator.apply(scores[index]) }
    }
    guard hasFakeNegatives else { return }
    for index in 0..<scores.count { scores[index] = FakeNegatives.margin(scores[index]) }
  }
}

extension MarginAdjustment {
  /// Of a model of one output.
  package func applied(to margin: Double) -> Double {
    var scores = GrowableBuffer<Double>(capacity: 1)
    scores.append(margin)
    apply(to: &scores)
    return scores[0]
  }

  /// - Parameter scores: as `apply` takes them; they stay.
  func applied(to scores: borrowing GrowableBuffer<Double>) -> GrowableBuffer<Double> {
    var adjusted = GrowableBuffer<Double>(capacity: scores.count)
    for index in 0..<scores.count { adjusted.append(scores[index]) }
    apply(to: &adjusted)
    return adjusted
  }
}

extension ModelHeader {
  /// - Parameter isUncalibrated: to leave out the calibrator.
  /// - Throws: a bug of ours: a header is checked when it is read.
  package func adjustment(isUncalibrated: Bool = false) throws(RunFailure) -> MarginAdjustment {
    var adjustment = MarginAdjustment(shifts: correction?.shifts ?? [])
    adjustment.hasFakeNegatives = correction?.hasFakeNegatives ?? false
    guard !isUncalibrated, let calibration else { return adjustment }
    do throws(CalibratorDefect) {
      adjustment.calibrator = try calibration.calibrator()
    } catch {
      throw RunFailure(.bug, "the model's calibrator is none: \(error.rawValue)")
    }
    return adjustment
  }
}
