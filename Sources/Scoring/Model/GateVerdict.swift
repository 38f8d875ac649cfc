package import Configuration
internal import Learning
package import ModelFile
package import Notices
package import SparseBatches

/// Whether a model may be published.
package struct GateVerdict {
  /// One condition, and what came of it.
  package struct Judged {
    package var text: String
    package var value: Double?
    package var previous: Double?
    package var holds: Bool
    /// In words; empty where the condition holds.
    package var reason: String
  }

  package private(set) var conditions: [Judged] = []

  /// - Parameter previous: nil: there is no model yet.
  package init(_ gate: ModelGate, _ model: ModelHeader, previous: ModelHeader?) {
    conditions = gate.conditions.map { Self.judge($0, model, previous) }
  }

  package var isOpen: Bool { conditions.allSatisfy(\.holds) }

  private static func judge(
    _ condition: ModelGate.Condition, _ model: ModelHeader, _ previous: ModelHeader?
  ) -> Judged {
    var judged = Judged(text: condition.text, holds: false, reason: "")
    let name = condition.figure.rawValue
    judged.value = model.figure(condition.figure)
    guard let value = judged.value else {
      judged.reason = "\(name) is undefined"
      return judged
    }
    let shown = NumberText.significant(value, 6)
    switch condition.bound {
    case .range(let range):
      judged.holds = range.contains(value)
      judged.reason = "\(name) is \(shown), not in \(range.lowerBound)..\(range.upperBound)"
    case .number(let relation, let bound):
      judged.holds = relation.holds(value, bound)
      judged.reason = "\(name) is \(shown), not \(relation.rawValue) \(bound)"
    case .previous(let relation, let factor):
      guard let previous else {
        judged.holds = true
        break
      }
      judged.previous = previous.figure(condition.figure)
      guard let before = judged.previous else {
        judged.reason = "\(name) is \(shown), and the model before has none to compare with"
        return judged
      }
      judged.holds = relation.holds(value, factor * before)
      judged.reason =
        "\(name) is \(shown), not \(relation.rawValue) \(factor) * \(NumberText.significant(before, 6))"
    }
    if judged.holds { judged.reason = "" }
    return judged
  }

  /// What ends a run whose model is not published.
  package func refusal(keeping model: String) -> RunFailure {
    let reasons = conditions.filter { !$0.holds }.map(\.reason).joined(separator: "; ")
    return RunFailure(
      .thresholdCrossed, "--gate is closed: \(reasons)",
      cure: "\(model) is as it was; look at the new rows with monitor, or change the gate")
  }

  package var json: JSONValue {
    .object([
      ("open", .bool(isOpen)),
      (
        "conditions",
        .array(
          conditions.map {
            .object([
              ("condition", .string($0.text)), ("value", .optional($0.value)),
              ("previous", .optional($0.previous)), ("holds", .bool($0.holds)),
            ])
          })
      ),
    ])
  }
}

extension ModelHeader {
  /// As `--json` gives it: of the rows held out, else of the stream before it was learned.
  fileprivate func figure(_ figure: ModelGate.Figure) -> Double? {
    let measured = (holdout ?? stream).map { $0.after ?? $0.before }
    switch figure {
    case .logLoss: return measured?.logLoss
    case .auc: return measured?.auc
    case .ece: return measured?.ece
    case .calibrationRatio: return measured?.calibrationRatio
    case .accuracy: return measured?.accuracy
    case .rmse: return measured?.rootMeanSquaredError
    case .progressiveLogLoss, .progressiveMSE:
      return statistics.progressiveLoss.map { learner.loss == "squared" ? 2 * $0 : $0 }
    }
  }
}
