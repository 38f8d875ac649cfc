internal import Configuration
internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import SparseBatches

/// How far the classes' shares among the rows trained on are from the population's, as logarithms of
/// odds: what sampling and class weights changed, and what takes it back.
struct PriorShift {
  private let sampling: SamplingConfiguration
  private let loss: ModelLoss
  /// Negative and positive, or one a class; empty: all 1.
  private let classFactors: [Double]

  init(_ sampling: SamplingConfiguration, loss: ModelLoss, classFactors: [Double]) {
    self.sampling = sampling
    self.loss = loss
    self.classFactors = classFactors
  }

  /// On row weights while learning, by class: empty when all are 1.
  ///
  /// Of the planned rate: how many negatives are kept is not known before all were seen. What the
  /// count says otherwise is made up for in the shift.
  var rowFactors: [Double] {
    guard sampling.correction == .weight, sampling.rate < 1 else { return classFactors }
    let factors = classFactors.isEmpty ? [1, 1] : classFactors
    return [factors[0] / sampling.rate, factors[1]]
  }

  /// What is added to served margins, one for each output; empty for nothing.
  ///
  /// Logistic: ln R − ln(c₊/c₋) (King & Zeng 2001, eq. 7) with R as counted, as far as it can be; where
  /// kept negatives weighed 1/R₀ with R₀ as planned, ln(R/R₀) in place of ln R: had more been kept than
  /// planned, they weighed too much, and odds were learned R/R₀ times too low. With a known base rate τ
  /// and the share ȳ of positives in the weight trained on −ln[((1 − τ)/τ) · ȳ/(1 − ȳ)]. Softmax: −ln c
  /// of each class.
  ///
  /// - Parameter tally: the rows trained on, weighted.
  /// - Throws: badData when a base rate is given and one class has no weight.
  func shifts(_ tally: RowTally) throws(RunFailure) -> [Double] {
    guard sampling.correctionInForce != .none else { return [] }
    switch loss {
    case .squared, .probit: return []
    case .softmax:
      return classFactors.contains { $0 != 1 } ? classFactors.map { -Elementary.log($0) } : []
    case .logistic:
      let shift = try logisticShift(tally)
      return shift == 0 ? [] : [shift]
    }
  }

  private func logisticShift(_ tally: RowTally) throws(RunFailure) -> Double {
    if let rate = sampling.populationRate {
      let (positive, negative) = try tally.weightOfBoth()
      return Elementary.log(rate) - Elementary.log1p(-rate)
        - (Elementary.log(positive) - Elementary.log(negative))
    }
    let classes =
      classFactors.isEmpty ? 0 : Elementary.log(classFactors[0]) - Elementary.log(classFactors[1])
    let counted = tally.shareKept(planned: sampling.rateHere)
    switch sampling.correctionInForce {
    case .prior, .fakeNegatives:
      return Elementary.log(counted * (sampling.negativesKept ?? 1)) + classes
    case .weight: return Elementary.log(counted / sampling.rateHere) + classes
    case .none: return 0
    }
  }

  /// How many negatives of the population one negative of the input stands for: holdout negatives
  /// weigh so much.
  ///
  /// - Parameter tally: the rows trained on.
  /// - Throws: as `shifts`.
  func negativesStoodFor(_ tally: RowTally) throws(RunFailure) -> Double {
    guard let rate = sampling.populationRate else { return 1 / (sampling.negativesKept ?? 1) }
    let (positive, negative) = try tally.weightOfBoth()
    let factors = classFactors.isEmpty ? [1, 1] : classFactors
    let counted = tally.shareKept(planned: sampling.rateHere)
    let inInput = (negative / (factors[0] * counted)) / (positive / factors[1])
    return (1 - rate) / rate / inInput
  }
}
