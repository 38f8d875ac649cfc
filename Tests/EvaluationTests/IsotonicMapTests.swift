import Evaluation
import Testing

@Suite struct IsotonicMapTests {
  private func map(_ rows: [ScoredRow], capacity: Int = 1 << 20) throws -> Calibrator {
    var sample = CalibrationSample(capacity: capacity)
    for row in rows { sample.add(margin: row.margin, label: row.label, weight: row.weight) }
    return try sample.fit(.isotonic)
  }

  @Test(arguments: Shape.all)
  func increasesAndKeepsTheRanking(_ shape: Shape) throws {
    let rows = shape.rows(30_000)
    let map = try map(Array(rows.prefix(20_000)))
    let rest = Array(rows.dropFirst(20_000))
    var calibrated = BinaryMetrics()
    var last = -Double.infinity
    var isMonotone = true
    for margin in rest.map(\.margin).sorted() + [1e9, 1e300, .infinity] {
      let probability = map.probability(margin)
      isMonotone = isMonotone && probability >= last && probability > 0 && probability < 1
      last = probability
    }
    #expect(isMonotone)
    let margins = rest.map(\.margin).sorted().map(map.apply)
    #expect(zip(margins, margins.dropFirst()).allSatisfy { $0 <= $1 })
    for row in rest {
      calibrated.add(
        margin: map.apply(row.margin), probability: map.probability(row.margin),
        label: row.label, weight: row.weight)
    }
    var raw = BinaryMetrics()
    for row in rest {
      raw.add(
        margin: row.margin, probability: row.probability, label: row.label, weight: row.weight)
    }
    let before = try #require(raw.summary().auc)
    let after = try #require(calibrated.summary().auc)
    #expect(after >= before - 1e-4, "\(shape.name): \(before) -> \(after)")
  }

  @Test func levelsOfCertaintyAreMovedInside() throws {
    let rows = (0..<400).map { ScoredRow(margin: Double($0), label: $0 >= 200) }
    let map = try map(rows)
    for margin in [-1e9, 0, 100, 199, 200, 399, 1e9] {
      let probability = map.probability(margin)
      #expect(probability > 0 && probability < 1)
      #expect(min(probability, 1 - probability) < 1e-6)
      #expect(map.apply(margin).isFinite)
    }
    #expect(map.probability(199.5) > 0.49 && map.probability(199.5) < 0.51)
  }

  @Test func oneMarginIsRefused() {
    #expect(throws: CalibrationRefusal.self) {
      try map((0..<400).map { ScoredRow(margin: 2, label: $0 % 4 == 0) })
    }
  }
}
