internal import ElementaryMath
internal import SparseBatches

/// Σ s·ℓ and its gradient, row by row.
internal struct GradientSums: ~Copyable {
  private(set) var loss = CompensatedSum()
  private(set) var gradient: [Double]
  /// Nil unless asked for.
  private(set) var moments: RowMoments?
  /// How far the worst row is on the right side: above 0, all rows are.
  private(set) var worstMargin = Double.infinity
  private var features = RowGathering()
  private var margins: [Double] = []

  /// - Parameter moments: added to, when given.
  init(dimension: Int, moments: RowMoments?) {
    gradient = Array(repeating: 0, count: dimension)
    self.moments = moments
  }

  mutating func add(
    _ batch: borrowing SparseBatch, _ loss: ModelLoss, _ coordinates: SlotCoordinateView,
    at point: [Double]
  ) throws(RunFailure) {
    switch loss {
    case .logistic: try add(batch, LogisticLoss.self, coordinates, at: point)
    case .squared: try add(batch, SquaredLoss.self, coordinates, at: point)
    case .probit: try add(batch, ProbitLoss.self, coordinates, at: point)
    case .softmax(let classes): try addSoftmax(batch, classes, coordinates, at: point)
    }
  }

  private mutating func add<Loss: MarginLoss>(
    _ batch: borrowing SparseBatch, _: Loss.Type, _ coordinates: SlotCoordinateView,
    at point: [Double]
  ) throws(RunFailure) {
    let weights = point.span
    let bias = point.count - 1
    for row in 0..<batch.rowCount {
      let weight = Double(batch.weights[row])
      guard weight > 0 else { continue }
      let label = Double(batch.labels[row])
      try features.gather(batch, row: row, coordinates, outputs: 1)
      let margin = weights[bias] + features.dot(weights)
      loss.add(weight * Loss.loss(margin: margin, label: label))
      worstMargin = min(worstMargin, signedMargin(margin, label: label))
      let slope = weight * Loss.derivative(margin: margin, label: label)
      features.add(slope, to: &gradient)
      gradient[bias] += slope
      if moments != nil { features.addMoments(weight, to: &moments, outputs: 1) }
    }
  }

  private mutating func addSoftmax(
    _ batch: borrowing SparseBatch, _ classes: Int, _ coordinates: SlotCoordinateView,
    at point: [Double]
  ) throws(RunFailure) {
    let weights = point.span
    let biases = point.count - classes
    margins = Array(repeating: 0, count: classes)
    for row in 0..<batch.rowCount {
      let weight = Double(batch.weights[row])
      guard weight > 0 else { continue }
      let label = Int(batch.labels[row])
      try features.gather(batch, row: row, coordinates, outputs: classes)
      for output in 0..<classes {
        margins[output] = weights[biases + output] + features.dot(weights, output: output)
      }
      let normalizer = Elementary.logSumExp(margins.span)
      loss.add(weight * (normalizer - margins[label]))
      for output in 0..<classes {
        let probability = Elementary.exp(margins[output] - normalizer)
        let slope = weight * (output == label ? probability - 1 : probability)
        features.add(slope, to: &gradient, output: output)
        gradient[biases + output] += slope
        if output != label { worstMargin = min(worstMargin, margins[label] - margins[output]) }
      }
      if moments != nil { features.addMoments(weight, to: &moments, outputs: classes) }
    }
  }
}
