import Evaluation
import SparseBatches
import Testing

@testable import Scoring

/// What is fitted on margins of the stream, and what is chosen.
@Suite struct StreamFitTests {
  /// Rows whose true log-odds are `slope` · margin + `intercept`, positives about one in `every`.
  private func stream(
    _ count: Int, slope: Double = 1, intercept: Double = 0, base: Double = -2, spread: Double = 3,
    bend: Double = 0
  ) -> StreamCalibration {
    var stream = StreamCalibration(seed: 1)
    let margins = RowLottery(seed: 3, .holdout)
    let labels = RowLottery(seed: 4, .negatives)
    func uniform(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
    for row in 0..<count {
      let margin = base + spread * (uniform(margins.draw(row)) - 0.5) * 2
      var odds = slope * margin + intercept
      if bend > 0 { odds += margin > base ? bend : -bend }
      let label = uniform(labels.draw(row)) < Calibrator.intercept(0).probability(odds)
      stream.add(margin: margin, label: label, weight: 1)
    }
    return stream
  }

  private func find(
    _ stream: StreamCalibration, _ wish: StreamFit.Wish = .auto(isSampled: false),
    factors: (negative: Double, positive: Double) = (1, 1), shift: Double = 0
  ) throws -> StreamFit.Finding {
    try StreamFit(stream.window(), factors: factors, shift: shift).find(wish)
  }

  private func loss(_ summary: ModelSummary?) throws -> Double {
    try #require(summary?.loss)
  }

  @Test func fewRowsDetermineNothing() throws {
    let rows = stream(300)
    #expect(rows.window().rarer < 50)
    let found = try find(rows)
    #expect(found.calibrator == nil && found.notice == nil)
    #expect(found.summaries != nil && found.summaries?.after == nil)
    let sampled = try find(rows, .auto(isSampled: true))
    #expect(sampled.calibrator == nil && sampled.notice?.contains("50 are needed") == true)
    let nothing = try find(StreamCalibration(seed: 1))
    #expect(nothing.calibrator == nil && nothing.rows == 0)
  }

  @Test func withFiftyThereIsAnIntercept() throws {
    let rows = stream(900, intercept: -1, base: 0)
    #expect((50..<200).contains(rows.window().rarer))
    let found = try find(rows)
    #expect(found.calibrator?.kind == .intercept && found.rows == rows.window().rowCount)
    let (before, after) = (found.summaries?.before, found.summaries?.after)
    #expect(try loss(after) < loss(before))
    #expect(
      found.notice?.hasPrefix(
        "calibrator: intercept on \(found.rows) rows of the stream, \(rows.window().rarer) of the "
          + "rarer class; cross-fitted log loss ") == true, "\(found.notice ?? "")")
  }

  @Test func withTwoHundredThereIsALine() throws {
    let rows = stream(6000, slope: 0.7, intercept: 0.5)
    #expect((200..<2000).contains(rows.window().rarer))
    let found = try find(rows)
    #expect(found.calibrator?.kind == .platt)
    #expect(abs((found.calibrator?.parameters[0] ?? 0) - 0.7) < 0.15)
    #expect(found.notice?.contains("; slope 0.") == true)
  }

  @Test func withTwoThousandThereMayBeABlend() throws {
    let bent = stream(30_000, base: 0, bend: 1)
    let found = try find(bent)
    #expect(bent.window().rarer >= 2000)
    // The line alone would be too steep: it is held, and no blend is trusted with it.
    let slope = found.calibrator?.parameters[0] ?? 0
    #expect(found.calibrator?.kind == .platt && slope == 1.1)
    let gentle = stream(60_000, slope: 0.6, base: 0, bend: 0.5)
    let blend = try find(gentle)
    #expect(blend.calibrator?.kind == .blend, "\(blend.notice ?? "")")
  }

  @Test func whatIsRightIsLeftAlone() throws {
    let found = try find(stream(3000, slope: 1, base: -1, spread: 2))
    let summaries = try #require(found.summaries)
    if found.calibrator == nil {
      #expect(found.notice?.contains("calibrator: none") == true)
      #expect(found.notice?.contains("cross-fitted log loss") == true)
    } else {
      #expect(try loss(summaries.after) < loss(summaries.before))
    }
    // Sampled rows have an intercept whatever is said for it.
    #expect(try find(stream(900), .auto(isSampled: true)).calibrator?.kind == .intercept)
  }

