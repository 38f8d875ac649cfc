import Evaluation
import Foundation
import Testing

@Suite struct CalibratorTests {
  private func fit(
    _ kind: Calibrator.Kind, _ rows: [ScoredRow], capacity: Int = 1 << 20
  ) throws -> Calibrator {
    var sample = CalibrationSample(capacity: capacity)
    for row in rows { sample.add(margin: row.margin, label: row.label, weight: row.weight) }
    return try sample.fit(kind)
  }

  @Test func plattIsScikitLearnsSigmoidCalibration() throws {
    for reference in try CalibratorReferences.stored().binary {
      let found = try fit(.platt, reference.rows).parameters
      for (value, expected) in zip(found, reference.platt) {
        #expect(isClose(value, expected, tolerance: 1e-9), "\(reference.name)")
      }
    }
  }

  /// Margins of 1000 ± 0.001: solved as they stand, the slope would lose all of its digits.
  @Test func plattKeepsItsDigitsFarFromZero() throws {
    let close = try CalibratorReferences.stored().close
    let rows = close.margins.indices.map {
      ScoredRow(margin: close.margins[$0], label: close.labels[$0] == 1)
    }
    let found = try fit(.platt, rows).parameters
    #expect(isClose(found[0], close.platt[0], tolerance: 1e-7))
    #expect(isClose(found[1], close.platt[1], tolerance: 1e-7))
  }

  @Test func betaIsTheUnpenalisedFitWithNegativeSlopesDropped() throws {
    var dropped = 0
    for reference in try CalibratorReferences.stored().binary {
      let found = try fit(.beta, reference.rows).parameters
      for (value, expected) in zip(found, reference.beta) {
        #expect(isClose(value, expected, tolerance: 1e-8), "\(reference.name)")
      }
      #expect(found[0] >= 0 && found[1] >= 0)
      if reference.beta.prefix(2).contains(0) { dropped += 1 }
    }
    #expect(dropped > 0, "no case has a slope to drop")
  }

  @Test func isotonicIsScikitLearnsRegression() throws {
    for reference in try CalibratorReferences.stored().binary {
      let map = try fit(.isotonic, reference.rows)
      for (probe, expected) in zip(reference.isotonic.probes, reference.isotonic.values) {
        let found = map.probability(probe)
        #expect((found - expected).magnitude <= 1e-6, "\(reference.name) at \(probe)")
        #expect(found > 0 && found < 1)
      }
    }
  }

  @Test func temperatureMinimisesTheLogLoss() throws {
    for reference in try CalibratorReferences.stored().softmax {
      var sample = TemperatureSample(classes: 4)
      for (row, margins) in reference.margins.enumerated() {
        sample.add(
          margins: margins.span, label: reference.labels[row], weight: reference.weights[row])
      }
      let found = try sample.fit()
      // A minimiser without derivatives sees half of a double's digits.
      #expect(isClose(found.parameters[0], reference.temperature, tolerance: 1e-6))
      #expect(found.apply(3) == 3 / found.parameters[0])
    }
  }

  @Test func orderOfRowsShowsOnlyAsRounding() throws {
    let reference = try #require(CalibratorReferences.stored().binary.first)
    for kind in [Calibrator.Kind.platt, .beta, .isotonic] {
      let forward = try fit(kind, reference.rows)
      let backward = try fit(kind, reference.rows.reversed())
      #expect(forward.parameters.count == backward.parameters.count)
      for (a, b) in zip(forward.parameters, backward.parameters) {
        #expect(isClose(a, b, tolerance: 1e-12))
      }
    }
  }

  /// A row of weight 3 is three rows.
  @Test func weightsCountAsRows() throws {
    var draws = Draws(seed: 4)
    let rows = (0..<400).map { index in
      let margin = 2 * draws.normal()
      return ScoredRow(
        margin: margin, label: draws.unit() < ScoredRow(margin: margin, label: true).probability,
        weight: Double(index % 3))
    }
    let copies = rows.flatMap { row in
      Array(repeating: ScoredRow(margin: row.margin, label: row.label), count: Int(row.weight))
    }
    for kind in [Calibrator.Kind.platt, .beta, .isotonic] {
      let weighted = try fit(kind, rows).parameters
      let copied = try fit(kind, copies).parameters
      #expect(zip(weighted, copied).allSatisfy { isClose($0, $1, tolerance: 1e-11) })
    }
  }

  @Test(arguments: [Calibrator.Kind.platt, .isotonic, .beta])
  func labelsThatFallWithTheMarginsAreRefused(_ kind: Calibrator.Kind) throws {
    var draws = Draws(seed: 4)
    let rows = (0..<2000).map { _ in
      let margin = draws.normal()
      let rate = ScoredRow(margin: margin, label: true).probability
      return ScoredRow(margin: margin, label: draws.unit() > rate)
    }
    #expect(throws: CalibrationRefusal.notIncreasing) { try fit(kind, rows) }
    let level = rows.map { ScoredRow(margin: 0.1, label: $0.label) }
    #expect(throws: CalibrationRefusal.constantMargins) { try fit(kind, level) }
    // Far from 0, where the mean is rounded.
    let far = rows.map { ScoredRow(margin: 1e9 / 3, label: $0.label) }
    #expect(throws: CalibrationRefusal.constantMargins) { try fit(kind, far) }
  }

