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
