internal import Checkpoints
internal import Configuration
internal import ElementaryMath
internal import Featurizing
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import SparseBatches

/// The books of a run: what was counted of its rows, which were held out, and what both mean for the
/// model's probabilities.
struct RunBooks {
  private let loss: ModelLoss
  /// On row weights, by class; empty when there are none.
  let classFactors: [Double]
  private let prior: PriorShift
  private let options: SamplingConfiguration
  private let seed: UInt64
  /// Whether a report wants to show more of the holdout than its figures.
  private let isDetailed: Bool
  private let reservoir: HoldoutReservoir
  var holdout: HoldoutReservoir?
  var tally: RowTally
  /// Where in the input rows were left out; nil where none are.
  private(set) var course: SamplingCourse?

  /// - Throws: usage for a factor of a class that does not exist.
  init(
    _ configuration: TrainingConfiguration, loss: ModelLoss, labels: LabelRule
  ) throws(RunFailure) {
    self.loss = loss
    classFactors = try configuration.classWeights.factors(labels)
    options = configuration.sampling
    isDetailed = configuration.report != nil
    prior = PriorShift(options, loss: loss, classFactors: classFactors)
    tally = RowTally(isBinary: loss.isBinary)
    let passes = configuration.passes
    seed = passes.seed
    reservoir = HoldoutReservoir(
      fraction: configuration.holdoutFraction, capacity: passes.holdoutRows, seed: passes.seed,
      isStratified: loss.isBinary)
    holdout = configuration.holdoutFraction > 0 ? reservoir : nil
    let leavesOut = configuration.calibratesOnStream && options.rateHere < 1
    course = leavesOut ? SamplingCourse() : nil
  }

  /// Counts rows that are learned, seen for the first time.
  ///
  /// - Parameter ordinal: number of their chunk's first row in the input.
  mutating func count(_ batch: borrowing SparseBatch, ordinal: Int) {
    tally.count(batch)
    course?.add(batch, ordinal: ordinal)
  }

  /// On row weights, by class: of classes and of sampling; empty when there are none.
  var rowFactors: [Double] { prior.rowFactors }

  /// Negatives that the featurizer leaves out; nil: none.
  var sampling: RowSampling? {
    guard options.rateHere < 1 else { return nil }
    return RowSampling(
      keepNegatives: options.rateHere, seed: seed, heldOut: reservoir.chosen)
  }

  /// - Parameter pipeline: the pass that read the input.
  func statistics(
    _ pipeline: RowPipeline, progressiveLoss: Double?
  ) -> ModelHeader.Statistics {
    var statistics = tally.statistics(pipeline, progressiveLoss: progressiveLoss)
    statistics.heldOutRows = holdout?.rowsSeen ?? 0
    return statistics
  }

  /// How the rows trained on differ from the population; nil when they do not.
  ///
  /// - Throws: badData when a population rate is given and one class has no weight.
  func correction() throws(RunFailure) -> ModelHeader.Correction? {
    guard options != SamplingConfiguration() || !classFactors.isEmpty else { return nil }
    return ModelHeader.Correction(
      keepNegatives: options.rateHere, negativesKept: options.negativesKept ?? 1,
      populationRate: options.populationRate, method: options.correctionInForce.rawValue,
      rowsSampledOut: tally.sampledOut, shifts: try prior.shifts(tally))
  }

  /// The held-out rows, weighted as the population; nil when none are.
  ///
  /// - Throws: as `correction`.
  func holdoutCalibration() throws(RunFailure) -> HoldoutCalibration? {
    guard let holdout else { return nil }
    return HoldoutCalibration(
      holdout, loss: loss, negativesStoodFor: try prior.negativesStoodFor(tally),
      others: tally.classes, isDetailed: isDetailed)
  }

  /// What is known of the negatives that are missing; nil where none are, or where nothing is.
  ///
  /// - Parameters:
  ///   - rows: of the input.
  ///   - isMixed: whether rows were learned in another order than that of the input.
  func sampledNegatives(rows: Int, isMixed: Bool) -> SampledNegatives? {
    if options.populationRate != nil { return .byPositives }
    guard options.rateHere < 1 else { return nil }
    if isMixed { return .byPositives }
    return course.map {
      .counted($0, rows: rows, learned: tally.rows, leftOut: tally.sampledOut)
    }
  }

  /// The margins of the stream, weighted as the population.
  ///
  /// - Throws: as `correction`.
  func streamFit(_ stream: StreamWindow) throws(RunFailure) -> StreamFit {
    StreamFit(
      stream, factors: try populationFactors(), shift: try prior.shifts(tally).first ?? 0)
  }

  /// From the weights that rows of two classes were learned with to those of the population.
  ///
  /// - Throws: as `correction`.
  func populationFactors() throws(RunFailure) -> (negative: Double, positive: Double) {
    let factors = rowFactors.isEmpty ? [1, 1] : rowFactors
    // Rows were learned with their factors, which say nothing of how many there are.
    let plain = factors.map { $0 > 0 ? 1 / $0 : 0 }
    let standsFor = try prior.negativesStoodFor(tally) / tally.shareKept(planned: options.rateHere)
    return (plain[0] * standsFor, plain[1])
  }

  /// Loss of weights as they are on the half of the holdout that may decide; nil when undefined.
  func decidingLoss(_ weights: borrowing ModelWeights) throws(RunFailure) -> Double? {
    // Without the odds of fake negatives: these labels are the stream's.
    let adjustment = MarginAdjustment(shifts: try prior.shifts(tally))
    return try holdoutCalibration()?.decidingSummary(weights, adjustment).loss
  }

  func encode(into writer: inout ByteWriter) {
    tally.encode(into: &writer)
    writer.append(holdout != nil)
    holdout?.encode(into: &writer)
  }

