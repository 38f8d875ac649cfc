internal import ElementaryMath
package import Evaluation
internal import Notices

/// A calibrator from the last half of the stream, and figures of it on rows that did not fit it.
///
/// Rows are halved by a hash of their ordinal. Each half is measured by a calibrator fitted on the
/// other (cross-fitting), and what is chosen is fitted on both. Where negatives are fake, their labels
/// are the stream's too: margins are taken before their odds are.
package struct StreamFit {
  /// What is wanted.
  package enum Wish: Sendable {
    /// As much as the rows can tell; `isSampled`: negatives are missing, so that more is needed.
    case auto(isSampled: Bool)
    case kind(Calibrator.Kind)
  }

  /// What came of it.
  package struct Finding {
    /// nil: none is better.
    package var calibrator: Calibrator?
    /// Rows of a weight above 0 that those it was fitted on stand for.
    package var rows: Int
    /// nil where the halves do not determine what all rows do.
    package var summaries: HoldoutSummaries?
    /// What was chosen and why; nil where nobody would want to know.
    package var notice: String?
  }

  /// Rows of the rarer class from which on `auto` tries each.
  package static let needed = (intercept: 50, platt: 200, blend: 2000)
  /// What `auto` lets the slope of platt be. Progressive margins are honest, so that the slope is
  /// about 1: a model may be too sure of itself, hardly too timid, unless rows come twice, which
  /// the learner has then seen.
  package static let slopes = 0.5...1.1

  private let window: StreamWindow
  private let samples = Samples()

  /// - Parameters:
  ///   - factors: on the weights that rows were learned with.
  ///   - shift: what is added to margins before they are calibrated.
  package init(
    _ window: StreamWindow, factors: (negative: Double, positive: Double), shift: Double
  ) {
    var window = window
    for index in window.rows.indices {
      window.rows[index].margin += shift
      window.rows[index].weight *=
        window.rows[index].isPositive ? factors.positive : factors.negative
    }
    self.window = window
  }

  /// - Throws: why the rows do not determine a calibrator that was named.
  package func find(_ wish: Wish) throws(CalibrationRefusal) -> Finding {
    let chosen: Chosen
    switch wish {
    case .kind(let kind):
      let calibrator = try fit(.kind(kind), to: .all)
      chosen = Chosen(calibrator: calibrator, margins: crossFitted(.kind(kind)), why: "")
    case .auto(let isSampled): chosen = choose(isSampled: isSampled)
    }
    var summaries: HoldoutSummaries? = HoldoutSummaries(before: summary(window.rows.map(\.margin)))
    if chosen.calibrator != nil {
      summaries = chosen.margins == nil ? nil : summaries
      summaries?.after = chosen.margins.map { summary($0) }
    }
    return Finding(
      calibrator: chosen.calibrator, rows: window.rowCount, summaries: summaries,
      notice: chosen.why.map { notice(chosen.calibrator, $0) })
  }

  private var rowsName: String { window.areFrozen ? "frozen blocks" : "the stream" }

  /// The same for the message that a calibrator cannot be fitted on them.
  package var longRowsName: String {
    window.areFrozen ? "the frozen blocks of the stream" : "the last half of the rows learned"
  }

  private func notice(_ calibrator: Calibrator?, _ why: String) -> String {
    let name = calibrator?.kind.rawValue ?? "none"
    let slope =
      if case .platt(let slope, _) = calibrator { "; slope \(NumberText.fixed(slope, 2))" } else {
        ""
      }
    return "calibrator: \(name) on \(NumberText.grouped(window.rowCount)) rows of \(rowsName), "
      + "\(NumberText.grouped(window.rarer)) of the rarer class\(slope)\(why)"
  }

  // MARK: - Choosing

  /// What may be fitted, the simplest first.
  private enum Choice: Equatable {
    case nothing
    case intercept
    /// With its slope held inside `slopes`.
    case heldPlatt
    case blend
    /// As it was asked for.
    case kind(Calibrator.Kind)

    var name: String {
      switch self {
      case .nothing: "none"
      case .intercept: "intercept"
      case .heldPlatt: "platt"
      case .blend: "blend"
      case .kind(let kind): kind.rawValue
      }
    }
  }

  /// What a choice came to.
  private struct Chosen {
    /// Fitted on all rows; nil: none.
    var calibrator: Calibrator?
    /// Cross-fitted; nil where the halves do not determine them, or nobody needs them.
    var margins: [Double]?
    /// Why it was chosen; nil where nobody would want to know.
    var why: String?
  }

  /// The choice with the least cross-fitted log loss, of equal ones the simplest.
  private func choose(isSampled: Bool) -> Chosen {
    let rarer = window.rarer
    guard rarer >= Self.needed.intercept else {
      let words = "; \(Self.needed.intercept) are needed"
      if isSampled { return Chosen(why: words + ", the prior correction stands") }
      return Chosen(why: window.areFrozen ? words : nil)
    }
    let slope = rarer >= Self.needed.platt ? bestSlope : nil
    var choices: [Choice] = isSampled ? [.intercept] : [.nothing, .intercept]
    if let slope {
      choices.append(.heldPlatt)
      // What bends the line bends the steps too.
      if rarer >= Self.needed.blend, Self.slopes.contains(slope) { choices.append(.blend) }
    }
    let trials = choices.compactMap(tried)
    guard let best = trials.min(by: { $0.loss < $1.loss }), let first = trials.first,
      let last = trials.last
    else { return Chosen(why: "; their halves determine none") }
    let words = { (other: Trial) in
      "; cross-fitted log loss \(NumberText.fixed(best.loss, 6)), of \(other.choice.name) "
        + NumberText.fixed(other.loss, 6)
    }
    let why = best.choice == first.choice ? (trials.count > 1 ? words(last) : "") : words(first)
    guard best.choice != .nothing else { return Chosen(why: why) }
    guard let calibrator = try? fit(best.choice, to: .all) else {
      return Chosen(why: "; they determine none")
    }
    return Chosen(calibrator: calibrator, margins: best.margins, why: Self.words(on: slope) + why)
  }

  /// About a slope that is held.
  private static func words(on slope: Double?) -> String {
    guard let slope, !slopes.contains(slope) else { return "" }
    let cause =
      slope > slopes.upperBound
      ? "far above 1 it means repeated rows" : "the margins are far too sure of themselves"
    return " (held: the best slope is \(NumberText.fixed(slope, 2)); \(cause))"
  }

  private var bestSlope: Double? {
    try? samples.lend(.all, of: window) { (sample) throws(CalibrationRefusal) in
      try sample.fitPlatt(slopes: Self.slopes).slope
    }
  }

  // MARK: - Fitting and measuring

  /// Rows that a calibrator is fitted to.
  fileprivate enum Part: Int {
    case half0, half1, all

    func holds(_ row: StreamWindow.Row) -> Bool { self == .all || row.half == rawValue }
  }

  /// Made once each: to sort the rows takes longer than to fit a line to them.
  private final class Samples {
    private var samples = [CalibrationSample?](repeating: nil, count: 3)

    func lend<Result>(
      _ part: Part, of window: StreamWindow,
      _ body: (inout CalibrationSample) throws(CalibrationRefusal) -> Result
    ) throws(CalibrationRefusal) -> Result {
      var sample = samples[part.rawValue] ?? Self.sample(part, of: window)
      samples[part.rawValue] = nil
      defer { samples[part.rawValue] = sample }
      return try body(&sample)
    }

    private static func sample(_ part: Part, of window: StreamWindow) -> CalibrationSample {
      var sample = CalibrationSample()
      for row in window.rows where part.holds(row) {
        sample.add(margin: row.margin, label: row.isPositive, weight: row.weight)
      }
      return sample
    }
  }

  private func fit(
    _ choice: Choice, to part: Part
  ) throws(CalibrationRefusal) -> Calibrator? {
    if choice == .nothing { return nil }
    if choice == .kind(.isotonic) {
      var smoothed = SmoothedIsotonicSample()
      for row in window.rows where part.holds(row) {
        smoothed.add(
          margin: row.margin, label: row.isPositive, weight: row.weight,
          fold: row.fold(of: SmoothedIsotonicSample.folds))
      }
      return try smoothed.fit().map
    }
    return try samples.lend(part, of: window) { (sample) throws(CalibrationRefusal) in
      switch choice {
      case .nothing: return nil
      case .intercept: return try sample.fit(.intercept)
      case .heldPlatt: return try sample.fitPlatt(slopes: Self.slopes).map
      case .blend: return try sample.fit(.blend)
      case .kind(let kind): return try sample.fit(kind)
      }
    }
  }

  /// The margins of all rows, each half by a calibrator of the other; nil where one determines none.
  private func crossFitted(_ choice: Choice) -> [Double]? {
    guard choice != .nothing else { return window.rows.map(\.margin) }
    var calibrators: [Calibrator] = []
    for other in [Part.half1, .half0] {
      guard let calibrator = try? fit(choice, to: other) else { return nil }
      calibrators.append(calibrator)
    }
    return window.rows.map { calibrators[$0.half].apply($0.margin) }
  }

  /// A choice, cross-fitted.
  private struct Trial {
    var choice: Choice
    var margins: [Double]
    /// Their mean log loss.
    var loss: Double
  }

  /// - Returns: nil where the halves do not determine it.
  private func tried(_ choice: Choice) -> Trial? {
    guard let margins = crossFitted(choice) else { return nil }
    var (loss, weight) = (CompensatedSum(), CompensatedSum())
    for (row, margin) in zip(window.rows, margins) {
      loss.add(row.weight * Elementary.softplus(row.isPositive ? -margin : margin))
      weight.add(row.weight)
    }
    guard weight.value > 0 else { return nil }
    return Trial(choice: choice, margins: margins, loss: loss.value / weight.value)
  }

  private func summary(_ margins: [Double]) -> ModelSummary {
    var metrics = BinaryMetrics()
    for (row, margin) in zip(window.rows, margins) {
      metrics.add(
        margin: margin, probability: Elementary.sigmoid(margin), label: row.isPositive,
        weight: row.weight)
    }
    return .binary(metrics.summary())
  }
}
