package import ElementaryMath
package import SparseBatches

/// What the exact solvers minimise, over weights w and unpenalised bias b:
///
///     F(w, b) = Σ s·ℓ(b + w·x, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂²
///
/// (liblinear's C, and scikit-learn's, is 1/λ2). A point is a vector of the weights of the slots
/// that occur, in rising order of slot, then the bias; for softmax with K classes each of these is
/// K numbers, one a class.
///
/// Each evaluation is one pass over the rows, with sums in row order in Double: the same bits
/// wherever the stream is cut into batches. Memory is 2^bits / 4 bytes and the vectors, whatever
/// the number of rows.
package struct Objective: ~Copyable, Sendable {
  package let loss: ModelLoss
  /// λ1.
  package let l1: Double
  /// λ2.
  package let l2: Double
  package let survey: RowSurvey
  /// Passes over the rows made so far.
  package private(set) var passes = 0
  internal let coordinates: SlotCoordinates

  /// Makes the first pass, which finds the slots that occur and checks the labels.
  ///
  /// - Parameter bits: slots lie below 2^bits.
  /// - Throws: `RunFailure`: usage for a penalty that is no number >= 0; bad data for a label that
  ///   does not fit the loss, or when no row has weight; what `rows` throws.
  package init(
    loss: ModelLoss, l1: Double, l2: Double, bits: Int, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) {
    try Self.check(l1, "--l1")
    try Self.check(l2, "--l2")
    var coordinates = try SlotCoordinates(bits: bits)
    var survey = RowSurvey(loss)
    try rows.pass { (batch) throws(RunFailure) in
      coordinates.add(slotsOf: batch)
      try survey.add(batch, loss)
    }
    guard survey.weight > 0 else {
      throw RunFailure(
        .badData, "none of the \(survey.rows) rows has a weight above 0: there is nothing to learn",
        cure: "check the input and the weight column")
    }
    coordinates.number()
    self.loss = loss
    self.l1 = l1
    self.l2 = l2
    self.survey = survey
    self.coordinates = coordinates
    passes = 1
  }

  private static func check(_ penalty: Double, _ option: String) throws(RunFailure) {
    guard penalty >= 0 && penalty.isFinite else {
      throw RunFailure(.usage, "\(option) is \(penalty)", cure: "give a finite number >= 0")
    }
  }

  /// Counts passes from where an earlier run had come to.
  internal mutating func goOn(after passes: Int) { self.passes = passes }

  /// Numbers in a point.
  package var dimension: Int { penalizedCount + loss.outputs }

  /// The weights, which come first in a point; the biases follow.
  internal var penalizedCount: Int { coordinates.count * loss.outputs }

  /// Whether nothing keeps weights from growing for ever, should that lower the loss for ever.
  internal var isUnpenalized: Bool { l1 == 0 && l2 == 0 }

  internal static func samePass(_ rows: Int, as survey: RowSurvey) throws(RunFailure) {
    guard rows == survey.rows else { throw RowGathering.changedRows }
  }
}

/// The smooth part of an objective at one point: without λ1‖w‖₁.
package struct Evaluation: Sendable {
  /// Σ s·ℓ + (λ2/2)‖w‖₂². Not finite where margins are too large for numbers.
  package var value: Double
  /// Its gradient.
  package var gradient: [Double]
  /// Nil unless asked for.
  internal var moments: RowMoments?
  /// How far the worst row is on the right side: above 0, the point separates the classes.
  internal var worstMargin: Double
}

