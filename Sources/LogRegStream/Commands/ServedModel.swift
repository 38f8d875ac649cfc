internal import Featurizing
internal import Learning
internal import ModelFile
internal import SparseBatches

/// A model ready to predict; any number of threads may use it at once.
final class ServedModel: Sendable {
  let header: ModelHeader
  let loss: ModelLoss
  private let weights: ModelWeights
  private let adjustment: MarginAdjustment
  /// The largest weights, as many as were asked for.
  let largest: [Inspection.Entry]

  /// - Parameters:
  ///   - isUncalibrated: to leave out the calibrator.
  ///   - largest: how many of the largest weights are wanted with their names.
  /// - Throws: missingInput, badData, or usage when there is no memory for it.
  init(path: String, isUncalibrated: Bool = false, largest: Int = 0) throws(RunFailure) {
    let document = try ModelDocument.read(from: path)
    header = document.header
    adjustment = try header.adjustment(isUncalibrated: isUncalibrated)
    loss = try document.loss()
    weights = try document.modelWeights()
    self.largest = largest > 0 ? Inspection(document).largest(largest) : []
  }

  /// Opens the rows that `configuration` names, to be read as the model's schema says.
  ///
  /// - Parameter identifiers: columns whose fields are wanted beside those that predictions name.
  func open(
    _ configuration: PredictionConfiguration, purpose: FeaturizingPurpose, notices: NoticeBoard,
    identifiers: [ByteText] = []
  ) throws(RunFailure) -> (input: OpenedInput, pipeline: RowPipeline) {
    try header.openRows(
      configuration, loss, purpose: purpose, notices: notices, identifiers: identifiers)
  }

  /// The weight of a slot for one of the loss's outputs; 0 when the model has none for it.
  func weight(ofSlot slot: UInt32, output: Int) -> Float {
    weights.weight(slot: slot, output: output)
  }

  /// Fills the item's margins, as many for each row of its batch as the loss has outputs: after prior
  /// correction and calibration.
  func predict(_ item: PipelineItem) {
    weights.predict(item.batch, into: &item.margins)
    adjustment.apply(to: &item.margins)
  }
}

extension ModelHeader {
  /// Opens the rows that `configuration` names, to be read as the model's schema says.
  ///
  /// - Parameter identifiers: columns whose fields are wanted beside those that predictions name.
  /// - Throws: `RunFailure`, also for an output that the model cannot give.
  func openRows(
    _ configuration: PredictionConfiguration, _ loss: ModelLoss, purpose: FeaturizingPurpose,
    notices: NoticeBoard, identifiers: [ByteText] = []
  ) throws(RunFailure) -> (input: OpenedInput, pipeline: RowPipeline) {
    let output = configuration.output
    try output.validate(schema, loss)
    let input = try OpenedInput(configuration.input, notices: notices)
    let purpose = try input.follow(
      schema, purpose: purpose, maximumRowBytes: configuration.maximumLineBytes)
    let pipeline = try RowPipeline(
      input, configuration.input, schema: schema, purpose: purpose,
      identifiers: output.identifiers.map { ByteText($0) } + identifiers,
      namesEveryFeature: output.explain > 0)
    return (input, pipeline)
  }
}

extension InputConfiguration {
  var readsStandardInput: Bool { files.isEmpty || files.contains("-") }
}

extension ModelDocument {
  /// - Throws: a bug of ours: a header is checked when it is read.
  func loss() throws(RunFailure) -> ModelLoss {
    guard let loss = header.loss else {
      throw RunFailure(.bug, "the model's loss \(header.learner.loss) is not known")
    }
    return loss
  }

  /// - Throws: usage when there is no memory for them.
  func modelWeights() throws(RunFailure) -> ModelWeights {
    try ModelWeights(
      loss: try loss(), bits: header.schema.hashing.bits, biases: header.biases,
      slots: weights.slots, outputs: weights.outputs, weights: weights.weights)
  }
}
