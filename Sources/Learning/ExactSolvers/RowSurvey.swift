package import ElementaryMath
internal import SparseBatches

/// What the first pass finds out about the rows.
package struct RowSurvey: Sendable {
  package internal(set) var rows = 0
  /// Σ s of each class: two for logistic and probit (0, then 1; soft labels shared out), one a class
  /// for softmax, one for squared.
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
