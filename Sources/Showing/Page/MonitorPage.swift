package import Configuration
internal import Evaluation
internal import Featurizing
package import Monitoring
internal import Notices
internal import SparseBatches

/// The report of a monitored stream: columns, predictions and labels over the windows.
package struct MonitorPage {
  private let book: MonitorBook
  private let configuration: MonitorConfiguration
  /// More columns are left to the numbers at the end of the page.
  private static let columnsShown = 24
  private static let windowsShown = 200

  package init(_ book: MonitorBook, _ configuration: MonitorConfiguration) {
    self.book = book
    self.configuration = configuration
  }

  package var page: ReportPage {
    ReportPage(
      title: "Monitoring", subtitle: subtitle,
      sections: [
        ReportPage.Section(title: "Windows", blocks: windows),
        ReportPage.Section(title: "Predictions and labels", blocks: ofModel),
        ReportPage.Section(title: "Columns, the worst first", blocks: columns),
        ReportPage.Section(title: "Options", blocks: [options]),
      ], json: .object([("windows", .array(book.windows.map(MonitorJSON.object)))]))
  }

  private var subtitle: String {
    let rows = NumberText.grouped(book.last?.lastRow ?? 0)
    let left = book.count - book.windows.count
    return "\(rows) rows in \(NumberText.grouped(book.count)) windows, "
      + "\(NumberText.grouped(book.crossed)) of them crossed a threshold"
      + (left > 0 ? "; the first \(NumberText.grouped(book.windows.count)) are shown" : "")
      + "; logreg-stream " + BuildInformation.program
  }

  // MARK: - Windows

  private static func name(_ window: WindowFigures) -> String {
    "\(window.number)" + (window.text.map { " \"\($0)\"" } ?? "")
  }

  private var windows: [ReportPage.Block] {
    let crossed = book.windows.filter { !$0.crossings.isEmpty }
    guard !crossed.isEmpty else { return [.note("Nothing crossed a threshold in any window.")] }
    let rows = crossed.prefix(Self.windowsShown).flatMap { window in
      window.crossings.enumerated().map { index, finding in
        [
          ReportPage.Cell.text(index == 0 ? Self.name(window) : ""), .text(finding.words),
          .text(MonitorText.judged(finding)),
        ]
      }
    }
    let more = crossed.count - Self.windowsShown
    let table = ReportPage.Block.table(
      ReportPage.Table(
        title: "What crossed, the worst of each window first",
        header: ["window", "what happened", "judged"], rows: rows, style: .words))
    return more > 0
      ? [table, .note("And \(more) more windows, among the numbers below.")] : [table]
  }

  // MARK: - Plots

  private var axis: Plot.Axis {
    let numbers = book.windows.map { Double($0.number) }
    return Plot.Axis(
      title: "window", scale: PlotScale(.linear, numbers.first ?? 1, numbers.last ?? 1))
  }

  /// A panel of a figure over the windows, a line of training or of a threshold beside it.
  private func panel(
    _ title: String, _ value: (WindowFigures) -> Double?, words: String,
    reference: (words: String, value: (WindowFigures) -> Double?)?, from low: Double? = 0,
    whiskers: [Plot.Whisker] = []
  ) -> Plot.Panel? {
    func points(_ value: (WindowFigures) -> Double?) -> [CurvePoint] {
      book.windows.compactMap { window in
        value(window).map { CurvePoint(x: Double(window.number), y: $0) }
      }
    }
    let shown = points(value)
    guard !shown.isEmpty else { return nil }
    let beside = reference.map { points($0.value) } ?? []
    var marks: [Plot.Mark] = []
    var legend: [(series: Plot.Series, words: String)] = []
    if let reference, !beside.isEmpty {
      marks.append(.line(beside, .reference))
      legend.append((.reference, reference.words))
    }
    if !whiskers.isEmpty { marks.append(.whiskers(whiskers, .first)) }
    if shown.count > 1 { marks.append(.line(shown, .first)) }
    marks.append(.dots(shown, .first))
    legend.insert((.first, words), at: 0)
    let values = (shown + beside).map(\.y) + whiskers.flatMap { [$0.low, $0.high] }
    return Plot.Panel(
      y: Plot.Axis(title: title, scale: .reaching(values, from: low)), marks: marks,
      legend: legend, height: 110)
  }

  private func limit(_ figure: MonitorThresholds.Figure) -> (String, (WindowFigures) -> Double?)? {
    configuration.thresholds.limits[figure].map { limit in ("threshold", { _ in limit }) }
  }

  private func plot(_ title: String, _ description: String, _ panels: [Plot.Panel?]) -> [ReportPage
    .Block]
  {
    let there = panels.compactMap(\.self)
    guard !there.isEmpty else { return [] }
    return [.plot(Plot(title: title, description: description, x: axis, panels: there))]
  }

  private var ofModel: [ReportPage.Block] {
    let predictions = plot(
      "Predictions", "How far the predictions lie from those of training.",
      [
        panel(
          "PSI", { $0.predictions?.divergence?.stability }, words: "predictions",
          reference: limit(.predictions))
      ])
    let sparse = plot(
      "Features without a weight", "The share of features that the model has no weight for.",
      [
        panel(
          "share", { $0.unseen?.value }, words: "in the window",
          reference: ("expected of fresh rows", { $0.unseen?.training }))
      ])
    let loss = plot(
      "Log loss and AUC", "Of the rows that have a label.",
      [
        panel(
          "log loss", { $0.labels?.summary.logLoss }, words: "in the window",
          reference: ("in training", { $0.labels?.logLossInTraining }), from: nil),
        panel(
          "AUC", { $0.labels?.summary.auc }, words: "in the window",
          reference: ("in training", { $0.labels?.aucInTraining }), from: nil),
      ])
    let intervals = book.windows.compactMap { window in
      window.labels?.summary.calibrationRatioInterval.map {
        Plot.Whisker(x: Double(window.number), low: $0.low, high: $0.high)
      }
    }
    let calibration = plot(
      "Calibration and label rate",
      "Sum of predictions over sum of labels, with its 95 % interval; the share of positives.",
      [
        panel(
          "ratio", { $0.labels?.summary.calibrationRatio }, words: "predictions / labels",
          reference: ("1: what was predicted came true", { $0.labels == nil ? nil : 1 }), from: nil,
          whiskers: intervals),
        panel(
          "label rate", { $0.labels?.rate }, words: "in the window",
          reference: ("in training", { $0.labels?.rateInTraining })),
      ])
    return predictions + sparse + loss + calibration
  }

  /// The columns by the worst finding that they had in any window.
  private var ranked: [Int] {
    guard let first = book.windows.first else { return [] }
    var severities = Array(repeating: 0.0, count: first.columns.count)
    var places: [String: Int] = [:]
    for (place, column) in first.columns.enumerated() { places[column.name.display] = place }
    for finding in book.windows.flatMap(\.findings) {
      guard let place = finding.column.flatMap({ places[$0] }) else { continue }
      let severity = finding.severity + (finding.isCrossed ? 1e7 : 0)
      severities[place] = max(severities[place], severity)
    }
    return severities.indices.sorted { (severities[$1], $0) < (severities[$0], $1) }
  }

  private var columns: [ReportPage.Block] {
    guard let first = book.windows.first else { return [] }
    let ranked = ranked
    let plots = ranked.prefix(Self.columnsShown).flatMap { place in
      plot(
        first.columns[place].name.display, worst(place),
        [
          panel(
            "PSI", { $0.columns[place].divergence?.stability }, words: "values that are there",
            reference: limit(.psi)),
          panel(
            "missing", { $0.columns[place].missing.value }, words: "share of rows",
            reference: ("in training", { $0.columns[place].missing.training })),
          first.columns[place].unseen == nil
            ? nil
            : panel(
              "unseen", { $0.columns[place].unseen?.value }, words: "values without a weight",
              reference: ("expected", { $0.columns[place].unseen?.training })),
        ])
    }
    let more = ranked.count - Self.columnsShown
    return more > 0
      ? plots + [.note("And \(more) calmer columns, among the numbers below.")] : plots
  }

  /// What was worst about a column, in words.
  private func worst(_ place: Int) -> String {
    let name = book.windows[0].columns[place].name.display
    let crossed = book.windows.flatMap { window in
      window.crossings.filter { $0.column == name }.map { (Self.name(window), $0) }
    }
    guard let worst = crossed.max(by: { $0.1.severity < $1.1.severity }) else { return "Calm." }
    return "Worst in window \(worst.0): \(worst.1.words)."
  }

  private var options: ReportPage.Block {
    let window =
      switch configuration.window {
      case .rows(let rows): "\(NumberText.grouped(rows)) rows"
      case .column(let column): "rows of the same \(DisplayText.escape(column.utf8))"
      }
    let limits = MonitorThresholds.Figure.allCases.map { figure in
      (
        "threshold " + figure.rawValue,
        configuration.thresholds.limits[figure].map { NumberText.significant($0, 4) } ?? "off"
      )
    }
    let files = configuration.input.files.map { DisplayText.escape($0.utf8) }
    return ReportTables.facts(
      "The model, the rows and when something crosses",
      [
        ("model", DisplayText.escape(path: configuration.model)),
        ("rows from", files.isEmpty ? "standard input" : files.joined(separator: ", ")),
        ("window", window),
        ("false alarms of the run", NumberText.percent(configuration.thresholds.falseAlarms)),
      ] + limits)
  }
}
