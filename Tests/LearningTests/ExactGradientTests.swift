import Learning
import SparseBatches
import Testing

/// Random rows with labels that fit a loss.
func exactRows(_ loss: ModelLoss, _ count: Int, slots: UInt32, seed: UInt64) -> [ReferenceRow] {
  var generator = SeededGenerator(state: seed &+ 1000)
  return randomRows(count, slots: slots, seed: seed).map { row in
    var row = row
    switch loss {
    case .logistic, .probit: break
    case .squared: row.label = row.label * 3 + Float.random(in: -2...2, using: &generator)
    case .softmax(let classes):
      let isFollowing = Bool.random(using: &generator)
      row.label = isFollowing ? row.label : Float(Int.random(in: 0..<classes, using: &generator))
    }
    return row
  }
}

struct Penalty: Sendable, CustomTestStringConvertible {
  var l1, l2: Double

  var testDescription: String { "l1 \(l1), l2 \(l2)" }

  static let all = [
    Penalty(l1: 0, l2: 0), Penalty(l1: 0, l2: 1.5), Penalty(l1: 2, l2: 0), Penalty(l1: 0.5, l2: 3),
  ]
}

let exactLosses: [ModelLoss] = [.logistic, .squared, .probit, .softmax(classes: 4)]

@Suite("Derivatives of the exact solvers")
struct ExactGradientTests {
  @Test(arguments: exactLosses, Penalty.all)
  func derivativesAgreeWithDifferences(_ loss: ModelLoss, _ penalty: Penalty) throws {
    var rows = HeldRows(exactRows(loss, 120, slots: 64, seed: 5))
    var learner = try ExactLearner(
      loss: loss, l1: penalty.l1, l2: penalty.l2, bits: 10, rows: &rows)
    let check = try learner.checkGradient(rows: &rows)
    #expect(check.largestGradientError < 1e-7)
    #expect(check.largestHessianError < 1e-7)
    #expect(check.smallestCurvature >= 0)
    #expect(check.passes())
    #expect(check.rows == 120)
    #expect(check.randomDirections == 6 && check.singleCoordinates == 8)
    #expect(check.explanation.contains("120 rows"))
    // The check leaves the model alone.
    #expect(learner.point.allSatisfy { $0 == 0 })
  }

