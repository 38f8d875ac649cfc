package import Evaluation
package import Featurizing
package import Learning
package import ModelFile
internal import Notices
internal import Scoring
package import SparseBatches

/// A model as every target reads it: what `predict` does with a row, with all slots that the schema
/// decides already hashed.
///
/// A row's features come in this order: of the columns but texts, in their order; of the texts; of
/// the crosses. Features of one slot are added as 32-bit floats, in this order, at the place of the
/// first. The margin is the bias and the sum of weight × value in 64 bits; then come, in this order,
/// the log-odds of a probit, the prior shift, the calibrator, the odds of fake negatives.
package struct ExportedModel: Sendable {
  /// What rows are made of.
  package enum Rows: Sendable {
    case columns(ExportedColumns)
    /// LibSVM: index:value.
    case indices(IndexScales?)
  }

  package let origin: ExportOrigin
  package let loss: ModelLoss
  /// Label texts: of two classes the negative one first; none for squared loss.
  package let classes: [String]
  package let hashing: FeatureHashing
  package let rows: Rows
  /// One for each output.
  package let biases: [Double]
  package let weights: ExportedWeights
  /// Added to the margins, one for each output; empty: nothing.
  package let shifts: [Double]
  package let calibrator: Calibrator?
  package let hasFakeNegatives: Bool
  /// Data rows that were trained on, and how they were learned.
  package let training: ExportedTraining

  /// - Throws: usage for a model of rows that no target reads.
  package init(_ document: ModelDocument, origin: ExportOrigin) throws(RunFailure) {
    let header = document.header
    self.origin = origin
    loss = try document.loss()
    classes = ClassText.names(header)
    hashing = header.schema.hashing
    switch header.schema.source {
    case .csv(let csv): rows = .columns(ExportedColumns(csv, header.schema.hashing))
    case .libsvm(let scales): rows = .indices(scales)
    case .vw:
      throw RunFailure(
        .usage, "the model reads Vowpal Wabbit text, which no target of export reads",
        cure: "score it with predict, or train on the same rows as CSV")
    }
    biases = header.biases
    weights = ExportedWeights(document.weights)
    let adjustment = try header.adjustment()
    shifts = adjustment.shifts
    calibrator = adjustment.calibrator
    hasFakeNegatives = adjustment.hasFakeNegatives
    training = ExportedTraining(header)
  }

  /// Outputs of a row.
  package var outputs: Int { loss.outputs }

  /// Names of the fields of a row, in the order of the schema: those of the columns that have
  /// features, or one field for a row of LibSVM.
  package var fieldNames: [ByteText] {
    switch rows {
    case .columns(let columns): columns.columns.map(\.name)
    case .indices: [ByteText("features")]
    }
  }
}

/// Which model was exported, and by what.
package struct ExportOrigin: Sendable {
  /// The file's name, without its folder.
  package var name: String
  /// CRC-32 of the file's bytes, 8 hexadecimal digits.
  package var checksum: String
  /// Version of the program.
  package var program: String

  package init(name: String, checksum: String, program: String) {
    self.name = name
    self.checksum = checksum
    self.program = program
  }
}

/// What is told of the training, for people.
package struct ExportedTraining: Sendable {
  package var rows: Int
  package var optimizer: String
  package var progressiveLoss: Double?

  init(_ header: ModelHeader) {
    rows = header.statistics.rows
    optimizer = header.learner.optimizer
    progressiveLoss = header.statistics.progressiveLoss
  }
}

/// Weights that are not 0, by rising slot, then output.
package struct ExportedWeights: Sendable {
  package let slots: [UInt32]
  /// Empty where there is one output.
  package let outputs: [UInt32]
  package let values: [Float]

  init(_ weights: SparseWeights) {
    slots = weights.slots
    outputs = weights.outputs
    values = weights.weights
  }

  package var count: Int { slots.count }
}
