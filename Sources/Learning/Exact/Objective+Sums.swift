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

/// How a direction v moves the rows towards the right side or away from it.
internal struct SideChanges: ~Copyable {
  private(set) var smallest = Double.infinity
  private(set) var largest = -Double.infinity
  private var features = RowGathering()
  private var changes: [Double] = []

  /// Adds the rows of `batch`, whose labels name classes.
  mutating func add(
    _ batch: borrowing SparseBatch, _ loss: ModelLoss, _ coordinates: SlotCoordinateView,
    along direction: [Double]
  ) throws(RunFailure) {
    let outputs = loss.outputs
    let direction = direction.span
    changes = Array(repeating: 0, count: outputs)
    for row in 0..<batch.rowCount where batch.weights[row] > 0 {
      try features.gather(batch, row: row, coordinates, outputs: outputs)
      for output in 0..<outputs {
        changes[output] =
          direction[direction.count - outputs + output] + features.dot(direction, output: output)
      }
      if case .softmax = loss {
        let label = Int(batch.labels[row])
        for output in 0..<outputs where output != label { note(changes[label] - changes[output]) }
      } else {
        note(signedMargin(changes[0], label: Double(batch.labels[row])))
      }
    }
  }

  private mutating func note(_ change: Double) {
    smallest = min(smallest, change)
    largest = max(largest, change)
  }
}

/// One row's features by coordinate, found once and used for its margin and its update.
internal struct RowGathering: ~Copyable {
  /// For each feature, where the numbers of its coordinate begin in a point.
  private(set) var offsets = GrowableBuffer<Int>()
  private(set) var values = GrowableBuffer<Double>()

  /// - Throws: at a slot that the first pass did not see.
  @inline(__always)
  mutating func gather(
    _ batch: borrowing SparseBatch, row: Int, _ coordinates: SlotCoordinateView, outputs: Int
  ) throws(RunFailure) {
    offsets.removeAll()
    values.removeAll()
    for index in batch.features(ofRow: row) {
      guard let coordinate = coordinates[batch.slots[index]] else { throw Self.changedRows }
      offsets.append(coordinate &* outputs)
      values.append(Double(batch.values[index]))
    }
  }

  /// Σ w·x in feature order, of one output.
  @inline(__always)
  func dot(_ weights: Span<Double>, output: Int = 0) -> Double {
    var sum = 0.0
    for index in 0..<offsets.count { sum += weights[offsets[index] &+ output] * values[index] }
    return sum
  }

  /// sums ← sums + factor·x, of one output.
  @inline(__always)
  func add(_ factor: Double, to sums: inout [Double], output: Int = 0) {
    var sums = sums.mutableSpan
    for index in 0..<offsets.count { sums[offsets[index] &+ output] += factor * values[index] }
  }

  /// Adds the row's s·x and s·x².
  func addMoments(_ weight: Double, to moments: inout RowMoments?, outputs: Int) {
    for index in 0..<offsets.count {
      let (slot, value) = (offsets[index] / outputs, values[index])
      moments?.sums[slot] += weight * value
      moments?.squares[slot] += weight * value * value
    }
  }

  static var changedRows: RunFailure {
    RunFailure(
      .inputOutput, "the rows changed between two passes of an exact solver",
      cure: "train on files that nobody is writing to")
  }
}

/// How far a row is on the right side: its margin towards its own class. Negative infinity for a
/// soft label, which no margin satisfies.
internal func signedMargin(_ margin: Double, label: Double) -> Double {
  label == 1 ? margin : label == 0 ? -margin : -.infinity
}
