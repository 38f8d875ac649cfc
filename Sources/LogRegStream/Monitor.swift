internal import Configuration
internal import Featurizing
internal import InputBytes
internal import ModelFile
internal import Monitoring
internal import Notices
internal import RowStream
internal import Scoring
internal import Showing
public import SparseBatches

/// The `monitor` command: later rows held against those that a model was trained on.
public enum Monitor {
  /// A window that has ended.
  public struct Window: Sendable {
    /// What crossed in words, and a table of the columns.
    public let text: String
    /// The same as one object.
    public let json: JSONValue
  }

  /// What a run came to.
  public struct Summary: Equatable, Sendable {
    /// Rows, bad ones included.
    public let rows: Int
    /// Windows of rows.
    public let windows: Int
    /// Windows that crossed a threshold.
    public let crossed: Int
  }

  /// Compares window after window with the model's profile.
  ///
  /// - Parameters:
  ///   - configuration: the model, the rows, and when something crosses.
  ///   - notices: where warnings go.
  ///   - progress: shows how far the run has come.
  ///   - show: called with each window as soon as it has ended.
  /// - Throws: `RunFailure`, whose kind is the exit code: usage for a model without a profile. Files
  ///   that were to be written are then as they were.
  public static func run(
    _ configuration: MonitorConfiguration, notices: NoticeBoard, progress: ProgressReporter,
    show: (Window) throws(RunFailure) -> Void
  ) throws(RunFailure) -> Summary {
    try configuration.validate()
    for path in [configuration.report, configuration.prometheus].compactMap(\.self) {
      try AtomicOutput.checkWritable(path)
    }
    let document = try ModelDocument.read(from: configuration.model)
    guard let profile = document.profile else {
      throw RunFailure(
        .usage,
        "\(RunFailure.display(configuration.model)): the model keeps no profile of its training rows",
        cure: "train it again with this program, and without --profile off")
    }
    let model = try ServedModel(document)
    let columns = try windowColumns(configuration, model)
    var serving = PredictionConfiguration(
      input: configuration.input, model: configuration.model)
    serving.maximumLineBytes = configuration.maximumLineBytes
    let (input, pipeline) = try model.open(
      serving, purpose: .compare, notices: notices, identifiers: columns,
      profile: ProfileWish(lot: ProfileLot(seed: 0), textStride: WindowCounter.textStride))
    progress.totalBytes = input.reader.totalStoredBytes
    var run = WindowRun(try WindowCounter(profile, model), configuration)
    var book = MonitorBook(keepsAll: configuration.report != nil)
    func emit(_ figures: WindowFigures) throws(RunFailure) {
      book.add(figures)
      try show(
        Window(text: MonitorText.text(figures), json: MonitorJSON.object(figures)))
    }
    try pipeline.run(
      transform: { model.predict($0) },
      consume: { item throws(RunFailure) in
        try run.take(item, emit)
        progress.update(item.moment)
      })
    try run.finish(rows: pipeline.rows, emit)
    progress.finish()
    if configuration.isVerbose {
      notices.post(StageTimesText.describe(pipeline.stageTimes, lastStage: "compare"))
    }
    guard let last = book.last else { throw input.noRows }
    try write(book, last, configuration)
    return Summary(rows: pipeline.rows, windows: book.count, crossed: book.crossed)
  }

  /// - Throws: usage when windows are to follow a column and rows have none.
  private static func windowColumns(
    _ configuration: MonitorConfiguration, _ model: ServedModel
  ) throws(RunFailure) -> [ByteText] {
    guard case .column(let column) = configuration.window else { return [] }
    guard case .csv = model.header.schema.source else {
      throw RunFailure(
        .usage,
        "--window \(DisplayText.escape(column.utf8)): the model reads "
          + "\(model.header.schema.formatName) rows, which have no columns",
        cure: "give a number of rows: --window 100000rows")
    }
    return [ByteText(column)]
  }

  /// Both files or, after an error, neither.
  private static func write(
    _ book: MonitorBook, _ last: WindowFigures, _ configuration: MonitorConfiguration
  ) throws(RunFailure) {
    var staged: [StagedOutput] = []
    if let path = configuration.prometheus {
      let name = configuration.model.split(separator: "/").last.map(String.init) ?? "-"
      let text = PrometheusText.text(
        model: DisplayText.escape(path: name), windows: book.count, crossed: book.crossed,
        last: last)
      staged.append(
        try AtomicOutput.stage(path) { output throws(RunFailure) in try output.write(text) })
    }
    if let path = configuration.report {
      staged.append(try ReportFile.stage(MonitorPage(book, configuration).page, at: path))
    }
    for output in staged { try output.publish() }
  }
}
