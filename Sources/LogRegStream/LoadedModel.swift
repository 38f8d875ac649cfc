internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
public import Showing
public import SparseBatches

/// A model in memory that scores rows in memory, as `predict` would score a file of them.
///
///     let model = try LoadedModel(path: "flights.lrs")
///     let scores = try model.score(rows: bytes)
///
/// Any number of threads may use one at once.
public final class LoadedModel: Sendable {
  let document: ModelDocument
  let served: ServedModel

  /// - Parameter path: a model.
  /// - Throws: `RunFailure`: missingInput or badData.
  public convenience init(path: String) throws(RunFailure) {
    try self.init(try ModelDocument.read(from: path))
  }

  /// - Parameter bytes: what a file with a model holds.
  /// - Throws: `RunFailure` (badData).
  public convenience init(bytes: [UInt8]) throws(RunFailure) {
    try self.init(
      try ModelDocument(try Container.decode(bytes, name: "the model", expecting: .model)))
  }

  private init(_ document: ModelDocument) throws(RunFailure) {
    self.document = document
    served = try ServedModel(document)
  }

  /// `logistic`, `probit`, `softmax` or `squared`.
  public var loss: String { served.loss.name }

  /// Margins of a row, and probabilities: 1, or the number of classes for softmax.
  public var outputs: Int { served.loss.outputs }

  /// Label texts: of two classes the negative one first; none where labels are numbers.
  public var classes: [String] { ClassText.names(document.header) }

  /// Names of the columns of the first training file, in its order, label and weight among them; none
  /// where rows name their own features.
  public var columns: [[UInt8]] { csv?.columns.map(\.name.bytes) ?? [] }

  var csv: CSVSchema? {
    if case .csv(let schema) = document.header.schema.source { schema } else { nil }
  }

  /// What the model is: `inspect --json`.
  public var inspection: Inspection { Inspection(document) }

  /// What a model says of rows.
  public struct Scores: Sendable {
    /// Rows, bad ones included.
    public internal(set) var rows = 0
    /// Rows that could not be read: their margins and probabilities are NaN.
    public internal(set) var badRows = 0
    /// After prior shift and calibrator, as many for each row as the model has outputs.
    public internal(set) var margins: [Double] = []
    /// The positive class's probability; of softmax that of each class; of squared loss the
    /// prediction.
    public internal(set) var probabilities: [Double] = []
  }

  /// Scores what a file would hold.
  ///
  /// - Parameters:
  ///   - rows: as the model's training read them, a header line first where there was one; plain or
  ///     gzip. The label may be absent.
  ///   - notices: told of bad rows and of columns that are not used.
  /// - Throws: `RunFailure`: usage for columns that are missing, badData for what are no rows.
  public func score(
    rows: [UInt8], notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) -> Scores {
    var scores = Scores()
    try read(rows, purpose: .predict, notices: notices) { item in self.add(item, to: &scores) }
    return scores
  }

  /// One of the features that move a row's margin.
  public struct Contribution: Sendable, Equatable {
    /// Names of the row's features in one slot.
    public var feature: String
    /// Weight × value: its part of the margin before prior shift and calibrator.
    public var contribution: Double
  }

  /// The features that move the margin of each row most, by falling size; none of a bad row.
  ///
  /// - Parameters:
  ///   - rows: as for `score`.
  ///   - most: how many of each row, at least 1.
  ///   - notices: as for `score`.
  /// - Throws: as `score`.
  public func explain(
    rows: [UInt8], most: Int, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) -> [[Contribution]] {
    let explanation = Explanation(served, count: most)
    var all: [[Contribution]] = []
    try read(rows, purpose: .predict, explaining: most, notices: notices) { item in
      Self.forEachRow(of: item) { good in
        all.append(
          good.map { row in
            explanation.contributions(row, of: item).map {
              Contribution(feature: $0.name, contribution: $0.contribution)
            }
          } ?? [])
      }
    }
    return all
  }

  /// Holds predictions against the labels of rows, as `evaluate` does.
  ///
  /// - Parameters:
  ///   - rows: as for `score`, with labels.
  ///   - notices: as for `score`.
  /// - Throws: as `score`; badData for a row that is bad.
  public func evaluate(
    rows: [UInt8], notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) -> EvaluationReport {
    let memory = try MemoryFile(rows)
    let configuration = EvaluationConfiguration(
      input: Self.input(memory, threads: nil), source: .model(""))
    try configuration.input.validate()
    return try Evaluate.ofModel(
      document, configuration, notices, ProgressReporter(style: .none) { _ in }
    ) { _ throws(RunFailure) in }
  }

  // MARK: - Rows

  private static func input(_ memory: borrowing MemoryFile, threads: Int?) -> InputConfiguration {
    var input = InputConfiguration(files: ["-"], threads: threads)
    input.standardInput = memory.descriptor
    return input
  }

  private func read(
    _ rows: [UInt8], purpose: FeaturizingPurpose, explaining most: Int = 0, notices: NoticeBoard,
    _ take: (PipelineItem) -> Void
  ) throws(RunFailure) {
    let memory = try MemoryFile(rows)
    // One thread: a program that serves has its own.
    var input = Self.input(memory, threads: 1)
    input.badRowBudget = .rows(.max)
    // A chunk is made for each call: no larger than what there is.
    input.chunkBytes = min(input.chunkBytes, max(rows.count, 1 << 10))
    var configuration = PredictionConfiguration(input: input, model: "")
    configuration.output.explain = most
    let (opened, pipeline) = try served.open(configuration, purpose: purpose, notices: notices)
    try pipeline.run(
      transform: { [served] item in served.predict(item) },
      consume: { item throws(RunFailure) in take(item) })
    withExtendedLifetime(opened) {}
  }

  /// Calls `body` for each row, with its number among the good ones; nil for a bad row.
  private static func forEachRow(of item: PipelineItem, _ body: (Int?) -> Void) {
    var good = 0
    for row in 0..<item.chunk.rows.count {
      let isGood = good < item.batch.rowCount && Int(item.batch.rowsInChunk[good]) == row
      body(isGood ? good : nil)
      good += isGood ? 1 : 0
    }
  }

  private func add(_ item: PipelineItem, to scores: inout Scores) {
    let outputs = outputs
    Self.forEachRow(of: item) { good in
      scores.rows += 1
      guard let good else {
        scores.badRows += 1
        scores.margins.append(contentsOf: repeatElement(.nan, count: outputs))
        scores.probabilities.append(contentsOf: repeatElement(.nan, count: outputs))
        return
      }
      for output in 0..<outputs { scores.margins.append(item.margins[good * outputs + output]) }
      served.loss.appendProbabilities(item.margins, row: good, to: &scores.probabilities)
    }
  }
}
