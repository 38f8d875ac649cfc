private import Glibc

// Read this first: all that the default optimizer does, dense, slow and complete. The tests hold
// the fast version (OnlineLearner with FTRL.swift) against it.
//
// FTRL-proximal (McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", Algorithm 1)
// minimises, in one pass over rows of features x, label y and weight s,
//
//     Σ s·ℓ(m, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂²,     m = b + w·x, the margin; b is not penalised
//
// Of each coordinate it keeps n = Σ g² and z = Σ (g − σ·w), the gradients less what holds the weight
// near the weights it had. The weight follows from both:
//
//     w = 0                                          where |z| <= λ1
//     w = −(z − sgn(z)·λ1) / ((β + √n)/α + λ2)       otherwise
//
// A mini-batch of B rows takes all margins at the weights before it, adds up g = Σ s·(dℓ/dm)·x for
// each coordinate, then makes one update:
//
//     σ = (√(n + g²) − √n) / α;     z ← z + g − σ·w;     n ← n + g²
//
// What is served is the average of the weights after each update, update t weighing t³; a weight that is
// 0 now, as λ1 makes it, is 0 in the average too.
//
// b is a coordinate like the others, whose x is always 1 and whose λ1 and λ2 are 0.
//
//     loss        ℓ(m, y)                     dℓ/dm                       y
//     logistic    log(1 + e^m) − y·m          1/(1 + e^−m) − y            0…1
//     squared     (m − y)²/2                  m − y                       any
//     probit      −log Φ(t), t = (2y − 1)m    −(2y − 1)·φ(t)/Φ(t)         0 or 1
//
// The fast version differs in its means: it keeps √n, in Float, rounded at random so that nothing
// stalls; it touches only the slots of a row, four at a time; its exp and log are the project's own.
// If you change a formula, change it in both.

/// FTRL-proximal as published, in Double, every coordinate in every step: the oracle of
/// `FTRLProximal`.
///
///     var learner = ReferenceLearner(slots: 64, try FTRLParameters(l1: 0.5), loss: .probit)
///     learner.learn(rows)
///     learner.weights, learner.bias, learner.meanLoss
package struct ReferenceLearner: Sendable {
  /// The losses of one margin.
  package enum Loss: CaseIterable, Sendable {
    case logistic, squared, probit
  }

  /// Features whose slots are distinct, a label and a weight.
  package struct Row: Sendable {
    package var features: [(slot: UInt32, value: Float)]
    package var label: Float
    package var weight: Float

    package init(_ features: [(slot: UInt32, value: Float)], label: Float, weight: Float = 1) {
      self.features = features
      self.label = label
      self.weight = weight
    }
  }

  package let parameters: FTRLParameters
  package let loss: Loss
  /// Rows per update: B.
  package let batchSize: Int

  package private(set) var z: [Double]
  package private(set) var n: [Double]
  package private(set) var biasZ = 0.0
  package private(set) var biasN = 0.0
  /// Of each row, before it was learned.
  package private(set) var margins: [Double] = []
  /// The same from the averages.
  package private(set) var averagedMargins: [Double] = []
  /// Σ s·ℓ of the rows, each before it was learned.
  package private(set) var weightedLoss = 0.0
  /// Σ s.
  package private(set) var weight = 0.0
  /// Σ t³·w and Σ t³·b over the updates, and Σ t³.
  private var sums: [Double]
  private var biasSum = 0.0
  private var cubes = 0.0
  private var updates = 0.0

  /// - Parameter slots: slots lie below it.
  package init(
    slots: Int, _ parameters: FTRLParameters, loss: Loss = .logistic, batchSize: Int = 1
  ) {
    self.parameters = parameters
    self.loss = loss
    self.batchSize = batchSize
    z = Array(repeating: 0, count: slots)
    n = z
    sums = z
  }

  /// w.
  package var weights: [Double] {
    zip(z, n).map { weight(z: $0, n: $1, l1: parameters.l1, l2: parameters.l2) }
  }

  /// b.
  package var bias: Double { weight(z: biasZ, n: biasN, l1: 0, l2: 0) }

  /// The average of w over the updates.
  package var averages: [Double] {
    zip(weights, sums).map { $0 == 0 || cubes == 0 ? $0 : $1 / cubes }
  }

  /// The average of b.
  package var averagedBias: Double { cubes == 0 ? bias : biasSum / cubes }

  /// Progressive loss: Σ s·ℓ / Σ s.
  package var meanLoss: Double { weightedLoss / weight }

  /// Learns the rows in mini-batches, of which the last may be shorter.
  package mutating func learn(_ rows: [Row]) {
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      update(rows[start..<min(start + batchSize, rows.count)])
    }
  }

  private mutating func update(_ batch: ArraySlice<Row>) {
    let (weights, bias) = (weights, bias)
    let (averages, averagedBias) = (averages, averagedBias)
    var gradients = Array(repeating: 0.0, count: z.count)
    var biasGradient = 0.0
    for row in batch {
      var (margin, averaged) = (bias, averagedBias)
      for (slot, value) in row.features {
        margin += weights[Int(slot)] * Double(value)
        averaged += averages[Int(slot)] * Double(value)
      }
      averagedMargins.append(averaged)
      let (label, rowWeight) = (Double(row.label), Double(row.weight))
      margins.append(margin)
      weightedLoss += rowWeight * value(margin, label)
      weight += rowWeight
      let factor = rowWeight * derivative(margin, label)
      for (slot, value) in row.features { gradients[Int(slot)] += factor * Double(value) }
      biasGradient += factor
    }
    for slot in z.indices { step(&z[slot], &n[slot], weights[slot], gradients[slot]) }
    step(&biasZ, &biasN, bias, biasGradient)
    updates += 1
    let cube = updates * updates * updates
    cubes += cube
    for (slot, weight) in self.weights.enumerated() { sums[slot] += cube * weight }
    biasSum += cube * self.bias
  }

  private func weight(z: Double, n: Double, l1: Double, l2: Double) -> Double {
    if abs(z) <= l1 { return 0 }
    return -(z - (z < 0 ? -l1 : l1)) / ((parameters.beta + n.squareRoot()) / parameters.alpha + l2)
  }

  private func step(_ z: inout Double, _ n: inout Double, _ weight: Double, _ gradient: Double) {
    let sigma = ((n + gradient * gradient).squareRoot() - n.squareRoot()) / parameters.alpha
    z += gradient - sigma * weight
    n += gradient * gradient
  }

  /// ℓ(m, y).
  private func value(_ margin: Double, _ label: Double) -> Double {
    switch loss {
    case .logistic: max(margin, 0) - label * margin + log1p(exp(-abs(margin)))
    case .squared: (margin - label) * (margin - label) / 2
    case .probit: -log(Self.normal((2 * label - 1) * margin))
    }
  }

  /// dℓ/dm.
  private func derivative(_ margin: Double, _ label: Double) -> Double {
    switch loss {
    case .logistic: return 1 / (1 + exp(-margin)) - label
    case .squared: return margin - label
    case .probit:
      let sign = 2 * label - 1
      let density = exp(-margin * margin / 2) / (2 * Double.pi).squareRoot()
      return -sign * density / Self.normal(sign * margin)
    }
  }

  /// Φ, the standard normal distribution.
  private static func normal(_ t: Double) -> Double { erfc(-t / 2.squareRoot()) / 2 }
}
