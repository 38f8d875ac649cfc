internal import Featurizing
public import SparseBatches

/// What a model must be like to be published: `calibration_ratio in 0.9..1.1, log_loss <= 1.05 *
/// previous`.
///
///     gate      = condition { "," condition }
///     condition = figure "in" number ".." number
///               | figure ( "<=" | ">=" | "<" | ">" ) bound
///     bound     = number | "previous" | number "*" "previous"
///
/// Blanks are free. `previous` is the same figure of the model that stands at `-o`; while there is
/// none, such a condition holds.
public struct ModelGate: Equatable, Sendable {
  /// A figure of a model, as `--json` names it.
  package enum Figure: String, CaseIterable, Sendable {
    case logLoss = "log_loss"
    case auc
    case ece
    case calibrationRatio = "calibration_ratio"
    case accuracy
    case rmse
    case progressiveLogLoss = "progressive_log_loss"
    case progressiveMSE = "progressive_mse"

    /// Whether it is of rows that were held out, or not learned yet, when it was measured.
    var isMeasured: Bool { self != .progressiveLogLoss && self != .progressiveMSE }
  }

  package enum Relation: String, CaseIterable, Sendable {
    // Longer ones first: they begin as the shorter ones do.
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"

    package func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .atMost: value <= bound
      case .atLeast: value >= bound
      case .below: value < bound
      case .above: value > bound
      }
    }
  }

  package enum Bound: Equatable, Sendable {
    case range(ClosedRange<Double>)
    case number(Relation, Double)
    /// A multiple of the figure of the model before.
    case previous(Relation, Double)
  }

  package struct Condition: Equatable, Sendable {
    package let figure: Figure
    package let bound: Bound
    /// As it was written.
    package let text: String
  }

  package let conditions: [Condition]

  /// Whether a condition asks for the model before.
  package var looksBack: Bool {
    conditions.contains { if case .previous = $0.bound { true } else { false } }
  }

  /// - Throws: `RunFailure` of kind usage for a text that is no gate.
  public init(_ text: String) throws(RunFailure) {
    conditions = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      part throws(RunFailure) in try Self.condition(String(part))
    }
  }

  private static let form =
    "write figure in A..B, or figure <= B, where B is a number or N * previous"

  private static func condition(_ part: String) throws(RunFailure) -> Condition {
    let text = part.filter { $0 != "\t" }.split(separator: " ").joined(separator: " ")
    let name = text.prefix { $0.isLetter || $0 == "_" }
    guard let figure = Figure(rawValue: String(name)) else {
      let names = Figure.allCases.map(\.rawValue)
      let nearest = NearestName.find(String(name), among: names)
      throw RunFailure(
        .usage, "--gate: \"\(shown(text))\" begins with no figure",
        cure: nearest.map { "did you mean \($0)?" } ?? "figures are "
          + names.joined(separator: ", "))
    }
    let rest = text.dropFirst(name.count).filter { $0 != " " }
    guard let bound = bound(rest) else {
      throw RunFailure(.usage, "--gate: \"\(shown(text))\" is no condition", cure: form)
    }
    if case .range(let range) = bound, range.lowerBound == range.upperBound {
      throw RunFailure(
        .usage, "--gate: \"\(shown(text))\" leaves no room", cure: "give two numbers, rising")
    }
    return Condition(figure: figure, bound: bound, text: text)
  }

  private static func shown(_ text: String) -> String { DisplayText.escape(text.utf8) }

  private static func bound(_ text: String) -> Bound? {
    if text.hasPrefix("in") {
      let ends = text.dropFirst(2).split(separator: "..", omittingEmptySubsequences: false)
      guard ends.count == 2, let low = number(ends[0]), let high = number(ends[1]), low <= high
      else { return nil }
      return .range(low...high)
    }
    guard let relation = Relation.allCases.first(where: { text.hasPrefix($0.rawValue) }) else {
      return nil
    }
    let right = text.dropFirst(relation.rawValue.count)
    if let number = number(right) { return .number(relation, number) }
    let factors = right.split(separator: "*", omittingEmptySubsequences: false)
    switch factors.count {
    case 1: return right == "previous" ? .previous(relation, 1) : nil
    case 2 where factors[1] == "previous":
      return number(factors[0]).flatMap { $0 > 0 ? .previous(relation, $0) : nil }
    default: return nil
    }
  }

  private static func number(_ text: Substring) -> Double? {
    // Decimal digits alone: Swift reads hexadecimal ones, too, and words.
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
      let number = Double(text), number.isFinite
    else { return nil }
    return number
  }

  /// - Throws: usage for a figure that such a training has not.
  package func validate(_ configuration: TrainingConfiguration) throws(RunFailure) {
    let loss = configuration.learner.loss
    for condition in conditions {
      let figure = condition.figure
      guard Self.figures(of: loss).contains(figure) else {
        throw RunFailure(
          .usage, "--gate: --loss \(loss.rawValue) has no \(figure.rawValue)",
          cure: "it has "
            + Self.figures(of: loss).map(\.rawValue).joined(separator: ", "))
      }
      guard
        !figure.isMeasured || configuration.holdoutFraction > 0
          || configuration.calibratesOnStream
      else {
        throw RunFailure(
          .usage, "--gate: \(figure.rawValue) is one of rows held out, and none are",
          cure: "use --holdout 0.1, or another figure: progressive_log_loss")
      }
      guard figure.isMeasured || !configuration.learner.optimizer.isExact else {
        throw RunFailure(
          .usage, "--gate: an exact solver has no \(figure.rawValue)",
          cure: "use --holdout 0.1 and log_loss")
      }
    }
    guard looksBack else { return }
    guard case .file = configuration.model else {
      throw RunFailure(
        .usage, "--gate: previous is the model at -o, and there is no file",
        cure: "name a file with -o")
    }
  }

  private static func figures(of loss: LearnerConfiguration.Loss) -> [Figure] {
    switch loss {
    case .logistic, .probit:
      [.logLoss, .auc, .ece, .calibrationRatio, .accuracy, .progressiveLogLoss]
    case .softmax: [.logLoss, .accuracy, .progressiveLogLoss]
    case .squared: [.rmse, .progressiveMSE]
    }
  }
}
