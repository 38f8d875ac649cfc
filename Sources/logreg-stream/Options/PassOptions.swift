import ArgumentParser
import LogRegStream
import SparseBatches

/// How often, in which order and on which rows a model is trained.
struct PassOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Passes over the rows.", valueName: "n"))
  var epochs = PassConfiguration().epochs

  @Option(
    help: ArgumentHelp(
      "Stop after N epochs without a better holdout loss; the best epoch's weights stay.",
      valueName: "n"))
  var earlyStop: Int?

  @Option(
    help: ArgumentHelp(
      "Learn in random order within windows of so many rows (0: input order).", valueName: "rows"))
  var shuffle = PassConfiguration().shuffleRows

  @Option(help: ArgumentHelp("Seed of shuffling, holdout and sampling.", valueName: "n"))
  var seed = PassConfiguration().seed

  @Option(
    help: ArgumentHelp(
      "Where hashed rows wait between epochs: auto (a nameless file in TMPDIR or /var/tmp), none "
        + "(read the input again), or a file.", valueName: "file"))
  var cache = "auto"

  @Option(
    help: ArgumentHelp(
      "Fraction of rows never trained on "
        + "(default 0; \(PassConfiguration.usualHoldout) with --early-stop or a calibrator).",
      valueName: "f"))
  var holdout: Double?

  @Option(help: ArgumentHelp("The most holdout rows that are kept.", valueName: "n"))
  var holdoutRows = PassConfiguration().holdoutRows

  @Option(
    help: ArgumentHelp(
      "Factors on row weights, such as positive=10 (classes: positive, negative, or label texts).",
      valueName: "c=w,…"))
  var classWeight: [ClassWeightList] = []

  var configuration: PassConfiguration {
    var passes = PassConfiguration()
    passes.epochs = epochs
    passes.earlyStop = earlyStop
    passes.shuffleRows = shuffle
    passes.seed = seed
    passes.cache = cache == "auto" ? .auto : cache == "none" ? .none : .file(cache)
    passes.holdout = holdout
    passes.holdoutRows = holdoutRows
    return passes
  }

  /// - Throws: usage for a factor that is no weight.
  func classWeights() throws(RunFailure) -> ClassWeights {
    try ClassWeights(classWeight.flatMap(\.entries))
  }
}

/// `class=weight,…`.
struct ClassWeightList: ExpressibleByArgument {
  let entries: [ClassWeights.Entry]

  init?(argument: String) {
    var entries: [ClassWeights.Entry] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let sign = part.lastIndex(of: "="),
        let factor = Double(part[part.index(after: sign)...])
      else { return nil }
      entries.append(ClassWeights.Entry(name: String(part[..<sign]), factor: factor))
    }
    self.entries = entries
  }
}
