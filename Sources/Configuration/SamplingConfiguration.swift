package import Featurizing
public import SparseBatches

/// Which negatives were left out, by this run or before it, and how that is put right.
public struct SamplingConfiguration: Sendable, Equatable {
  /// What makes predictions those of the population again.
  public enum Correction: String, CaseIterable, Sendable {
    /// Served margins are shifted by the sampling rate and the class weights.
    case prior
    /// Kept negatives weigh 1 / rate while they are learned; class weights are taken back by a shift.
    case weight
    /// The input has every row as a negative at once, and each positive once more when its label
    /// comes. Served probabilities are the odds learned from it, shifted as `prior` does before.
    case fakeNegatives = "fake-negatives"
    /// Nothing: predictions are those of the rows trained on.
    case none
  }

  /// Fraction of the negatives to train on; nil: all.
  public var keepNegatives: Double?
  /// Fraction of the negatives that the input still has; nil: all.
  public var negativesKept: Double?
  /// The population's share of positives, known instead of a rate.
  public var populationRate: Double?
  /// nil: `prior`, when there is something to correct.
  public var correction: Correction?

  /// Every row is trained on, and the input is the population.
  public init() {}

  /// The correction in force.
  package var correctionInForce: Correction { correction ?? .prior }
  /// Fraction of the input's negatives that is trained on.
  package var rateHere: Double { keepNegatives ?? 1 }
  /// Fraction of the population's negatives that is trained on, as far as it is known.
  package var rate: Double { rateHere * (negativesKept ?? 1) }
  /// Whether negatives are missing.
  package var isDownsampled: Bool { rate < 1 || populationRate != nil }

  /// Whether negatives were said to be missing, here or before, or to be positives yet.
  var hasWrongNegatives: Bool { !given.isEmpty || correction == .fakeNegatives }

