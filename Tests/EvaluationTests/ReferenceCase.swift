import Evaluation
import Foundation

/// An entry of tools/references/binary_metrics.json.
struct ReferenceCase: Decodable, Sendable {
  struct Figures: Decodable, Sendable {
    var rows: Int
    var positives: Int
    var logLoss: Double
    var normalizedEntropy: Double
    var brier: Double
    var auc: Double
    var averagePrecision: Double
    var ece: Double
    var mce: Double
    var meanPrediction: Double
    var meanLabel: Double
    var calibrationRatio: Double
    var accuracy: Double
    var reliability: [ReliabilityBin]
  }

  var name: String
  var margins: [Double]
  var labels: [Int]
  var weights: [Double]
  var figures: Figures

  var rows: [ScoredRow] {
    margins.indices.map {
      ScoredRow(margin: margins[$0], label: labels[$0] == 1, weight: weights[$0])
    }
  }

  static func stored() throws -> [ReferenceCase] {
    try storedReference("binary_metrics.json")
  }
}

struct ScoredRow: Sendable {
  var margin: Double
  var label: Bool
  var weight = 1.0

  var probability: Double {
    margin >= 0 ? 1 / (1 + exp(-margin)) : exp(margin) / (1 + exp(margin))
  }
}

/// The figures of `rows`, added in their order.
func summarize(_ rows: [ScoredRow], capacity: Int = 1 << 20) -> BinarySummary {
  var metrics = BinaryMetrics(capacity: capacity)
  for row in rows {
    metrics.add(
      margin: row.margin, probability: row.probability, label: row.label, weight: row.weight)
  }
  return metrics.summary()
}

/// Whether `a` is within `tolerance` of `b`, relative to the larger of |b| and 1.
func isClose(_ a: Double?, _ b: Double?, tolerance: Double = 1e-12) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return (a - b).magnitude <= tolerance * max(b.magnitude, 1)
}

/// A small deterministic generator (Knuth's 64-bit linear congruence, high bits).
struct Draws: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    func step() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 32
    }
    let high = step()
    return high << 32 | step()
  }

  /// Uniform in 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Near enough to a standard normal: twelve uniforms less six.
  mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + unit() } }
}
