internal import Featurizing
internal import InputBytes
public import SparseBatches

/// What `monitor` compares with a model's training rows, and when it raises an alarm.
public struct MonitorConfiguration: Sendable {
  /// Which rows are looked at together.
  public enum Window: Equatable, Sendable {
    /// So many, at least 1.
    case rows(Int)
    /// Rows that follow each other and hold the same text in a column.
    case column(String)
  }

  /// Where rows come from; they are read as the model's schema says.
  public var input: InputConfiguration
  /// Path of the model; `-` is standard input.
  public var model: String
  /// A longer row is a bad row.
  public var maximumLineBytes = ReadingConfiguration.usualLineBytes
  /// Which rows are looked at together.
  public var window = Window.rows(usualWindow)
  /// What crosses, and how rarely by chance.
  public var thresholds = MonitorThresholds()
  /// Path of a page of figures and plots; nil: none.
  public var report: String?
  /// Path of a file for Prometheus' textfile collector; nil: none.
  public var prometheus: String?
  /// Say where the time went.
  public var isVerbose = false

  /// Rows of a window where nothing is said.
  public static let usualWindow = 100_000

  /// - Parameters:
  ///   - input: where rows come from.
  ///   - model: path of the model.
  public init(input: InputConfiguration, model: String) {
    self.input = input
    self.model = model
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    try input.validate()
    try InputConfiguration.check(maximumLineBytes: maximumLineBytes)
    if model == "-", input.readsStandardInput {
      throw RunFailure(
        .usage, "the model and the rows would share standard input",
        cure: "name a file for one of them")
    }
    if case .rows(let rows) = window, rows < 1 {
      throw RunFailure(.usage, "--window must have at least one row")
    }
    var files = OutputGuard()
    files.uses(input)
    files.reads(model)
    files.writes("--report", report)
    files.writes("--prometheus", prometheus)
    try files.check()
    try report.map(OutputGuard.checkReport)
  }
}

/// How far rows may lie from those trained on, and how often chance alone may raise an alarm.
///
/// Each is a size that matters; an alarm needs, besides, that chance hardly explains the difference
/// (`falseAlarms`), so that a small window does not cry.
public struct MonitorThresholds: Equatable, Sendable {
  /// What is held against a threshold.
  public enum Figure: String, CaseIterable, Sendable {
    /// Share of missing values: difference.
    case missing
    /// Population stability index of the values of a column.
    case psi
    /// Jensen–Shannon distance of the same.
    case js
    /// Share of categories, or of features, that the model has no weight for: above what fresh rows of
    /// the same kind have.
    case unseen
    /// Share of one category that is not among the frequent ones of training: above what it can have
    /// had there.
    case newcomer
    /// Share of clipped numbers: above that of training.
    case clipped
    /// Population stability index of the predictions.
    case predictions
    /// Share of positive labels: relative difference.
    case labelRate = "label_rate"
    /// Sum of predictions over sum of labels: how far from 1.
    case calibration
    /// Log loss: relative difference, upwards.
    case logLoss = "log_loss"
    /// AUC: difference, downwards.
    case auc
  }

  /// By figure; a figure that is missing is never judged.
  public private(set) var limits: [Figure: Double] = [
    .missing: 0.05, .psi: 0.1, .js: 0.15, .unseen: 0.05, .newcomer: 0.05, .clipped: 0.01,
    .predictions: 0.2, .labelRate: 0.1, .calibration: 0.1, .logLoss: 0.1, .auc: 0.03,
  ]
  /// The chance that a run over rows like those trained on raises any alarm.
  public private(set) var falseAlarms = 0.01

  /// The defaults.
  public init() {}

  /// All names that `set` takes.
  public static var names: [String] { Figure.allCases.map(\.rawValue) + [falseAlarmsName] }
  private static let falseAlarmsName = "false_alarms"

  /// - Parameters:
  ///   - name: one of `names`.
  ///   - text: a number, or `off`.
  /// - Throws: `RunFailure` of kind usage.
  public mutating func set(_ name: String, to text: String) throws(RunFailure) {
    guard name != Self.falseAlarmsName else {
      guard let share = Double(text), share > 0, share <= 0.5 else {
        throw RunFailure(
          .usage, "--threshold \(name) is \(text)", cure: "give a chance above 0, at most 0.5")
      }
      falseAlarms = share
      return
    }
    guard let figure = Figure(rawValue: name) else {
      let nearest = NearestName.find(name, among: Self.names)
      throw RunFailure(
        .usage, "--threshold \(name): there is no such figure",
        cure: nearest.map { "did you mean \($0)?" }
          ?? "figures are \(Self.names.joined(separator: ", "))")
    }
    guard text != "off" else {
      limits[figure] = nil
      return
    }
    guard let limit = Double(text), limit >= 0, limit.isFinite else {
      throw RunFailure(
        .usage, "--threshold \(name) is \(text)", cure: "give a finite number >= 0, or off")
    }
    limits[figure] = limit
  }
}
