import Foundation
import Learning

/// The schedules as MATH states them, by Foundation's functions.
struct SlowSchedule: Sendable {
  enum Shape: Sendable { case constant, invscaling, exponential, step, cosine, optimal }
  var shape: Shape
  var initial = 0.3
  var power = 0.5
  var decay = 0.5
  var decayRows = 100
  var warmup = 0
  var l2 = 0.0

  func rate(_ t: Int) -> Double {
    let rows = Double(t)
    let length = Double(decayRows)
    let rate: Double
    switch shape {
    case .constant: rate = initial
    case .invscaling: rate = initial / pow(1 + rows / length, power)
    case .exponential: rate = initial * pow(decay, rows / length)
    case .step: rate = initial * pow(decay, floor(rows / length))
    case .cosine: rate = initial / 2 * (1 + cos(.pi * min(rows, length) / length))
    case .optimal: rate = 1 / (l2 * (1 / (l2 * pow(l2, -0.25)) + rows))
    }
    return warmup == 0 ? rate : rate * min(1, Double(t + 1) / Double(warmup))
  }
}

/// sgd and adagrad in Double, every coordinate updated and penalised in every step: the oracle of
/// the lazy versions.
struct DenseGradient {
  var schedule: SlowSchedule
  var isAdaGrad: Bool
  var epsilon: Double
  var l1, l2: Double
  var weights: [Double]
  var n: [Double]
  var bias = 0.0
  var biasN = 0.0
  var rows = 0
  var margins: [Double] = []

  init(
    slots: Int, schedule: SlowSchedule, isAdaGrad: Bool, epsilon: Double, l1: Double, l2: Double
  ) {
    self.schedule = schedule
    self.isAdaGrad = isAdaGrad
    self.epsilon = epsilon
    (self.l1, self.l2) = (l1, l2)
    weights = Array(repeating: 0, count: slots)
    n = weights
  }

  mutating func learn(_ all: [ReferenceRow], batchSize: Int) {
    for start in stride(from: 0, to: all.count, by: batchSize) {
      step(Array(all[start..<min(start + batchSize, all.count)]))
    }
  }

  private mutating func step(_ batch: [ReferenceRow]) {
    let rate = schedule.rate(rows)
    var gradients = Array(repeating: 0.0, count: weights.count)
    var biasGradient = 0.0
    for row in batch {
      var margin = bias
      for feature in row.features {
        margin += weights[Int(feature.slot)] * Double(feature.value)
      }
      margins.append(margin)
      let factor = isAdaGrad ? gradient(row, margin) : invariantStep(row, margin, rate)
      for feature in row.features {
        gradients[Int(feature.slot)] += factor * Double(feature.value)
      }
      biasGradient += factor
    }
    let count = Double(batch.count)
    if isAdaGrad {
      biasN += biasGradient * biasGradient
      bias -= rate * biasGradient / (epsilon + biasN).squareRoot()
    } else {
      bias -= biasGradient / count
    }
    for slot in weights.indices {
      n[slot] += gradients[slot] * gradients[slot]
      let scale = isAdaGrad ? 1 / (epsilon + n[slot]).squareRoot() : 1
      weights[slot] -= isAdaGrad ? rate * scale * gradients[slot] : gradients[slot] / count
      penalise(&weights[slot], isAdaGrad ? rate * scale * count : rate)
    }
    rows += batch.count
  }

  private func penalise(_ weight: inout Double, _ time: Double) {
    let shrunk =
      l2 > 0
      ? abs(weight) * exp(-l2 * time) - l1 * (1 - exp(-l2 * time)) / l2 : abs(weight) - l1 * time
    weight = (weight < 0 ? -1 : 1) * max(0, shrunk)
  }

  private func gradient(_ row: ReferenceRow, _ margin: Double) -> Double {
    Double(row.weight) * (1 / (1 + exp(-margin)) - Double(row.label))
  }

  /// The solution d of d + e^m(e^d − 1) = v by bisection, m on the label's side.
  private func invariantStep(_ row: ReferenceRow, _ margin: Double, _ rate: Double) -> Double {
    let norm = row.features.reduce(1.0) { $0 + Double($1.value) * Double($1.value) }
    let sign: Double = row.label == 1 ? 1 : -1
    let time = Double(row.weight) * rate * norm
    var (low, high) = (0.0, time)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle + exp(sign * margin) * expm1(middle) > time { high = middle } else { low = middle }
    }
    return -sign * (low + high) / 2 / norm
  }
}
