internal import Featurizing
internal import Learning
internal import ModelFile
internal import SparseBatches

/// A model ready to predict; any number of threads may use it at once.
final class ServedModel: Sendable {
  let header: ModelHeader
  private let weights: LinearModelWeights

  /// - Throws: missingInput, badData, or usage when there is no memory for it.
  init(path: String) throws(RunFailure) {
    let document = try ModelDocument.read(from: path)
    header = document.header
    weights = try LinearModelWeights(
      bits: header.schema.hashing.bits, bias: header.bias, slots: document.weights.slots.span,
      weights: document.weights.weights.span)
  }

  /// Opens the rows that `configuration` names, to be read as the model's schema says.
  ///
  /// - Parameter carrying: columns whose text is kept beside the batches.
  func open(
    _ configuration: PredictionConfiguration, purpose: FeaturizingPurpose, notices: NoticeBoard,
    carrying: [ByteText] = []
  ) throws(RunFailure) -> (input: OpenedInput, pipeline: RowPipeline) {
    if configuration.model == "-", configuration.input.readsStandardInput {
      throw RunFailure(
        .usage, "the model and the rows would share standard input",
        cure: "name a file for one of them")
    }
    if let path = configuration.input.quarantine {
      try OutputGuard.check(
        outputs: [("--quarantine", path)], inputs: configuration.input.files + [configuration.model]
      )
    }
    let input = try OpenedInput(configuration.input, notices: notices)
    let purpose = try input.follow(
      header.schema, purpose: purpose, maximumRowBytes: configuration.maximumLineBytes)
    let pipeline = try RowPipeline(
      input, configuration.input, schema: header.schema, purpose: purpose, carrying: carrying)
    return (input, pipeline)
  }

  /// Fills the item's margins, one for each row of its batch.
  func predict(_ item: PipelineItem) { weights.predict(item.batch, into: &item.margins) }
}

extension InputConfiguration {
  var readsStandardInput: Bool { files.isEmpty || files.contains("-") }
}
