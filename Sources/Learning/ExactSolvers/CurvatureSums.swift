internal import ElementaryMath
internal import SparseBatches

/// H v = Σ s·x·(ℓ''(x·w) (x·v)), row by row: the Hessian itself is never formed.
internal struct CurvatureSums: ~Copyable {
  private(set) var product: [Double]
  private var features = RowGathering()
  private var probabilities: [Double] = []
  private var changes: [Double] = []

  init(dimension: Int) { product = Array(repeating: 0, count: dimension) }

  mutating func add(
    _ batch: borrowing SparseBatch, _ loss: ModelLoss, _ coordinates: SlotCoordinateView,
    at point: [Double], along direction: [Double]
  ) throws(RunFailure) {
    switch loss {
    case .logistic: try add(batch, LogisticLoss.self, coordinates, point, direction)
    case .squared: try add(batch, SquaredLoss.self, coordinates, point, direction)
    case .probit: try add(batch, ProbitLoss.self, coordinates, point, direction)
    case .softmax(let classes): try addSoftmax(batch, classes, coordinates, point, direction)
    }
  }

  private mutating func add<Loss: MarginLoss>(
    _ batch: borrowing SparseBatch, _: Loss.Type, _ coordinates: SlotCoordinateView,
    _ point: [Double], _ direction: [Double]
  ) throws(RunFailure) {
    let (weights, direction) = (point.span, direction.span)
    let bias = weights.count - 1
    for row in 0..<batch.rowCount {
      let weight = Double(batch.weights[row])
      guard weight > 0 else { continue }
      try features.gather(batch, row: row, coordinates, outputs: 1)
      let margin = weights[bias] + features.dot(weights)
      let change = direction[bias] + features.dot(direction)
      let curvature = Loss.secondDerivative(margin: margin, label: Double(batch.labels[row]))
      let factor = weight * curvature * change
      features.add(factor, to: &product)
      product[bias] += factor
    }
  }

  /// With u the changes of the margins, the row adds s·x·(diag(p) − pp')u.
  private mutating func addSoftmax(
    _ batch: borrowing SparseBatch, _ classes: Int, _ coordinates: SlotCoordinateView,
    _ point: [Double], _ direction: [Double]
  ) throws(RunFailure) {
    let (weights, direction) = (point.span, direction.span)
    let biases = weights.count - classes
    probabilities = Array(repeating: 0, count: classes)
    changes = probabilities
    for row in 0..<batch.rowCount {
      let weight = Double(batch.weights[row])
      guard weight > 0 else { continue }
      try features.gather(batch, row: row, coordinates, outputs: classes)
      for output in 0..<classes {
        probabilities[output] = weights[biases + output] + features.dot(weights, output: output)
        changes[output] = direction[biases + output] + features.dot(direction, output: output)
      }
      let normalizer = Elementary.logSumExp(probabilities.span)
      var mean = 0.0
      for output in 0..<classes {
        probabilities[output] = Elementary.exp(probabilities[output] - normalizer)
        mean += probabilities[output] * changes[output]
      }
      for output in 0..<classes {
        let factor = weight * probabilities[output] * (changes[output] - mean)
        features.add(factor, to: &product, output: output)
        product[biases + output] += factor
      }
    }
  }
}
