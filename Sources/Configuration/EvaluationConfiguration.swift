internal import Evaluation
package import Featurizing
package import SparseBatches

/// What `evaluate` holds against labels, and which figures are wanted.
public struct EvaluationConfiguration: Sendable {
  /// Where predictions come from.
  public enum Source: Sendable {
    /// A model of this path predicts the rows; `-` is standard input.
    case model(String)
    /// Probabilities that any tool wrote, one for each row.
    case predictions(PredictionsSource)
  }

  /// A file of probabilities, and how the rows with the labels are read.
  public struct PredictionsSource: Sendable {
    /// The file; `-` is standard input.
    public var path: String
    /// Its column, where it has several.
    public var column: String?
    /// Where label and weight stand in the rows.
    public var reading: ReadingConfiguration

    /// - Parameters:
    ///   - path: the file of probabilities; `-` is standard input.
    ///   - column: its column; nil: the only one.
    ///   - reading: how the rows with the labels are read.
    public init(path: String, column: String? = nil, reading: ReadingConfiguration) {
      self.path = path
      self.column = column
      self.reading = reading
    }
  }

  /// What a wrong decision costs.
  public struct Costs: Equatable, Sendable {
    /// Of calling a negative row positive.
    public var falsePositive: Double
    /// Of missing a positive row.
    public var falseNegative: Double

    /// - Parameters:
    ///   - falsePositive: of calling a negative row positive; finite and above 0.
    ///   - falseNegative: of missing a positive row; finite and above 0.
    public init(falsePositive: Double, falseNegative: Double) {
      self.falsePositive = falsePositive
      self.falseNegative = falseNegative
    }
  }

  /// Ranking inside groups of rows.
  public struct Grouping: Equatable, Sendable {
    /// The column whose values are the groups.
    public var column: String
    /// Positions that NDCG looks at.
    public var cutoff: Int
    /// Where nothing is said.
    public static let usualCutoff = 10

    /// - Parameters:
    ///   - column: the column whose values are the groups.
    ///   - cutoff: positions that NDCG looks at; at least 1.
    public init(column: String, cutoff: Int = usualCutoff) {
      self.column = column
      self.cutoff = cutoff
    }
  }

  /// Where rows come from.
  public var input: InputConfiguration
  /// Where predictions come from.
  public var source: Source
  /// A longer row is a bad row.
  public var maximumLineBytes = ReadingConfiguration.usualLineBytes
  /// Say where the time went.
  public var isVerbose = false
  /// Leave out the model's calibrator: probabilities are the corrected margin's own.
  public var isUncalibrated = false
  /// The share of the negatives that the rows still hold: those that are there weigh its inverse.
  public var negativesKept = 1.0
  /// A column whose values get figures of their own.
  public var by: String?
  /// Ranking inside groups.
  public var grouping: Grouping?
  /// Path of a page of figures and plots; nil: none.
  public var report: String?
  /// What the best threshold is to be found for, beside F1.
  public var costs: Costs?

  /// - Parameters:
  ///   - input: where rows come from.
  ///   - source: where predictions come from.
  public init(input: InputConfiguration, source: Source) {
    self.input = input
    self.source = source
  }
}

extension EvaluationConfiguration {
  /// - Throws: usage, naming the option.
  package func validate() throws(RunFailure) {
    try input.validate()
    try InputConfiguration.check(maximumLineBytes: maximumLineBytes)
    try checkOutputs()
    try checkSource()
    guard negativesKept > 0, negativesKept <= 1 else {
      throw RunFailure(.usage, "--negatives-kept must be above 0 and at most 1")
    }
    if let costs {
      for (option, cost) in [
        ("--cost-fp", costs.falsePositive), ("--cost-fn", costs.falseNegative),
      ] where !(cost > 0 && cost.isFinite) {
        throw RunFailure(.usage, "\(option) must be a finite number above 0")
      }
    }
    if let grouping {
      guard grouping.cutoff >= 1 else { throw RunFailure(.usage, "--k must be at least 1") }
      guard negativesKept == 1 else {
        throw RunFailure(
          .usage, "--group looks at positions, which a sample (--negatives-kept) does not have",
          cure: "evaluate groups on rows that were not sampled")
      }
    }
  }

  /// - Throws: usage for sources that would share standard input, and options of reading that
  ///   contradict each other.
  private func checkSource() throws(RunFailure) {
    let (path, what) =
      switch source {
      case .model(let path): (path, "model")
      case .predictions(let predictions): (predictions.path, "predictions")
      }
    if path == "-", input.readsStandardInput {
      throw RunFailure(
        .usage, "the \(what) and the rows would share standard input",
        cure: "name a file for one of them")
    }
    guard case .predictions(let predictions) = source else { return }
    let options = try predictions.reading.readingOptions(loss: .logistic)
    // Only csv has columns; a layout that is found in the input is checked there.
    if let column = columns.first, [.libsvm, .vw].contains(options.format) {
      throw Self.noColumn(column, in: options.format.rawValue)
    }
  }

  private static func noColumn(_ column: ByteText, in format: String) -> RunFailure {
    RunFailure(
      .usage, "\(format) rows have no column \"\(column.display)\"", cure: "give rows as csv")
  }

  /// - Throws: usage when an output is an input too.
  private func checkOutputs() throws(RunFailure) {
    var files = OutputGuard()
    files.uses(input)
    files.writes("--report", report)
    switch source {
    case .model(let path): files.reads(path)
    case .predictions(let predictions): files.reads(predictions.path)
    }
    try files.check()
    try report.map(OutputGuard.checkReport)
  }

  /// Options that only predictions of two classes have a use for, and whether they were given.
  package var binaryOptions: [(option: String, isGiven: Bool)] {
    [
      ("--by", by != nil), ("--group", grouping != nil), ("--cost-fp", costs != nil),
      ("--negatives-kept", negativesKept != 1),
    ]
  }

  /// Columns whose text must travel with the rows: that of the segments before that of the groups.
  package var columns: [ByteText] { [by, grouping?.column].compactMap { $0.map { ByteText($0) } } }

  /// - Throws: usage when columns are asked for and the rows have none.
  package func checkColumns(of schema: FeatureSchema) throws(RunFailure) {
    guard let column = columns.first, schema.formatName != "csv" else { return }
    throw Self.noColumn(column, in: schema.formatName)
  }
}
