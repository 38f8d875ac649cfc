internal import Configuration
internal import Evaluation
internal import Featurizing
package import Monitoring
internal import Notices
internal import SparseBatches

/// The last window in Prometheus' text format, for node_exporter's textfile collector: gauges without
/// time stamps, which the collector refuses.
package struct PrometheusText {
  private var text = ""
  private let model: String

  /// - Parameters:
  ///   - model: the name of the model's file.
  ///   - windows: of the run.
  ///   - crossed: how many of them crossed a threshold.
  ///   - last: the last one.
  package static func text(
    model: String, windows: Int, crossed: Int, last: WindowFigures
  ) -> String {
    var writer = PrometheusText(model: model)
    writer.run(windows, crossed, last)
    writer.columns(last)
    writer.rows(last)
    return writer.text
  }

  private init(model: String) { self.model = model }

  private typealias Sample = (labels: [(String, String)], value: Double)

  private mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    text += "# HELP logreg_stream_\(name) \(help)\n# TYPE logreg_stream_\(name) gauge\n"
    for sample in samples {
      let labels = ([("model", model)] + sample.labels).map {
        "\($0.0)=\"\(Self.escaped($0.1))\""
      }
      text += "logreg_stream_\(name){\(labels.joined(separator: ","))} "
      text += Self.number(sample.value) + "\n"
    }
  }

  private mutating func gauge(_ name: String, _ help: String, _ value: Double?) {
    gauge(name, help, value.map { [([], $0)] } ?? [])
  }

  private static func number(_ value: Double) -> String {
    value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : "\(value)"
  }

  /// A label's value: backslash, quote and line end have an escape.
  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
    return text
  }

  // MARK: - What there is

  private mutating func run(_ windows: Int, _ crossed: Int, _ last: WindowFigures) {
    gauge("windows", "Windows of the last run.", Double(windows))
    gauge(
      "windows_crossed", "Windows of the last run that crossed a threshold.", Double(crossed))
    gauge("window_rows", "Whole rows of the last window.", Double(last.rows))
    gauge("window_bad_rows", "Bad rows of the last window.", Double(last.badRows))
    gauge(
      "window_crossings", "Thresholds that the last window crossed.",
      Double(last.crossings.count))
    gauge(
      "crossed", "1 for each figure of the last window that crossed its threshold.",
      last.crossings.map { finding in
        ([("figure", finding.figure.rawValue), ("column", finding.column ?? "")], 1)
      })
  }

  private mutating func columns(_ last: WindowFigures) {
    func samples(_ value: (WindowFigures.Column) -> Double?) -> [Sample] {
      last.columns.compactMap { column in
        value(column).map { ([("column", column.name.display)], $0) }
      }
    }
    gauge(
      "column_missing_share", "Share of rows in which a column is missing.",
      samples(\.missing.value))
    gauge(
      "column_missing_share_training", "The same in the rows trained on.",
      samples(\.missing.training))
    gauge(
      "column_psi", "Population stability index of a column against the rows trained on.",
      samples(\.divergence?.stability))
    gauge(
      "column_js_distance", "Jensen-Shannon distance of a column from the rows trained on.",
      samples(\.divergence?.distance))
    gauge(
      "column_unseen_share", "Share of a column's values that the model has no weight for.",
      samples(\.unseen?.value))
    gauge(
      "column_unseen_share_expected", "The same of fresh rows as those trained on.",
      samples(\.unseen?.training))
    gauge(
      "column_clipped_share", "Share of a column's numbers that are clipped.",
      samples(\.clipped?.value))
  }

  private mutating func rows(_ last: WindowFigures) {
    gauge("unseen_share", "Share of features that the model has no weight for.", last.unseen?.value)
    gauge(
      "predictions_psi", "Population stability index of the predictions.",
      last.predictions?.divergence?.stability)
    gauge(
      "predictions_js_distance", "Jensen-Shannon distance of the predictions.",
      last.predictions?.divergence?.distance)
    guard let labels = last.labels else { return }
    gauge("labelled_rows", "Rows of the last window that have a label.", Double(labels.rows))
    gauge("label_rate", "Share of positive labels.", labels.rate)
    gauge("label_rate_training", "The same in the rows trained on.", labels.rateInTraining)
    gauge("log_loss", "Log loss of the last window.", labels.summary.logLoss)
    gauge("auc", "Area under the ROC curve of the last window.", labels.summary.auc)
    gauge(
      "calibration_ratio", "Sum of predictions over sum of labels.",
      labels.summary.calibrationRatio)
    gauge(
      "calibration_ratio_low", "Lower end of its 95 % interval.",
      labels.summary.calibrationRatioInterval?.low)
    gauge(
      "calibration_ratio_high", "Upper end of its 95 % interval.",
      labels.summary.calibrationRatioInterval?.high)
  }
}
