import Foundation
import Testing

/// `evaluate` against figures computed here, the plain way, from the lines of `predict`.
@Suite struct EvaluateTests {
  static let keys: Set<String> = [
    "schema", "command", "rows", "rows_bad", "positives", "log_loss", "normalized_entropy", "brier",
    "auc", "average_precision", "ece", "mce", "mean_prediction", "mean_label",
    "calibration_ratio", "accuracy", "reliability", "ece_if_perfect", "confidence_intervals",
    "thresholds", "best_f1", "best_cost", "by", "segments", "ranking",
  ]

  private struct Row {
    var probability: Double
    var label: Double
    var weight: Double
  }

  /// A table whose predictions have many ties, with weights.
  private func prepared() throws -> (Workspace, figures: [String: Any], rows: [Row]) {
    let workspace = try Workspace()
    let lines = (0..<240).map { row -> (label: Int, line: String, weight: Double) in
      let label = (row * 31) % 7 < 3 + row % 2 ? 1 : 0
      let weight = Double(row % 4) / 2
      return (label, "\(label),v\(row % 11),\(row % 5),\(weight)\n", weight)
    }
    try workspace.write("t.csv", "label,a,x,w\n" + lines.map(\.line).joined())
    try workspace.trained("t.csv", "--weight", "w")
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "--json", "t.csv")
    try #require(outcome.status == 0, "\(outcome.errors)")
    let predictions = try workspace.predicted("t.csv").compactMap(Double.init)
    try #require(predictions.count == lines.count)
    let rows = zip(predictions, lines).map {
      Row(probability: $0, label: Double($1.label), weight: $1.weight)
    }
    return (workspace, try outcome.json(), rows)
  }

  @Test func keysAreTheDocumentedOnes() throws {
    let (_, figures, _) = try prepared()
    #expect(Set(figures.keys).isSuperset(of: Self.keys))
    #expect(figures["schema"] as? Int == 1)
    #expect(figures["command"] as? String == "evaluate")
    let bins = try #require(figures["reliability"] as? [[String: Any]])
    for bin in bins {
      #expect(Set(bin.keys) == ["low", "high", "rows", "mean_prediction", "mean_label"])
    }
    #expect(!bins.isEmpty && bins.count <= 15)
  }

  @Test func figuresAreThoseOfAPlainComputation() throws {
    let (_, figures, rows) = try prepared()
    func mean(_ value: (Row) -> Double) -> Double {
      rows.reduce(0) { $0 + $1.weight * value($1) } / rows.reduce(0) { $0 + $1.weight }
    }
    let base = mean(\.label)
    let loss = mean { $0.label > 0 ? -log($0.probability) : -log(1 - $0.probability) }
    let entropy = -base * log(base) - (1 - base) * log(1 - base)
    let expected: [String: Double] = [
      "log_loss": loss, "normalized_entropy": loss / entropy,
      "brier": mean { ($0.probability - $0.label) * ($0.probability - $0.label) },
      "accuracy": mean { ($0.probability >= 0.5) == ($0.label > 0) ? 1 : 0 },
      "mean_prediction": mean(\.probability), "mean_label": base,
      "calibration_ratio": mean(\.probability) / base,
      "auc": Self.areaUnderCurve(rows), "average_precision": Self.averagePrecision(rows),
    ]
    for (key, value) in expected {
      let found = try #require(figures[key] as? Double, "\(key)")
      // Predictions are read back with nine digits.
      #expect(abs(found - value) < 1e-7, "\(key)")
    }
    #expect(figures["rows"] as? Int == rows.count)
    #expect(figures["rows_bad"] as? Int == 0)
    #expect(figures["positives"] as? Int == rows.count { $0.label > 0 })
  }

  /// Every pair of a positive and a negative; a tie counts half.
  private static func areaUnderCurve(_ rows: [Row]) -> Double {
    var won = 0.0
    var pairs = 0.0
    for positive in rows where positive.label > 0 {
      for negative in rows where negative.label == 0 {
        let weight = positive.weight * negative.weight
        pairs += weight
        won += positive.probability > negative.probability ? weight : 0
        won += positive.probability == negative.probability ? weight / 2 : 0
      }
    }
    return won / pairs
  }

  /// Precision at each distinct threshold, weighted by the recall that it adds.
  private static func averagePrecision(_ rows: [Row]) -> Double {
    let total = rows.reduce(0) { $0 + $1.weight * $1.label }
    var (sum, hit, taken) = (0.0, 0.0, 0.0)
    for threshold in Set(rows.map(\.probability)).sorted(by: >) {
      let group = rows.filter { $0.probability == threshold }
      let added = group.reduce(0) { $0 + $1.weight * $1.label }
      taken += group.reduce(0) { $0 + $1.weight }
      hit += added
      if taken > 0 { sum += added / total * hit / taken }
    }
    return sum
  }

  @Test func theTableForPeopleHoldsTheSameFigures() throws {
    let (workspace, figures, _) = try prepared()
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "t.csv")
    #expect(outcome.status == 0)
    let loss = try #require(figures["log_loss"] as? Double)
    let line = try #require(outcome.lines.first { $0.hasPrefix("log loss") })
    // "log loss", the figure, its interval.
    let shown = try #require(line.split(separator: " ").dropFirst(2).first.flatMap { Double($0) })
    #expect(abs(shown - loss) <= 0.5e-6 + 1e-12)
  }

  @Test func badRowsAreCountedAndLeftOut() throws {
    let (workspace, figures, _) = try prepared()
    let text = String(decoding: try workspace.read("t.csv"), as: UTF8.self)
    try workspace.write("bad.csv", text + "7,v1,1,1\n1,v1\n")
    #expect(try workspace.run("evaluate", "-m", "m.lrs", "bad.csv").status == 65)
    let outcome = try workspace.run(
      "evaluate", "-m", "m.lrs", "--json", "bad.csv", "--max-bad-rows", "2")
    let other = try outcome.json()
    #expect(other["rows_bad"] as? Int == 2)
    for key in ["log_loss", "auc", "accuracy", "positives"] {
      #expect(other[key] as? NSNumber == figures[key] as? NSNumber, "\(key)")
    }
  }

  @Test func threadsAndChunksChangeNothing() throws {
    let (workspace, _, _) = try prepared()
    let expected = try workspace.run("evaluate", "-m", "m.lrs", "--json", "t.csv").output
    for options in [["--threads", "1"], ["--threads", "4", "--chunk-bytes", "60"]] {
      #expect(
        try workspace.run(["evaluate", "-m", "m.lrs", "--json", "t.csv"] + options).output
          == expected)
    }
  }

  @Test func noRowsAreNoFigures() throws {
    let (workspace, _, _) = try prepared()
    try workspace.write("head.csv", "label,a,x,w\n")
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "--json", "head.csv")
    #expect(outcome.status == 65)
    #expect(outcome.output.isEmpty)
  }

  /// The fixture's figures, so that a change of what is learned does not pass unseen.
  @Test func flightsAreLearned() throws {
    let workspace = try Workspace()
    let trained = try workspace.run(
      "train", "--bits", "12", "--label", "late", "-o", "m.lrs", "-q", Samples.flights)
    try #require(trained.status == 0, "\(trained.errors)")
    let figures = try workspace.run(
      "evaluate", "-m", "m.lrs", "--json", Samples.flightsTest
    ).json()
    let auc = try #require(figures["auc"] as? Double)
    let entropy = try #require(figures["normalized_entropy"] as? Double)
    #expect(auc > 0.6)
    #expect(entropy < 1.01)
  }
}