  @Test("columns of very different scale are checked as well as any")
  func rawScale() throws {
    let reference = exactRows(.logistic, 100, slots: 16, seed: 9).map { row in
      ReferenceRow(
        row.features.map { ($0.slot, $0.value * ($0.slot % 2 == 0 ? 1e5 : 1e-4)) },
        label: row.label)
    }
    var rows = HeldRows(reference)
    var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 0, bits: 4, rows: &rows)
    #expect(try learner.checkGradient(rows: &rows).passes(tolerance: 1e-7))
  }

  @Test("rows that change between passes are not checked but refused")
  func changedRows() throws {
    let reference = exactRows(.logistic, 30, slots: 16, seed: 3)
    var rows = HeldRows(reference)
    var learner = try ExactLearner(loss: .logistic, l1: 0, l2: 0, bits: 6, rows: &rows)
    var fewer = HeldRows(Array(reference.dropLast()))
    #expect(throws: RunFailure.self) { try learner.checkGradient(rows: &fewer) }
    var others = HeldRows(reference.dropLast() + [ReferenceRow([(63, 1)], label: 1)])
    #expect(throws: RunFailure.self) { try learner.checkGradient(rows: &others) }
  }

  @Test("a wrong derivative is found out")
  func wrongDerivative() {
    var check = GradientCheck(rows: 1, coordinates: 1)
    check.largestGradientError = 1e-3
    check.smallestCurvature = 0
    #expect(!check.passes())
    check.largestGradientError = 0
    check.largestHessianError = .infinity
    #expect(!check.passes())
    check.largestHessianError = 0
    check.smallestCurvature = -1e-3
    #expect(!check.passes())
    check.smallestCurvature = 0
    #expect(check.passes())
  }

  @Test("differences that do not fit the derivatives are found", arguments: exactLosses)
  func wrongDifferences(_ loss: ModelLoss) throws {
    var rows = WaveringRows(held: HeldRows(exactRows(loss, 60, slots: 32, seed: 3)))
    var learner = try ExactLearner(loss: loss, l1: 0, l2: 0.5, bits: 5, rows: &rows)
    let check = try learner.checkGradient(rows: &rows)
    #expect(check.largestGradientError > 1e-2 && check.largestHessianError > 1e-2)
    #expect(!check.passes())
  }

  @Test("what the check notes of each direction")
  func notes() {
    var check = GradientCheck(rows: 1, coordinates: 4)
    check.noteGradient([3, 4, 0, 0], [1, 0, 0, 0], slope: 3)
    check.noteProduct([2, 0], [1, 0], [2, 0])
    #expect(check.largestGradientError == 0 && check.largestHessianError == 0)
    #expect(check.smallestCurvature == 1)
    check.noteGradient([3, 4, 0, 0], [1, 0, 0, 0], slope: 4)
    #expect(check.largestGradientError == 0.25)
    // Against ‖∇F‖‖v‖/√4: where the slope is 0 by chance, rounding is no error.
    check.noteGradient([0, 4, 0, 0], [1, 0, 0, 0], slope: 1)
    #expect(check.largestGradientError == 0.5)
    check.noteProduct([-3, 4], [1, 0], [-3, -4])
    #expect(check.largestHessianError == 8.0 / 5 && check.smallestCurvature == -3.0 / 5)
    check.noteGradient([1, 0, 0, 0], [1, 0, 0, 0], slope: .nan)
    check.noteProduct([.nan, 0], [1, 0], [1, 0])
    #expect(check.largestGradientError == .infinity && check.largestHessianError == .infinity)
  }

  @Test("the objective, written out slowly", arguments: Penalty.all)
  func objectiveByHand(_ penalty: Penalty) throws {
    let reference = exactRows(.squared, 40, slots: 16, seed: 2)
    var rows = HeldRows(reference)
    var objective = try Objective(
      loss: .squared, l1: penalty.l1, l2: penalty.l2, bits: 4, rows: &rows)
    let slots = Set(reference.flatMap { $0.features.map(\.slot) }).sorted()
    #expect(objective.dimension == slots.count + 1)
    let point = (0...slots.count).map { Double($0 % 5) - 1.5 }
    var value = 0.0
    var gradient = point.map { _ in 0.0 }
    for row in reference {
      var margin = point[slots.count]
      for feature in row.features {
        margin += point[slots.firstIndex(of: feature.slot) ?? 0] * Double(feature.value)
      }
      let slope = Double(row.weight) * (margin - Double(row.label))
      value += slope * (margin - Double(row.label)) / 2
      for feature in row.features {
        gradient[slots.firstIndex(of: feature.slot) ?? 0] += slope * Double(feature.value)
      }
      gradient[slots.count] += slope
    }
    for index in slots.indices {
      value += penalty.l2 / 2 * point[index] * point[index]
      gradient[index] += penalty.l2 * point[index]
    }
    let evaluation = try objective.evaluate(at: point, rows: &rows)
    #expect((evaluation.value - value).magnitude <= 1e-12 * value)
    for (found, expected) in zip(evaluation.gradient, gradient) {
      #expect((found - expected).magnitude <= 1e-10)
    }
    #expect(objective.passes == 2 && rows.passes == 2)
  }
}

/// Rows whose weights are three times as large in every other pass: no gradient fits the
/// differences of such an objective.
private struct WaveringRows: RowPasses {
  var held: HeldRows
  private var passes = 0

  init(held: HeldRows) { self.held = held }

  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    passes += 1
    let factor: Float = passes % 2 == 0 ? 3 : 1
    try held.pass { (batch) throws(RunFailure) in
      var changed = SparseBatch()
      for row in 0..<batch.rowCount {
        for index in batch.features(ofRow: row) {
          changed.addFeature(batch.slots[index], batch.values[index])
        }
        changed.endRow(
          label: batch.labels[row], weight: factor * batch.weights[row], rowInChunk: row)
      }
      try body(changed)
    }
  }
}
