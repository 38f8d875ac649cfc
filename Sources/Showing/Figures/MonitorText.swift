internal import Configuration
internal import Evaluation
internal import Featurizing
package import Monitoring
internal import Notices
internal import SparseBatches

/// A window as text for people: what crossed in words, and a table of the columns, the worst first.
package enum MonitorText {
  private static let shownColumns = 10

  package static func text(_ window: WindowFigures) -> String {
    let crossings = window.crossings
    let text = window.text.map { " \"\($0)\"" } ?? ""
    let alarms =
      crossings.isEmpty
      ? "calm" : "\(crossings.count) threshold\(crossings.count == 1 ? "" : "s") crossed"
    var lines = [
      "window \(window.number)\(text), rows \(NumberText.grouped(window.firstRow)) to "
        + "\(NumberText.grouped(window.lastRow)): \(alarms)"
    ]
    if window.badRows > 0 {
      lines.append("  \(NumberText.grouped(window.badRows)) bad rows left out")
    }
    lines += crossings.map { "  ! \($0.words) (\(judged($0)))" }
    lines += table(window) + others(window)
    return lines.joined(separator: "\n") + "\n"
  }

  /// What was compared.
  package static func judged(_ finding: Finding) -> String {
    "\(finding.figure.rawValue) \(NumberText.significant(finding.value, 3)), threshold "
      + "\(NumberText.significant(finding.limit, 3)), chance "
      + (finding.chance < 1e-12 ? "below 1e-12" : NumberText.significant(finding.chance, 2))
  }

  /// The columns, that with the worst finding first.
  static func ranked(_ window: WindowFigures) -> [WindowFigures.Column] {
    var places: [String: Int] = [:]
    for (place, finding) in window.findings.enumerated() {
      guard let column = finding.column, places[column] == nil else { continue }
      places[column] = place
    }
    func place(_ column: WindowFigures.Column) -> Int { places[column.name.display] ?? .max }
    return window.columns.enumerated().sorted {
      (place($0.element), $0.offset) < (place($1.element), $1.offset)
    }.map(\.element)
  }

  static let titles = [
    "column", "missing", "training", "psi", "js", "unseen", "expected", "clipped", "training",
  ]

  static func cells(_ column: WindowFigures.Column) -> [String] {
    func shares(_ share: WindowFigures.Share?) -> [String] {
      share.map { [NumberText.percent($0.value), NumberText.percent($0.training)] } ?? ["-", "-"]
    }
    let divergence = column.divergence
    return [column.name.shortDisplay] + shares(column.missing)
      + [
        divergence.map { NumberText.fixed($0.stability, 3) } ?? "-",
        divergence.map { NumberText.fixed($0.distance, 3) } ?? "-",
      ] + shares(column.unseen) + shares(column.clipped)
  }

  private static func table(_ window: WindowFigures) -> [String] {
    let columns = ranked(window)
    let rows = [titles] + columns.prefix(shownColumns).map(cells)
    let widths = titles.indices.map { index in rows.map { $0[index].count }.max() ?? 0 }
    var lines = rows.map { row in
      "  "
        + row.enumerated().map { index, cell in
          let blanks = String(repeating: " ", count: widths[index] - cell.count)
          return index == 0 ? cell + blanks : blanks + cell
        }.joined(separator: "  ")
    }
    let more = columns.count - (rows.count - 1)
    if more > 0 { lines.append("  and \(more) calmer columns (--json has all)") }
    return lines
  }

  private static func others(_ window: WindowFigures) -> [String] {
    var lines: [String] = []
    if let unseen = window.unseen {
      lines.append(
        "  features without a weight: \(NumberText.percent(unseen.value)), expected "
          + NumberText.percent(unseen.training))
    }
    if let predictions = window.predictions, let divergence = predictions.divergence {
      let note =
        predictions.areComparable
        ? "" : " (not judged: the model had learned the rows that it is compared with)"
      lines.append(
        "  predictions: psi \(NumberText.fixed(divergence.stability, 3)), js "
          + "\(NumberText.fixed(divergence.distance, 3))\(note)")
    }
    if let labels = window.labels {
      let summary = labels.summary
      func text(_ value: Double?) -> String {
        value.map { NumberText.significant($0, 4) } ?? "undefined"
      }
      let interval = summary.calibrationRatioInterval.map {
        " (95 %: \(NumberText.significant($0.low, 3)) to \(NumberText.significant($0.high, 3)))"
      }
      lines.append(
        "  \(NumberText.grouped(labels.rows)) labels: \(NumberText.percent(labels.rate)) positive, "
          + "log loss \(text(summary.logLoss)), AUC \(text(summary.auc)), calibration ratio "
          + "\(text(summary.calibrationRatio))\(interval ?? "")")
    }
    return lines
  }
}
