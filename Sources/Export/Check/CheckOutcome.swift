internal import ElementaryMath
internal import Learning
package import Notices
internal import SparseBatches

/// How far another runtime's scores are from ours.
package struct CheckOutcome: Sendable {
  package enum Finding: Sendable {
    /// The largest differences: of probabilities (of squared loss none), and of margins, divided by
    /// the margin where that is more than 1.
    case compared(probability: Double, margin: Double)
    /// What is not installed.
    case missing(String)
  }

  package let runtime: String
  package let rows: Int
  package let skipped: Int
  package let finding: Finding

  /// The most that a runtime may be off.
  private static let mostProbability = 1e-7
  private static let mostMargin = 1e-9

  /// One or two lines for people.
  package var text: String {
    switch finding {
    case .missing(let what):
      return "warning: not checked: \(what) is not installed"
    case .compared(let probability, let margin):
      let left = skipped > 0 ? ", \(NumberText.grouped(skipped)) bad rows left out" : ""
      return "checked \(NumberText.grouped(rows)) rows with \(runtime)\(left): largest difference "
        + "of probabilities \(NumberText.significant(probability, 3)), of margins "
        + "\(NumberText.significant(margin, 3)) (relative)"
    }
  }

  package var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("runtime", .string(runtime)), ("rows", .integer(rows)), ("rows_skipped", .integer(skipped)),
    ]
    switch finding {
    case .missing(let what):
      members += [
        ("missing", .string(what)), ("largest_probability_difference", .null),
        ("largest_margin_difference", .null),
      ]
    case .compared(let probability, let margin):
      members += [
        ("missing", .null), ("largest_probability_difference", .number(probability)),
        ("largest_margin_difference", .number(margin)),
      ]
    }
    return .object(members)
  }

  /// - Throws: a bug of ours when the runtime says something else than we do.
  func verify() throws(RunFailure) {
    guard case .compared(let probability, let margin) = finding,
      !(probability <= Self.mostProbability && margin <= Self.mostMargin)
    else { return }
    throw RunFailure(
      .bug, "what was exported predicts something else: \(text)",
      cure: "do not use it, and report this")
  }
}

/// Compares scores row by row.
struct ScoreComparison {
  private let loss: ModelLoss
  private(set) var probability = 0.0
  private(set) var margin = 0.0

  init(_ loss: ModelLoss) { self.loss = loss }

  /// - Parameters:
  ///   - margins: ours, of one row.
  ///   - theirs: their margins and probabilities.
  mutating func add(_ margins: ArraySlice<Double>, _ theirs: ArraySlice<Double>) {
    let (count, start) = (margins.count, theirs.startIndex)
    for (index, own) in margins.enumerated() {
      let scale = max(1, own.magnitude)
      margin = max(margin, Self.difference(own, theirs[start + index]) / scale)
    }
    guard loss != .squared else { return }
    for (index, own) in probabilities(margins).enumerated() {
      probability = max(probability, Self.difference(own, theirs[start + count + index]))
    }
  }

  private func probabilities(_ margins: ArraySlice<Double>) -> [Double] {
    guard loss.outputs > 1 else { return margins.map { Elementary.sigmoid($0) } }
    guard let largest = margins.max(), !margins.contains(where: \.isNaN) else {
      return Array(margins)
    }
    let odds = margins.map { Elementary.exp($0 - largest) }
    var sum = 0.0
    for share in odds { sum += share }
    return odds.map { $0 / sum }
  }

  /// Infinite where one of the two is no number.
  private static func difference(_ own: Double, _ other: Double) -> Double {
    if own.isNaN || other.isNaN { return own.isNaN && other.isNaN ? 0 : .infinity }
    return own == other ? 0 : (own - other).magnitude
  }
}
