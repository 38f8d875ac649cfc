package import Featurizing
package import Learning
package import SparseBatches

/// What is written of each row.
public struct PredictionOutput: Sendable {
  /// The form of a line.
  public enum Form: String, CaseIterable, Sendable {
    /// The probability of the positive class; softmax: of each class; squared: the number itself.
    case probability
    /// The log-odds; softmax: the margin of each class; squared: the number itself.
    case margin
    /// The label text of the likeliest class.
    case `class`
    /// Comma-separated values with a header: identifiers, then all of these.
    case csv
  }

  /// The form of a line.
  public var form: Form = .probability
  /// Columns of the input that stand first in each line of `csv`.
  public var identifiers: [String] = []
  /// How many of the features that move the margin most are named with each row.
  public var explain = 0
  /// Whether bytes that act on a terminal are escaped in identifiers too, which are data and go
  /// out as they came otherwise.
  public var isForTerminal = false

  /// Probabilities alone.
  public init() {}

  /// What needs no model to be refused.
  ///
  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    guard (0...Self.mostExplained).contains(explain) else {
      throw RunFailure(.usage, "--explain must be from 1 to \(Self.mostExplained)")
    }
    guard identifiers.isEmpty || form == .csv else {
      throw RunFailure(.usage, "--id needs --output csv: other lines have no room for columns")
    }
    guard Set(identifiers).count == identifiers.count else {
      throw RunFailure(.usage, "--id gives the same column twice")
    }
  }

  /// - Throws: `RunFailure` of kind usage for what the model at hand cannot give.
  package func validate(_ schema: FeatureSchema, _ loss: ModelLoss) throws(RunFailure) {
    guard identifiers.isEmpty || schema.formatName == "csv" else {
      throw RunFailure(
        .usage,
        "--id names columns, but the model reads \(schema.formatName) rows, which have none",
        cure: "drop it: predictions are in the order of the rows")
    }
    guard form != .class || loss != .squared else {
      throw RunFailure(
        .usage, "--output class needs classes, but the model predicts a number (squared loss)",
        cure: "drop it")
    }
  }

  private static let mostExplained = 1000
}

/// A model and the rows to hold it against: for predict and evaluate.
public struct PredictionConfiguration: Sendable {
  /// Where rows come from.
  public var input: InputConfiguration
  /// Path of the model; `-` is standard input.
  public var model: String
  /// A longer row is a bad row.
  public var maximumLineBytes = ReadingConfiguration.usualLineBytes
  /// Leave out the calibrator: probabilities are the corrected margin's own.
  public var isUncalibrated = false
  /// What `predict` writes.
  public var output = PredictionOutput()
  /// Where `predict` writes it: a file appears, or is replaced, only after the whole input was read and
  /// verified; nil: standard output, line by line.
  public var destination: String?
  /// Say where the time went.
  public var isVerbose = false

  /// - Parameters:
  ///   - input: where rows come from; they are read as the model's schema says.
  ///   - model: path of the model.
  public init(input: InputConfiguration, model: String) {
    self.input = input
    self.model = model
  }

  /// - Parameter writesLines: whether predictions are what comes of it.
  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate(writesLines: Bool = false) throws(RunFailure) {
    try input.validate()
    try InputConfiguration.check(maximumLineBytes: maximumLineBytes)
    try output.validate()
    if model == "-", input.readsStandardInput {
      throw RunFailure(
        .usage, "the model and the rows would share standard input",
        cure: "name a file for one of them")
    }
    var files = OutputGuard()
    files.uses(input)
    files.reads(model)
    files.writes("-o", destination)
    if writesLines, destination == nil { files.writesStandardOutput() }
    try files.check()
  }
}