extension Objective {
  /// Σ s·ℓ + (λ2/2)‖w‖₂² and its gradient: one pass.
  package mutating func evaluate(
    at point: [Double], rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Evaluation {
    try evaluate(at: point, moments: nil, rows: &rows)
  }

  internal mutating func evaluate(
    at point: [Double], moments: RowMoments?, rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> Evaluation {
    precondition(point.count == dimension)
    var sums = GradientSums(dimension: dimension, moments: moments)
    var count = 0
    let (loss, view) = (loss, coordinates.view)
    passes += 1
    try rows.pass { (batch) throws(RunFailure) in
      count += batch.rowCount
      try sums.add(batch, loss, view, at: point)
    }
    try Self.samePass(count, as: survey)
    var (value, gradient) = (sums.loss.value, sums.gradient)
    if l2 > 0 {
      var squares = CompensatedSum()
      for index in 0..<penalizedCount {
        squares.add(point[index] * point[index])
        gradient[index] += l2 * point[index]
      }
      value += l2 / 2 * squares.value
    }
    return Evaluation(
      value: value, gradient: gradient, moments: sums.moments, worstMargin: sums.worstMargin)
  }

  /// H v at `point`, H the Hessian of the smooth part: one pass.
  package mutating func hessianProduct(
    at point: [Double], along direction: [Double], rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> [Double] {
    precondition(point.count == dimension && direction.count == dimension)
    var sums = CurvatureSums(dimension: dimension)
    var count = 0
    let (loss, view) = (loss, coordinates.view)
    passes += 1
    try rows.pass { (batch) throws(RunFailure) in
      count += batch.rowCount
      try sums.add(batch, loss, view, at: point, along: direction)
    }
    try Self.samePass(count, as: survey)
    var product = sums.product
    if l2 > 0 {
      for index in 0..<penalizedCount { product[index] += l2 * direction[index] }
    }
    return product
  }

  /// The least and the greatest change towards the right side that `direction` makes to a row.
  internal mutating func sideChanges(
    along direction: [Double], rows: inout some RowPasses & ~Copyable
  ) throws(RunFailure) -> (smallest: Double, largest: Double) {
    var changes = SideChanges()
    let (loss, view) = (loss, coordinates.view)
    passes += 1
    try rows.pass { (batch) throws(RunFailure) in
      try changes.add(batch, loss, view, along: direction)
    }
    return (changes.smallest, changes.largest)
  }

  /// λ1‖w‖₁.
  internal func l1Penalty(at point: [Double]) -> Double {
    guard l1 > 0 else { return 0 }
    var sum = CompensatedSum()
    for index in 0..<penalizedCount { sum.add(point[index].magnitude) }
    return l1 * sum.value
  }
}

/// Rows that can be streamed again and again: what an exact solver learns from.
package protocol RowPasses: ~Copyable {
  /// Hands over all rows once, the same rows in the same order each time.
  ///
  /// Where the stream is cut into batches never matters to a solver. What `body` throws ends the
  /// pass and is thrown on.
  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure)
}

/// What the first pass finds out about the rows.
package struct RowSurvey: Sendable {
  package internal(set) var rows = 0
  /// Σ s of each class: two for logistic and probit (0, then 1; soft labels shared out), one a
  /// class for softmax, one for squared.
  package internal(set) var classWeights: [CompensatedSum]

  internal init(_ loss: ModelLoss) {
    let classes = loss.isClassification ? max(loss.outputs, 2) : 1
    classWeights = Array(repeating: CompensatedSum(), count: classes)
  }

  /// Σ s.
  package var weight: Double { classWeights.reduce(0) { $0 + $1.value } }

  /// The smallest class's share of the weight, by which liblinear scales its tolerance: when one
  /// class is rare, the gradient at zero is large and says little. At least one row's share.
  internal var smallestShare: Double {
    guard classWeights.count > 1 else { return 1 }
    let smallest = classWeights.map(\.value).filter { $0 > 0 }.min() ?? 0
    return min(1, max(smallest / weight, 1 / Double(rows)))
  }

  /// Whether all rows of positive weight are of one class.
  internal var isOneClass: Bool {
    classWeights.count > 1 && classWeights.filter { $0.value > 0 }.count == 1
  }

  internal mutating func add(
    _ batch: borrowing SparseBatch, _ loss: ModelLoss
  ) throws(RunFailure) {
    for row in 0..<batch.rowCount {
      let label = batch.labels[row]
      rows += 1
      if let objection = loss.objection(to: label) {
        throw RunFailure(.badData, "row \(rows) has label \(label); \(objection)")
      }
      add(label: label, weight: Double(batch.weights[row]), loss)
    }
  }

  private mutating func add(label: Float, weight: Double, _ loss: ModelLoss) {
    switch loss {
    case .squared: classWeights[0].add(weight)
    case .softmax: classWeights[Int(label)].add(weight)
    case .logistic, .probit:
      classWeights[0].add(weight * (1 - Double(label)))
      classWeights[1].add(weight * Double(label))
    }
  }
}