  /// What a calibrator is for: rows never seen, drawn with the odds that the map should find.
  @Test(arguments: [Calibrator.Kind.platt, .isotonic, .beta])
  func mendsProbabilitiesOfOtherRows(_ kind: Calibrator.Kind) throws {
    var draws = Draws(seed: 21)
    let rows = (0..<60_000).map { _ in
      let margin = -2 + 2 * draws.normal()
      let truth = ScoredRow(margin: 0.6 * margin - 0.8, label: true).probability
      return ScoredRow(margin: margin, label: draws.unit() < truth)
    }
    let map = try fit(kind, Array(rows.prefix(30_000)))
    let rest = rows.dropFirst(30_000)
    var calibrated = BinaryMetrics()
    var areSame = true
    for row in rest {
      let margin = map.apply(row.margin)
      areSame =
        areSame
        && isClose(
          map.probability(row.margin), ScoredRow(margin: margin, label: true).probability)
      calibrated.add(
        margin: margin, probability: map.probability(row.margin), label: row.label, weight: 1)
    }
    #expect(areSame)
    let before = summarize(Array(rest))
    let after = calibrated.summary()
    let ece = try #require(after.ece)
    let reference = try #require(after.eceIfPerfect)
    #expect(ece <= reference + 0.003, "\(ece) \(reference)")
    #expect(try #require(before.ece) > 0.05)
    #expect(isClose(after.calibrationRatio, 1, tolerance: 0.03))
    #expect(try #require(after.auc) >= #require(before.auc) - 1e-4)
    #expect(try #require(after.logLoss) < #require(before.logLoss))
  }

  /// More margins than bins: the maps are those of all rows, nearly.
  @Test(arguments: [Calibrator.Kind.platt, .isotonic, .beta])
  func boundedMemoryCostsLittle(_ kind: Calibrator.Kind) throws {
    let rows = Shape.all[0].rows(40_000)
    let exact = try fit(kind, rows)
    let bounded = try fit(kind, rows, capacity: 1 << 11)
    func loss(_ map: Calibrator) -> Double? {
      var metrics = BinaryMetrics()
      for row in rows {
        metrics.add(
          margin: map.apply(row.margin), probability: map.probability(row.margin),
          label: row.label, weight: row.weight)
      }
      return metrics.summary().logLoss
    }
    #expect(isClose(loss(bounded), loss(exact), tolerance: kind == .isotonic ? 1e-3 : 1e-7))
    guard kind != .isotonic else { return }
    let margins = stride(from: -8.0, through: 6, by: 0.1)
    let differences = margins.map { (exact.probability($0) - bounded.probability($0)).magnitude }
    #expect(differences.allSatisfy { $0 < 1e-3 })
  }

  @Test func refusesTooFewRowsOfEitherClass() {
    for kind in [Calibrator.Kind.platt, .isotonic, .beta] {
      let needed = CalibrationSample.needed(for: kind)
      func rows(positives: Int, negatives: Int) -> [ScoredRow] {
        let extra = [ScoredRow(margin: 1, label: true, weight: 0)]
        return extra
          + (0..<positives).map { ScoredRow(margin: Double($0 % 7), label: true) }
          + (0..<negatives).map { ScoredRow(margin: Double($0 % 7) - 2, label: false) }
      }
      for (positives, negatives) in [(needed - 1, 1000), (1000, needed - 1)] {
        let refusal = CalibrationRefusal.tooFew(
          method: kind, positives: positives, negatives: negatives, needed: needed)
        #expect(throws: refusal) {
          try fit(kind, rows(positives: positives, negatives: negatives))
        }
        #expect(refusal.description.contains("\(needed) positive"))
      }
      #expect(throws: Never.self) { try fit(kind, rows(positives: needed, negatives: needed)) }
    }
  }

  @Test func refusesWhatNoIncreasingMapFits() {
    var draws = Draws(seed: 8)
    let backwards = (0..<500).map { _ in
      let margin = draws.normal()
      return ScoredRow(margin: margin, label: draws.unit() > 0.5 + 0.3 * margin)
    }
    #expect(throws: CalibrationRefusal.notIncreasing) { try fit(.platt, backwards) }
    #expect(throws: CalibrationRefusal.notIncreasing) { try fit(.beta, backwards) }
    let constant = (0..<200).map { ScoredRow(margin: -1, label: $0 % 2 == 0) }
    #expect(throws: CalibrationRefusal.constantMargins) { try fit(.platt, constant) }
    #expect(throws: CalibrationRefusal.constantMargins) { try fit(.beta, constant) }
    let apart = (0..<200).map { ScoredRow(margin: Double($0 - 100) + 0.5, label: $0 >= 100) }
    #expect(throws: CalibrationRefusal.separable) { try fit(.beta, apart) }
    // Smoothed targets: certainty stays finite.
    #expect(throws: Never.self) { try fit(.platt, apart) }
    let endless = backwards + [ScoredRow(margin: .infinity, label: true)]
    #expect(throws: CalibrationRefusal.marginNotFinite) { try fit(.isotonic, endless) }
  }

  @Test func refusesATemperatureThatRowsDoNotDetermine() {
    func fit(_ rows: Int, _ margins: [Double], _ label: (Int) -> Int) throws -> Calibrator {
      var sample = TemperatureSample(classes: margins.count)
      for row in 0..<rows { sample.add(margins: margins.span, label: label(row), weight: 1) }
      return try sample.fit()
    }
    #expect(throws: CalibrationRefusal.tooFewRows(method: .temperature, rows: 9, needed: 10)) {
      try fit(9, [0, 1]) { $0 % 2 }
    }
    #expect(throws: CalibrationRefusal.separable) { try fit(50, [0, 1, 3]) { _ in 2 } }
    #expect(throws: CalibrationRefusal.notIncreasing) { try fit(50, [0, 1, 3]) { _ in 0 } }
    #expect(throws: CalibrationRefusal.constantMargins) { try fit(50, [4, 4]) { $0 % 2 } }
    #expect(throws: CalibrationRefusal.marginNotFinite) { try fit(50, [4, .nan]) { $0 % 2 } }
  }
}
