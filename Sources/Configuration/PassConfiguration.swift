package import SparseBatches

/// How often, in which order and on which rows a model is trained.
public struct PassConfiguration: Sendable {
  /// Where hashed rows wait for the next epoch.
  public enum Cache: Equatable, Sendable {
    /// A nameless temporary file, when there is more than one epoch.
    case auto
    /// This file, removed at the end.
    case file(String)
    /// Every epoch reads the input again.
    case none
  }

  /// The order in which rows are learned.
  public enum Shuffle: Equatable, Sendable {
    /// That of the input.
    case none
    /// Random within windows of so many rows.
    case window(rows: Int)
    /// Random, when all rows fit into `wholeBytes`; else that of the input.
    case whole
  }

  /// Passes over the rows.
  public var epochs = 1
  /// Stop after so many epochs without a better holdout loss; nil: never.
  public var earlyStop: Int?
  /// The order of the rows.
  public var shuffle = Shuffle.none
  /// Decides the order of shuffled rows and which rows are held out.
  public var seed: UInt64 = 1
  /// Where rows wait between epochs.
  public var cache: Cache = .auto
  /// Fraction of rows never trained on; nil: `usualHoldout` when an early stop or a calibrator needs
  /// it, else 0.
  public var holdout: Double?
  /// Greatest number of holdout rows kept.
  public var holdoutRows = 100_000

  /// The most bytes that rows take which `Shuffle.whole` keeps in memory, at 8 a feature and 44 a row:
  /// 256 MiB.
  public static let wholeBytes = 1 << 28

  /// The fraction where one is needed and nothing is said.
  public static let usualHoldout = 0.1

  /// The defaults of the command line.
  public init() {}

  /// The fraction in force.
  ///
  /// - Parameter isNeeded: whether something beside the early stop needs a holdout.
  package func holdoutFraction(isNeeded: Bool) -> Double {
    holdout ?? (earlyStop != nil || isNeeded ? Self.usualHoldout : 0)
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate(readsStandardInput: Bool, isExact: Bool = false) throws(RunFailure) {
    guard epochs >= 1 else { throw RunFailure(.usage, "--epochs must be at least 1") }
    if case .window(let rows) = shuffle, !(2...1 << 31).contains(rows) {
      throw RunFailure(
        .usage, "--shuffle must be from 2 to \(1 << 31) rows, 0 for none, or auto")
    }
    guard (0...0.9).contains(holdout ?? 0) else {
      throw RunFailure(.usage, "--holdout must be from 0 to 0.9")
    }
    guard holdoutRows >= 2 else { throw RunFailure(.usage, "--holdout-rows must be at least 2") }
    if isExact { return try validateExact() }
    try validateEarlyStop()
    try validateCache(readsStandardInput: readsStandardInput)
  }

  /// An exact solver makes its own passes, over the cache.
  private func validateExact() throws(RunFailure) {
    let misplaced: [(String, Bool)] = [
      ("--epochs", epochs != 1), ("--early-stop", earlyStop != nil),
      ("--shuffle", shuffle != .none), ("--cache none", cache == .none),
    ]
    if let (option, _) = misplaced.first(where: \.1) {
      throw RunFailure(
        .usage,
        "\(option) is of no use with an exact solver, which passes over the row cache until "
          + "it is content", cure: "drop it, or use --optimizer ftrl")
    }
  }

  private func validateEarlyStop() throws(RunFailure) {
    guard let earlyStop else { return }
    guard earlyStop >= 1 else { throw RunFailure(.usage, "--early-stop must be at least 1") }
    guard epochs > 1 else {
      throw RunFailure(
        .usage, "--early-stop chooses among epochs, but there is only one",
        cure: "give --epochs, the most there may be")
    }
    guard holdout != 0 else {
      throw RunFailure(.usage, "--early-stop needs a holdout", cure: "drop --holdout 0")
    }
  }

  private func validateCache(readsStandardInput: Bool) throws(RunFailure) {
    if cache != .auto, epochs == 1 {
      throw RunFailure(
        .usage, "--cache keeps rows for the next epoch, but there is only one",
        cure: "give --epochs, or drop --cache")
    }
    if cache == .none, epochs > 1, readsStandardInput {
      throw RunFailure(
        .usage, "standard input cannot be read again for the next epoch",
        cure: "drop --cache none, or name files")
    }
  }
}

extension PassConfiguration.Shuffle: LosslessStringConvertible {
  /// `0`, a number of rows, or `auto`.
  public var description: String {
    switch self {
    case .none: "0"
    case .window(let rows): String(rows)
    case .whole: "auto"
    }
  }

  /// - Returns: nil for a text that is neither a number nor `auto`. Whether the number is possible,
  ///   `validate` says.
  public init?(_ text: String) {
    if text == "auto" {
      self = .whole
    } else if let rows = Int(text) {
      self = rows == 0 ? .none : .window(rows: rows)
    } else {
      return nil
    }
  }
}
