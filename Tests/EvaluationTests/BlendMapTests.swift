import Foundation
import Testing

@testable import Evaluation

/// The calibrators for margins of the stream: an intercept, a line whose slope is held, a blend.
@Suite struct BlendMapTests {
  private func sample(_ rows: [ScoredRow]) -> CalibrationSample {
    var sample = CalibrationSample()
    for row in rows { sample.add(margin: row.margin, label: row.label, weight: row.weight) }
    return sample
  }

  private func sigmoid(_ margin: Double) -> Double { 1 / (1 + exp(-margin)) }

  // MARK: - Intercept

  @Test func anInterceptIsTheLogOddsOfRowsWithoutMargin() throws {
    var rows = sample((0..<80).map { ScoredRow(margin: 0, label: $0 < 20) })
    // 20 of 80: odds of 1 to 3, though all margins are the same.
    #expect(abs(try rows.fit(.intercept).apply(0.5) - (0.5 + log(1.0 / 3))) < 1e-15)
  }

  @Test(arguments: [-30.0, -3, 0, 2, 25])
  func anInterceptMakesPredictionsSumToLabels(shift: Double) throws {
    let rows = (0..<4000).map { row -> ScoredRow in
      let margin = Double((row &* 7919) % 997) / 100 - 5
      let label = Double((row &* 7907) % 1009) / 1009 < sigmoid(margin)
      return ScoredRow(margin: margin + shift, label: label, weight: Double(1 + row % 3))
    }
    var sample = sample(rows)
    let map = try sample.fit(.intercept)
    let predicted = rows.reduce(0.0) { $0 + $1.weight * map.probability($1.margin) }
    let labels = rows.reduce(0.0) { $0 + ($1.label ? $1.weight : 0) }
    #expect(abs(predicted / labels - 1) < 1e-12)
    #expect(abs(map.parameters[0] + shift) < 0.2)
  }

  @Test func anInterceptNeedsTenRowsOfEachClassAndNoRise() throws {
    var few = sample((0..<100).map { ScoredRow(margin: Double($0), label: $0 < 9) })
    #expect(throws: CalibrationRefusal.self) { try few.fit(.intercept) }
    var falling = sample((0..<100).map { ScoredRow(margin: Double($0), label: $0 < 30) })
    #expect(try falling.fit(.intercept).kind == .intercept)
    #expect(throws: CalibrationRefusal.notIncreasing) { try falling.fit(.platt) }
  }

  // MARK: - A slope that is held

  /// Labels of margins that are `stretch` times too far out.
  private func stretched(_ stretch: Double) -> [ScoredRow] {
    (0..<20_000).map { row in
      let margin = Double((row &* 7919) % 9973) / 9973 * 6 - 3
      let label = Double((row &* 7907) % 10_007) / 10_007 < sigmoid(margin)
      return ScoredRow(margin: stretch * margin, label: label)
    }
  }

  @Test func aSlopeIsHeldAndTheInterceptFollows() throws {
    let cases: [(stretch: Double, held: Double?)] = [(1, nil), (4, 0.5), (0.25, 1.1)]
    for (stretch, held) in cases {
      let rows = stretched(stretch)
      var sample = sample(rows)
      let (map, slope) = try sample.fitPlatt(slopes: 0.5...1.1)
      #expect(abs(slope * stretch - 1) < 0.1)
      guard let held else {
        #expect(try map == sample.fit(.platt))
        continue
      }
      #expect(map.parameters[0] == held)
      let predicted = rows.reduce(0.0) { $0 + map.probability($1.margin) }
      let labels = Double(rows.count { $0.label })
      #expect(abs(predicted / labels - 1) < 1e-12)
    }
  }

  // MARK: - Blend

  @Test func aBlendIsTheMeanOfBoth() throws {
    var sample = sample(stretched(1.5))
    let kinds: [Calibrator.Kind] = [.platt, .isotonic, .blend]
    let maps = try kinds.map { try sample.fit($0) }
    for margin in stride(from: -6.0, through: 6, by: 0.37) {
      let mean = (maps[0].probability(margin) + maps[1].probability(margin)) / 2
      #expect(abs(maps[2].probability(margin) / mean - 1) < 1e-14)
      #expect(abs(sigmoid(maps[2].apply(margin)) / mean - 1) < 1e-13)
    }
  }

  @Test(arguments: Shape.all)
  func aBlendIncreasesInsideTheUnitInterval(_ shape: Shape) throws {
    var sample = sample(shape.rows(20_000))
    let map = try sample.fit(.blend)
    let margins =
      [-Double.infinity, -1e300, -1e9] + stride(from: -60.0, through: 60, by: 0.01)
      + [1e9, 1e300, .infinity]
    var last = -Double.infinity
    for margin in margins {
      let probability = map.probability(margin)
      #expect(probability > 0 && probability < 1)
      let applied = map.apply(margin)
      #expect(applied.isFinite && applied >= last, "\(shape.name) at \(margin)")
      last = applied
    }
    #expect(map.apply(.nan).isNaN && map.probability(.nan).isNaN)
  }

  /// Beyond the last knots, where the line adds nothing any more, margins keep their order on both
  /// sides alike.
  @Test func tailsKeepTheirOrder() throws {
    let map = try Calibrator(
      kind: .blend, parameters: [1, 0, -2, 5e-7, 2, 1 - 5e-7])
    for sign in [-1.0, 1] {
      for margin in stride(from: 3.0, through: 2000, by: 1) {
        #expect(sign * map.apply(sign * (margin + 1)) > sign * map.apply(sign * margin))
      }
    }
    // p of −m is 1 − p of m, in all digits.
    for margin in [0.5, 2, 5, 17, 100, 1e6] {
      #expect(abs(map.apply(margin) / -map.apply(-margin) - 1) < 1e-9)
    }
    // By hand: at −20 the isotonic map has 5e-7 · (1 − 1e-6 · (1 − 5e-7) · 18/19).
    let low = 5e-7 * (1 - 1e-6 * (1 - 5e-7) * 18 / 19)
    let p = (sigmoid(-20) + low) / 2
    #expect(abs(map.apply(-20) - (log(p) - log1p(-p))) < 1e-13)
  }
}
