package import Configuration
internal import ElementaryMath
internal import Evaluation
internal import Featurizing
internal import ModelFile
internal import Notices
internal import SparseBatches

/// One figure of a window that was judged.
package struct Finding {
  package var figure: MonitorThresholds.Figure
  /// nil: of the rows as a whole.
  package var column: String?
  package var value: Double
  /// In training; nil where a figure has no other side.
  package var reference: Double?
  package var limit: Double
  /// How many times the threshold it is away.
  package var severity: Double
  /// How probable a difference at least as large is by chance alone.
  package var chance: Double
  package var words: String
  package var isCrossed = false
}

/// Judges one window after another.
package struct WindowJudge {
  private let thresholds: MonitorThresholds
  private var alarms: FalseAlarms

  package init(_ thresholds: MonitorThresholds) {
    self.thresholds = thresholds
    alarms = FalseAlarms(level: thresholds.falseAlarms)
  }

  /// Adds the findings of a window to its figures.
  ///
  /// - Parameter counter: what counted it, for the sizes of training's samples.
  package mutating func judge(_ figures: inout WindowFigures, _ counter: WindowCounter) {
    let trained = Double(counter.profile.rows.all)
    var findings = figures.columns.enumerated().flatMap { index, column in
      self.findings(
        column, rows: Double(figures.rows), trained,
        presentBefore: Double((counter.profile.rows - counter.profile.columns[index].missing).all))
    }
    if let unseen = figures.unseen, let limit = thresholds.limits[.unseen] {
      findings.append(
        Self.unseen(unseen, limit, of: Double(figures.rows), column: nil, newcomer: nil))
    }
    if let predictions = figures.predictions, let divergence = predictions.divergence,
      predictions.areComparable, let limit = thresholds.limits[.predictions]
    {
      findings.append(
        Finding(
          figure: .predictions, value: divergence.stability, limit: limit,
          severity: Self.severity(divergence.stability, limit), chance: divergence.chance,
          words: predictions.change ?? "predictions are spread otherwise than in training"))
    }
    if let labels = figures.labels {
      findings +=
        LabelJudge(labels, thresholds, counter.profile, measured: counter.measuredRows)
        .findings
    }
    let counted = FalseAlarms.surprising(findings.map(\.chance), level: alarms.spend())
    for index in findings.indices {
      findings[index].isCrossed = counted[index] && findings[index].severity >= 1
    }
    findings.sort { Self.order($0) > Self.order($1) }
    figures.findings = findings
  }

  private static func order(_ finding: Finding) -> (Int, Double) {
    (finding.isCrossed ? 1 : 0, finding.severity)
  }

  /// How many times a threshold; one of 0 is crossed by anything.
  static func severity(_ difference: Double, _ limit: Double) -> Double {
    limit > 0 ? min(difference / limit, 1e6) : difference > 0 ? 1e6 : 0
  }

  // MARK: - Columns

  private func findings(
    _ column: WindowFigures.Column, rows: Double, _ trained: Double, presentBefore: Double
  ) -> [Finding] {
    var findings: [Finding] = []
    let name = column.name.display
    let shown = BinWords.name(column.name)
    if let limit = thresholds.limits[.missing] {
      let (now, before) = (column.missing.value, column.missing.training)
      findings.append(
        Finding(
          figure: .missing, column: name, value: now, reference: before, limit: limit,
          severity: Self.severity((now - before).magnitude, limit),
          chance: HomogeneityTest.chance(
            hits: now * rows, of: rows, reference: before * trained, of: trained),
          words: "\(shown) is missing in \(BinWords.shares(now, before))"))
    }
    if let finding = spread(column, name) { findings.append(finding) }
    let present = Double(column.present)
    if let unseen = column.unseen, let limit = thresholds.limits[.unseen], present > 0 {
      findings.append(
        Self.unseen(unseen, limit, of: present, column: column, newcomer: column.newcomer))
    }
    if let newcomer = column.newcomer, let finding = self.newcomer(newcomer, column, trained) {
      findings.append(finding)
    }
    if let clipped = column.clipped, let limit = thresholds.limits[.clipped], present > 0 {
      let difference = max(0, clipped.value - clipped.training)
      findings.append(
        Finding(
          figure: .clipped, column: name, value: clipped.value, reference: clipped.training,
          limit: limit, severity: Self.severity(difference, limit),
          chance: HomogeneityTest.chance(
            hits: clipped.value * present, of: present,
            reference: clipped.training * presentBefore, of: presentBefore),
          words: "\(shown) lies beyond its scale, and is clipped, in "
            + BinWords.shares(clipped.value, clipped.training)))
    }
    return findings
  }

  /// A value that is not among the frequent ones was in fewer rows of the sample than those.
  private func newcomer(
    _ newcomer: Newcomer, _ column: WindowFigures.Column, _ trained: Double
  ) -> Finding? {
    guard let limit = thresholds.limits[.newcomer], trained > 0 else { return nil }
    let before = Double(newcomer.before)
    let above = newcomer.share - before / trained
    guard above > 0 else { return nil }
    let chance = HomogeneityTest.chance(
      hits: Double(newcomer.rows), of: Double(newcomer.looked), reference: before, of: trained)
    return Finding(
      figure: .newcomer, column: column.name.display, value: newcomer.share,
      reference: before / trained, limit: limit, severity: Self.severity(above, limit),
      chance: min(1, chance * FrequentValues.choices),
      words:
        "\(BinWords.name(column.name)) is \"\(DisplayText.escape(newcomer.text, limit: 40))\" in "
        + "\(NumberText.percent(newcomer.share)) of rows, at most "
        + "\(NumberText.percent(before / trained)) in training")
  }

  /// One test with two measures, of which either may cross.
  private func spread(_ column: WindowFigures.Column, _ name: String) -> Finding? {
    guard let divergence = column.divergence else { return nil }
    let measures: [(figure: MonitorThresholds.Figure, value: Double)] = [
      (.psi, divergence.stability), (.js, divergence.distance),
    ]
    let judged = measures.compactMap { measure in
      thresholds.limits[measure.figure].map {
        (measure.figure, measure.value, $0, Self.severity(measure.value, $0))
      }
    }
    guard let worst = judged.max(by: { $0.3 < $1.3 }) else { return nil }
    var words =
      column.change ?? "\(BinWords.name(column.name)) is spread otherwise than in training"
    words += Self.words(column.newcomer)
    return Finding(
      figure: worst.0, column: name, value: worst.1, limit: worst.2, severity: worst.3,
      chance: divergence.chance, words: words)
  }

  private static func words(_ newcomer: Newcomer?) -> String {
    guard let newcomer, newcomer.share >= 0.02 else { return "" }
    return "; \"\(DisplayText.escape(newcomer.text, limit: 40))\" alone in "
      + NumberText.percent(newcomer.share)
  }

  /// What is unseen of fresh rows is an estimate: the difference is held against chance beyond the
  /// threshold.
  private static func unseen(
    _ share: WindowFigures.Share, _ limit: Double, of values: Double,
    column: WindowFigures.Column?, newcomer: Newcomer?
  ) -> Finding {
    let expected = min(1, share.training + limit)
    let error = max(expected * (1 - expected), 1e-9) / max(values, 1)
    let z = (share.value - expected) / error.squareRoot()
    let what = column.map { "values of \(BinWords.name($0.name))" } ?? "features"
    return Finding(
      figure: .unseen, column: column?.name.display, value: share.value,
      reference: share.training, limit: limit,
      severity: severity(max(0, share.value - share.training), limit),
      chance: z > 0 ? Tail.normal(z) / 2 : 1,
      words: "\(NumberText.percent(share.value)) of the \(what) have no weight in the model, "
        + "\(NumberText.percent(share.training)) expected of fresh rows" + words(newcomer))
  }
}
