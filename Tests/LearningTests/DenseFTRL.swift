import Foundation

/// FTRL-proximal as published: dense, in Double, with z and n, one coordinate at a time.
/// The oracle of the fast version.
struct DenseFTRL {
  let alpha, beta, l1, l2: Double
  var z: [Double]
  var n: [Double]
  var biasZ = 0.0
  var biasN = 0.0
  var margins: [Double] = []

  init(slots: Int, alpha: Double, beta: Double, l1: Double, l2: Double) {
    (self.alpha, self.beta, self.l1, self.l2) = (alpha, beta, l1, l2)
    z = Array(repeating: 0, count: slots)
    n = z
  }

  var weights: [Double] {
    zip(z, n).map { z, n in
      if abs(z) <= l1 { return 0 }
      let sign: Double = z < 0 ? -1 : 1
      return -(z - sign * l1) / ((beta + n.squareRoot()) / alpha + l2)
    }
  }

  var bias: Double { biasZ == 0 ? 0 : -biasZ / ((beta + biasN.squareRoot()) / alpha) }

  mutating func learn(_ rows: [ReferenceRow], batchSize: Int) {
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      learn(Array(rows[start..<min(start + batchSize, rows.count)]))
    }
  }

  private mutating func learn(_ rows: [ReferenceRow]) {
    let (weights, bias) = (weights, bias)
    var gradients = Array(repeating: 0.0, count: z.count)
    var biasGradient = 0.0
    for row in rows {
      var margin = bias
      for feature in row.features {
        margin += weights[Int(feature.slot)] * Double(feature.value)
      }
      margins.append(margin)
      let derivative = Double(row.weight) * (1 / (1 + exp(-margin)) - Double(row.label))
      for feature in row.features {
        gradients[Int(feature.slot)] += derivative * Double(feature.value)
      }
      biasGradient += derivative
    }
    for slot in z.indices {
      step(&z[slot], &n[slot], weight: weights[slot], gradient: gradients[slot])
    }
    step(&biasZ, &biasN, weight: bias, gradient: biasGradient)
  }

  private func step(_ z: inout Double, _ n: inout Double, weight: Double, gradient: Double) {
    let sigma = ((n + gradient * gradient).squareRoot() - n.squareRoot()) / alpha
    z += gradient - sigma * weight
    n += gradient * gradient
  }
}