  /// nil where nothing is left out.
  var courseSection: ContainerSection? {
    guard let course else { return nil }
    var writer = ByteWriter()
    course.encode(into: &writer)
    return ContainerSection(type: .samplingCourse, data: writer.bytes)
  }

  /// Call after `restore`. Where the checkpoint does not know the course, all parts of the stream are
  /// taken for the whole.
  ///
  /// - Parameter rows: of the input.
  mutating func restoreCourse(_ container: Container, rows: Int) throws(RunFailure) {
    guard course != nil, container.has(.samplingCourse) else { return }
    var reader = try container.reader(of: .samplingCourse)
    course = try SamplingCourse(from: &reader, kept: tally.rows, rows: rows)
    try reader.expectEnd()
  }

  /// Takes over the books of a run of the same options.
  ///
  /// - Parameter limits: what rows of the training can hold.
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    try tally.restore(from: &reader)
    guard try reader.readBool() == (holdout != nil) else {
      throw reader.failure("its holdout is not that of the options")
    }
    try holdout?.restore(from: &reader, limits)
  }
}

/// Counts the rows that a model was trained on.
struct RowTally {
  /// Whether labels are of a positive and a negative class.
  private let isBinary: Bool
  private(set) var rows = 0
  /// Negatives that sampling left out.
  private(set) var sampledOut = 0
  private(set) var positives = 0
  private var features = 0
  private var weight = CompensatedSum()
  private var positiveWeights = CompensatedSum()

  /// Rows of the stream that were not held out and not bad.
  var rowsSeen: Int { rows + sampledOut }
  /// The same by class.
  var classes: (negatives: Int, positives: Int) { (rows - positives + sampledOut, positives) }
  /// Fraction of the negatives that sampling kept, as counted: the shift and the weights are those of
  /// the rows that are there, whichever the lot fell on.
  ///
  /// - Parameter planned: what it was to be; 1: nothing was sampled. In force while none was kept.
  func shareKept(planned: Double) -> Double {
    let kept = rows - positives
    guard planned < 1, isBinary, kept > 0 else { return planned }
    return Double(kept) / Double(kept + sampledOut)
  }
  /// Sum of the weights.
  var totalWeight: Double { weight.value }
  /// Sum of those of positives.
  var positiveWeight: Double { positiveWeights.value }

  init(isBinary: Bool) { self.isBinary = isBinary }

  mutating func count(_ batch: borrowing SparseBatch) {
    rows += batch.rowCount
    features += batch.slots.count
    for row in 0..<batch.rowCount {
      let rowWeight = Double(batch.weights[row])
      weight.add(rowWeight)
      if isBinary, batch.labels[row] > 0 {
        positives += 1
        positiveWeights.add(rowWeight)
      }
    }
  }

  mutating func countSampledOut(_ rows: Int) { sampledOut += rows }

  /// - Parameter pipeline: the pass that read the input.
  func statistics(
    _ pipeline: RowPipeline, progressiveLoss: Double?
  ) -> ModelHeader.Statistics {
    var statistics = ModelHeader.Statistics()
    statistics.rows = pipeline.rows
    statistics.badRows = pipeline.badRows.count
    statistics.positives = positives
    statistics.features = features
    statistics.weight = weight.value
    statistics.positiveWeight = positiveWeight
    statistics.progressiveLoss = progressiveLoss
    let clipped = pipeline.clipped.byName(pipeline.schema)
    statistics.clipped = clipped.isEmpty ? nil : clipped
    return statistics
  }
}

extension RowTally {
  /// What a state says of it.
  var share: StateShare {
    var share = StateShare()
    share.learnedRows = rows
    share.positives = positives
    share.sampledOut = sampledOut
    share.features = features
    share.weight = StoredSum(weight)
    share.positiveWeight = StoredSum(positiveWeights)
    return share
  }

  /// - Parameter share: of a run of such a loss.
  init(isBinary: Bool, _ share: StateShare) {
    self.init(isBinary: isBinary)
    rows = share.learnedRows
    positives = share.positives
    sampledOut = share.sampledOut
    features = share.features
    weight = share.weight.sum
    positiveWeights = share.positiveWeight.sum
  }

  package func encode(into writer: inout ByteWriter) {
    writer.append(rows)
    writer.append(positives)
    writer.append(features)
    writer.append(weight)
    writer.append(positiveWeights)
    writer.append(sampledOut)
  }

  package mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    rows = try reader.readTally()
    positives = try reader.readTally()
    features = try reader.readTally()
    weight = try reader.readSum()
    positiveWeights = try reader.readSum()
    sampledOut = try reader.readTally()
    let isSound =
      positives <= (isBinary ? rows : 0) && weight.value.isFinite && positiveWeight.isFinite
      && weight.leading >= 0 && positiveWeights.leading >= 0
      // Both are rounded, each in its own way.
      && positiveWeight <= totalWeight * (1 + 1e-9)
      && (rows > 0 || features == 0 && totalWeight == 0)
      && (positives > 0 || positiveWeight == 0) && (isBinary || sampledOut == 0)
    guard isSound else { throw reader.failure("its counts of rows contradict each other") }
  }
}

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

extension RowTally {
  /// - Throws: badData when one class has no weight.
  fileprivate func weightOfBoth() throws(RunFailure) -> (positive: Double, negative: Double) {
    let (positive, negative) = (positiveWeight, totalWeight - positiveWeight)
    guard positive > 0, negative > 0 else {
      throw RunFailure(
        .badData,
        "--population-rate needs rows of both classes to learn from, found none "
          + (positive > 0 ? "negative" : "positive"),
        cure: "is --positive right? are all rows of one class?")
    }
    return (positive, negative)
  }
}