  private var given: [String] {
    let options: [(String, Bool)] = [
      ("--keep-negatives", keepNegatives != nil), ("--negatives-kept", negativesKept != nil),
      ("--population-rate", populationRate != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate(
    loss: LearnerConfiguration.Loss, classWeights: ClassWeights
  ) throws(RunFailure) {
    try Self.check("--keep-negatives", keepNegatives)
    try Self.check("--negatives-kept", negativesKept)
    if let populationRate, !(Self.leastRate...1 - Self.leastRate).contains(populationRate) {
      throw RunFailure(.usage, "--population-rate must be from 1e-9 to 1 - 1e-9")
    }
    let hasClassWeights = !classWeights.entries.isEmpty
    try validateLoss(loss, hasClassWeights: hasClassWeights)
    try validatePopulationRate()
    if let correction, correction != .fakeNegatives, given.isEmpty, !hasClassWeights {
      throw RunFailure(
        .usage, "--correction \(correction.rawValue) has nothing to correct",
        cure: "drop it, or give --keep-negatives, --negatives-kept or --population-rate")
    }
    if correction == .weight, given.isEmpty {
      throw RunFailure(
        .usage, "--correction weight weights sampled negatives, but none are sampled",
        cure: "drop it: --class-weight is corrected by a shift")
    }
    if correctionInForce != .none, classWeights.entries.contains(where: { $0.factor == 0 }) {
      throw RunFailure(
        .usage, "--class-weight gives a class the weight 0, and no correction brings it back",
        cure: "use --correction none, or a weight above 0")
    }
  }

  /// Its inverse is still a sensible weight.
  private static let leastRate = 1e-9

  /// - Throws: usage for what is no fraction of negatives.
  package static func check(_ option: String, _ rate: Double?) throws(RunFailure) {
    guard let rate, !(leastRate...1).contains(rate) else { return }
    throw RunFailure(.usage, "\(option) must be from 1e-9 to 1")
  }

  private func validatePopulationRate() throws(RunFailure) {
    guard populationRate != nil else { return }
    if negativesKept != nil {
      throw RunFailure(
        .usage, "--population-rate and --negatives-kept both say how the input was sampled",
        cure: "give the one that you know")
    }
    if correctionInForce != .prior {
      throw RunFailure(
        .usage,
        "--population-rate is what --correction prior shifts to; it has no use with "
          + "--correction \(correctionInForce.rawValue)",
        cure: "drop one of them, or give --negatives-kept")
    }
  }

  private func validateLoss(
    _ loss: LearnerConfiguration.Loss, hasClassWeights: Bool
  ) throws(RunFailure) {
    switch loss {
    case .logistic: return
    case .squared:
      let correction = self.correction.map { "--correction \($0.rawValue)" }
      guard let option = given.first ?? correction else { return }
      throw RunFailure(
        .usage, "\(option) is of no use with --loss squared, which has neither negatives nor odds",
        cure: "drop it")
    case .softmax:
      let ofNegatives = [.weight, .fakeNegatives].contains(correction) ? correction : nil
      if let option = given.first ?? ofNegatives.map({ "--correction \($0.rawValue)" }) {
        throw RunFailure(
          .usage, "\(option) is about the negatives of two classes; softmax has no negative class",
          cure: "sample before, and give classes back their share with --class-weight")
      }
    case .probit where correction == .fakeNegatives:
      throw RunFailure(
        .usage,
        "--correction fake-negatives makes a probability of log-odds, and a probit margin is none",
        cure: "use --loss logistic")
    case .probit:
      let shifts = !given.isEmpty || hasClassWeights || correction != nil
      let needsShift =
        correctionInForce == .prior || correctionInForce == .weight && hasClassWeights
      guard shifts, needsShift else { return }
      throw RunFailure(
        .usage, "no shift of a probit margin undoes sampling or class weights",
        cure: given.isEmpty
          ? "use --correction none, or --loss logistic"
          : "use --correction weight without --class-weight, --correction none, or --loss logistic")
    }
  }
}

/// Factors on the weights of rows by their class.
public struct ClassWeights: Sendable, Equatable {
  /// A class and its factor.
  public struct Entry: Sendable, Equatable {
    /// `positive`, `negative`, or the text of a label.
    public var name: String
    /// From 0 to 1e9.
    public var factor: Double

    /// - Parameters:
    ///   - name: of the class.
    ///   - factor: on its rows' weights.
    public init(name: String, factor: Double) {
      self.name = name
      self.factor = factor
    }
  }

  /// Classes that are not named keep their weights.
  public var entries: [Entry]

  /// - Throws: `RunFailure` of kind usage for a factor that is no weight.
  public init(_ entries: [Entry] = []) throws(RunFailure) {
    for entry in entries where !(entry.factor >= 0 && entry.factor <= 1e9) {
      throw RunFailure(
        .usage, "--class-weight \(entry.name)=\(entry.factor): a factor is a number from 0 to 1e9")
    }
    self.entries = entries
  }

  /// No factors.
  public static var none: ClassWeights { ClassWeights(checked: []) }

  private init(checked: [Entry]) { entries = checked }

  /// - Returns: a factor for each class, in the order of their numbers (negative, positive); empty
  ///   when no class has one.
  /// - Throws: usage for a class that does not exist.
  package func factors(_ labels: LabelRule) throws(RunFailure) -> [Double] {
    guard !entries.isEmpty else { return [] }
    let classes = Self.names(labels)
    var named: [Int: String] = [:]
    var factors = Array(repeating: 1.0, count: classes.count)
    for entry in entries {
      guard let number = classes.firstIndex(where: { $0.contains(entry.name) }) else {
        throw RunFailure(
          .usage, "--class-weight: there is no class \"\(ByteText(entry.name).display)\"",
          cure: "classes are "
            + LabelRule.list(classes.flatMap { $0.map { ByteText($0) } }))
      }
      if let other = named.updateValue(entry.name, forKey: number) {
        let (first, second) = (ByteText(other).display, ByteText(entry.name).display)
        throw RunFailure(
          .usage,
          first == second
            ? "--class-weight names the class \"\(first)\" twice"
            : "--class-weight names one class twice, as \"\(first)\" and \"\(second)\"",
          cure: "give each class one factor")
      }
      factors[number] = entry.factor
    }
    return factors
  }

  /// What can be refused before the input is read.
  ///
  /// - Throws: usage for a class that does not exist, where classes are known.
  package func validate(_ labels: LabelRule) throws(RunFailure) {
    if case .classes(let names) = labels, names.isEmpty { return }
    _ = try factors(labels)
  }

  /// What each class may be called.
  package static func names(_ labels: LabelRule) -> [[String]] {
    switch labels {
    case .convention: [["negative", "0", "-1", "false"], ["positive", "1", "+1", "true"]]
    case .positive(let text):
      [["negative"], ["positive", String(decoding: text.bytes, as: UTF8.self)]]
    case .classes(let names): names.map { [String(decoding: $0.bytes, as: UTF8.self)] }
    case .number: []
    }
  }
}
