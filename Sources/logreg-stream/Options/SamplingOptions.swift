public import ArgumentParser
public import LogRegStream

/// Which negatives are left out, and what makes probabilities those of the population again.
struct SamplingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train on this fraction of the negatives, chosen by a seeded hash (default: 1).",
      valueName: "r"))
  var keepNegatives: Double?

  @Option(
    help: ArgumentHelp(
      "The input was downsampled before: this fraction of its negatives was kept (default: 1).",
      valueName: "r"))
  var negativesKept: Double?

  @Option(
    help: ArgumentHelp(
      "The population's share of positives, where it is known instead of a fraction.",
      valueName: "t"))
  var populationRate: Double?

  @Option(
    help: ArgumentHelp(
      "prior: shift the predictions; weight: weight kept negatives by 1/R; none (default: prior).",
      valueName: "name"))
  var correction: SamplingConfiguration.Correction?

  @Option(
    help: ArgumentHelp(
      "Fitted on the holdout: auto (platt when negatives are downsampled), none, platt, isotonic, "
        + "beta, or for softmax temperature.", valueName: "name"))
  var calibrator: CalibratorChoice = .auto

  var configuration: SamplingConfiguration {
    var sampling = SamplingConfiguration()
    sampling.keepNegatives = keepNegatives
    sampling.negativesKept = negativesKept
    sampling.populationRate = populationRate
    sampling.correction = correction
    return sampling
  }
}

extension SamplingConfiguration.Correction: ExpressibleByArgument {}

extension CalibratorChoice: ExpressibleByArgument {}
