internal import Featurizing
public import SparseBatches

/// The options of `train` that a sweep can give several values.
public enum GridOption: String, CaseIterable, Sendable {
  case alpha
  case beta
  case learningRate = "learning-rate"
  case l1
  case l2

  /// As it is typed.
  var flag: String { "--\(rawValue)" }

  /// Whether `auto` is a value of it.
  private var canBeFound: Bool { self == .alpha || self == .learningRate }

  /// - Returns: nil for what is no value of it; a nil inside is `auto`.
  fileprivate func value(_ text: some StringProtocol) -> Double?? {
    if canBeFound, text == "auto" { return .some(nil) }
    guard let number = Double(text), number.isFinite else { return nil }
    return .some(number)
  }

  /// Who has a use for it, where `optimizer` has none; else nil.
  func owners(beside optimizer: LearnerConfiguration.Optimizer) -> String? {
    switch self {
    case .alpha, .beta: optimizer == .ftrl ? nil : "ftrl"
    case .learningRate: optimizer.hasLearningRate ? nil : "sgd and adagrad"
    case .l1, .l2: nil
    }
  }

  /// Whether a configuration says something else than the default of it.
  func isSet(in learner: LearnerConfiguration) -> Bool {
    let standard = LearnerConfiguration()
    return switch self {
    case .alpha: learner.alpha != nil
    case .beta: learner.beta != standard.beta
    case .learningRate: learner.learningRate.initial != nil
    case .l1: learner.l1 != standard.l1
    case .l2: learner.l2 != standard.l2
    }
  }
}

/// The values of one option that a sweep tries, each with every value of its other options.
public struct GridAxis: Sendable, Equatable {
  /// The option.
  public var option: GridOption
  /// At least one; nil is `auto`, which only rates can be.
  public var values: [Double?]

  /// - Parameter values: at least one; nil is `auto`.
  public init(_ option: GridOption, _ values: [Double?]) {
    self.option = option
    self.values = values
  }

  /// Reads `alpha=0.1,0.3` as it is typed; one text may name several options: `alpha=0.1,0.3,l1=0,1`.
  ///
  /// - Throws: usage for an option that is in no grid, a value that is none, and a list without a name.
  public static func parse(_ texts: [String]) throws(RunFailure) -> [GridAxis] {
    var axes: [GridAxis] = []
    for text in texts {
      var isNamed = false
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        var value = part
        if let sign = part.firstIndex(of: "=") {
          axes.append(GridAxis(try option(named: String(part[..<sign])), []))
          value = part[part.index(after: sign)...]
          isNamed = true
        }
        guard isNamed, let axis = axes.last else {
          throw RunFailure(
            .usage, "--grid \(text) names no option", cure: "write --grid alpha=0.1,0.3,1")
        }
        guard let number = axis.option.value(value) else {
          throw RunFailure(
            .usage, "--grid \(axis.option.rawValue): \"\(value)\" is no value of it",
            cure: "give numbers with commas between them, such as \(axis.option.rawValue)=0.1,0.3")
        }
        axes[axes.count - 1].values.append(number)
      }
    }
    return axes
  }

  private static func option(named name: String) throws(RunFailure) -> GridOption {
    if let option = GridOption(rawValue: name) { return option }
    let known = GridOption.allCases.map(\.rawValue)
    let nearest = NearestName.find(name, among: known).map { "did you mean \($0)? " } ?? ""
    throw RunFailure(
      .usage, "--grid \"\(name)\" is no option that a sweep can vary",
      cure: nearest + "give one of \(known.joined(separator: ", "))")
  }
}

/// An option and one of its values.
package struct GridSetting: Sendable, Equatable {
  package let option: GridOption
  /// nil: `auto`.
  package let value: Double?

  /// The value as it is typed.
  package var valueText: String { value.map { OptionText.number($0) } ?? "auto" }

  func apply(to learner: inout LearnerConfiguration) {
    switch option {
    case .alpha: learner.alpha = value
    case .beta: learner.beta = value ?? learner.beta
    case .learningRate: learner.learningRate.initial = value
    case .l1: learner.l1 = value ?? learner.l1
    case .l2: learner.l2 = value ?? learner.l2
    }
  }
}

extension LearnerConfiguration {
  /// Rates of an online optimizer that are tried where none is given, rising: by a race over the
  /// first rows, and by a sweep without a grid.
  package var candidateRates: [Double] {
    switch (optimizer, loss) {
    case (.sgd, _): [0.005, 0.015, 0.05, 0.15, 0.5, 1.5]
    case (_, .softmax): [0.01, 0.03, 0.1, 0.3, 1, 3, 10]
    case (_, .logistic), (_, .probit), (_, .squared): [0.03, 0.1, 0.3, 1, 3, 10]
    }
  }
}