  @Test func aSlopeFarFromOneIsHeldAndSaid() throws {
    let repeated = try find(stream(8000, slope: 2, base: 0, spread: 1))
    #expect(repeated.calibrator?.parameters[0] == 1.1)
    #expect(repeated.notice?.contains("repeated rows") == true, "\(repeated.notice ?? "")")
    let sure = try find(stream(8000, slope: 0.2, base: 0, spread: 6))
    #expect(sure.calibrator?.parameters[0] == 0.5)
    #expect(sure.notice?.contains("too sure of themselves") == true)
  }

  @Test func labelsThatFallWithTheMarginLeaveAnIntercept() throws {
    let falling = stream(8000, slope: -1, intercept: -3, base: 0)
    #expect([nil, .intercept].contains(try find(falling).calibrator?.kind))
    #expect(throws: CalibrationRefusal.notIncreasing) { try find(falling, .kind(.platt)) }
    #expect(throws: CalibrationRefusal.self) { try find(stream(60), .kind(.isotonic)) }
  }

  @Test(arguments: [Calibrator.Kind.intercept, .platt, .beta, .isotonic, .blend])
  func whatIsNamedIsFitted(_ kind: Calibrator.Kind) throws {
    let found = try find(stream(6000, slope: 2, intercept: 1, base: -1), .kind(kind))
    #expect(found.calibrator?.kind == kind && found.summaries?.after != nil)
    #expect(found.notice?.hasPrefix("calibrator: \(kind.rawValue) on") == true)
    // As it is best, not as auto would hold it.
    #expect(kind != .platt || (found.calibrator?.parameters[0] ?? 0) > 1.5)
  }

  /// 15 of each class are enough for an intercept on all rows, and not on either half.
  @Test func figuresThatNoHalfGivesAreNotMadeUp() throws {
    var stream = StreamCalibration(seed: 1)
    for row in 0..<30 { stream.add(margin: Double(row % 3), label: row % 2 == 0, weight: 1) }
    let found = try find(stream, .kind(.intercept))
    #expect(found.calibrator?.kind == .intercept && found.summaries == nil)
  }

  /// Each half by the calibrator of the other, written out.
  @Test func figuresAreOfRowsThatFittedNothing() throws {
    let rows = stream(4000, slope: 0.7, intercept: 1)
    let (factors, shift) = ((negative: 3.0, positive: 1.0), -0.5)
    let found = try find(rows, .kind(.platt), factors: factors, shift: shift)
    let window = rows.window()
    func weight(_ row: StreamWindow.Row) -> Double {
      row.weight * (row.isPositive ? factors.positive : factors.negative)
    }
    var plain = BinaryMetrics()
    var crossed = BinaryMetrics()
    for half in 0..<2 {
      var sample = CalibrationSample()
      for row in window.rows where row.half != half {
        sample.add(margin: row.margin + shift, label: row.isPositive, weight: weight(row))
      }
      let calibrator = try sample.fit(.platt)
      for row in window.rows where row.half == half {
        let margin = row.margin + shift
        plain.add(
          margin: margin, probability: Calibrator.intercept(0).probability(margin),
          label: row.isPositive, weight: weight(row))
        let applied = calibrator.apply(margin)
        crossed.add(
          margin: applied, probability: calibrator.probability(margin), label: row.isPositive,
          weight: weight(row))
      }
    }
    for (summary, expected) in [
      (found.summaries?.before, plain.summary()), (found.summaries?.after, crossed.summary()),
    ] {
      guard case .binary(let figures) = summary else {
        Issue.record("no figures")
        continue
      }
      #expect(figures.rows == expected.rows && figures.positives == expected.positives)
      for (one, other) in [
        (figures.logLoss, expected.logLoss), (figures.auc, expected.auc),
        (figures.ece, expected.ece), (figures.calibrationRatio, expected.calibrationRatio),
      ] { #expect(abs(try #require(one) - #require(other)) < 1e-12) }
    }
  }
}
