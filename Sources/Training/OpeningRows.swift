internal import Configuration
internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import Notices
internal import SparseBatches

/// What a learner starts with that only the first rows can tell.
struct LearnerStart: Equatable {
  /// nil: as the options say.
  var rate: Double?
  var target = TargetScale.unscaled
  /// How the rate was found; nil when it was given.
  var race: ModelHeader.Learner.Race?
}

/// The first rows of a run, which wait until it is known how they are to be learned: at what rate, and
/// for squared loss in which unit the labels are.
///
/// How many wait depends on the rows alone: not on chunks or threads.
struct OpeningRows: ~Copyable {
  private let configuration: LearnerConfiguration
  private let loss: ModelLoss
  private let seed: UInt64
  /// Rows given with `--race-rows`; nil: as many as it takes.
  private let given: Int?
  var waiting = WaitingRows()
  /// So many rows are waited for.
  private var wanted: Int
  private var counts: [Int]

  private static let usualRows = 5000
  /// No more rows, and no more features, are waited for.
  private static let limits = (rows: 100_000, features: 1 << 21)
  /// Updates that a mini-batch learner must have made.
  private static let fewestUpdates = 100

  /// - Parameter known: what need not be found out.
  /// - Returns: nil when nothing has to be.
  init?(
    _ configuration: LearnerConfiguration, loss: ModelLoss, seed: UInt64,
    knowing known: LearnerStart = LearnerStart()
  ) {
    let findsRate = configuration.findsRate && known.rate == nil
    guard findsRate || loss == .squared && known.target == .unscaled else { return nil }
    self.configuration = configuration
    self.loss = loss
    self.seed = seed
    given = configuration.raceRows
    let updates = configuration.batchSize.multipliedReportingOverflow(by: Self.fewestUpdates)
    wanted =
      given
      ?? min(Self.limits.rows, max(Self.usualRows, updates.overflow ? .max : updates.partialValue))
    counts = Array(repeating: 0, count: loss.isBinary ? 2 : 0)
  }

  /// Whether all rows that are waited for are there. Another row must not take too much memory.
  private(set) var isComplete = false

  var rowCount: Int { waiting.count }

  /// Takes rows until there are enough.
  ///
  /// - Returns: how many were taken.
  mutating func take(_ batch: borrowing SparseBatch, place: (Int) -> RowPlace?) -> Int {
    var taken = 0
    while taken < batch.rowCount, !isComplete {
      if waiting.batch.slots.count + batch.features(ofRow: taken).count > Self.limits.features {
        isComplete = true
        break
      }
      add(batch, row: taken, place: place(Int(batch.rowsInChunk[taken])))
      isComplete = rowCount >= wanted
      taken += 1
    }
    return taken
  }

  private mutating func add(_ batch: borrowing SparseBatch, row: Int, place: RowPlace?) {
    waiting.append(batch, row: row, place: place)
    if loss.isBinary { counts[batch.labels[row] > 0 ? 1 : 0] += 1 }
    guard rowCount == wanted, given == nil, configuration.findsRate, !canJudge else { return }
    wanted = min(Self.limits.rows, max(wanted, wanted + wanted / 2))
  }

  /// Whether a race over these rows says something. Half of them are judged: twice as many of the rarer
  /// class are needed.
  private var canJudge: Bool {
    counts.min().map { $0 >= 2 * RateRace.fewestRareRows } ?? true
  }

  /// What the rows say; call once, when they are complete or the stream has ended.
  ///
  /// - Parameter known: what was known before.
  /// - Throws: usage when there is no memory for a table.
  func findings(
    _ notices: NoticeBoard, knowing known: LearnerStart = LearnerStart()
  ) throws(RunFailure) -> LearnerStart {
    var start = known
    if loss == .squared, start.target == .unscaled { start.target = targetScale }
    guard configuration.findsRate, start.rate == nil, rowCount > 1 else { return start }
    if !canJudge {
      notices.post(
        "the first \(rowCount) rows have \(counts.min() ?? 0) of the rarer class, too few to "
          + "find a rate by: \(configuration.rateOption) is \(configuration.rateWithoutRace)")
      return start
    }
    let race = try RateRace.run(
      waiting.batch, configuration, loss: loss, target: start.target, seed: seed)
    start.race = race
    start.rate = race.winner
    return start
  }

  private var targetScale: TargetScale {
    var (sum, weight) = (CompensatedSum(), CompensatedSum())
    for row in 0..<rowCount {
      weight.add(Double(waiting.batch.weights[row]))
      sum.add(Double(waiting.batch.weights[row]) * Double(waiting.batch.labels[row]))
    }
    guard weight.value > 0 else { return .unscaled }
    let mean = sum.value / weight.value
    var squares = CompensatedSum()
    for row in 0..<rowCount {
      let distance = Double(waiting.batch.labels[row]) - mean
      squares.add(Double(waiting.batch.weights[row]) * distance * distance)
    }
    let deviation = (squares.value / weight.value).squareRoot()
    guard mean.isFinite, deviation.isFinite else { return .unscaled }
    // All labels alike: only the mean can be taken off.
    return TargetScale(mean: mean, deviation: deviation > 0 ? deviation : 1)
  }
}

extension LearnerConfiguration {
  /// The option that fixes the rate.
  var rateOption: String { optimizer == .ftrl ? "--alpha" : "--learning-rate" }
}

// MARK: - Checkpoints

extension OpeningRows {
  func encode(into writer: inout ByteWriter) {
    writer.append(wanted)
    writer.append(waiting.batch)
  }

  mutating func restore(from reader: inout ByteReader, _ limits: RowLimits) throws(RunFailure) {
    let wanted = try reader.readTally()
    try waiting.restore(from: &reader, limits)
    guard given.map({ $0 == wanted }) ?? (self.wanted...Self.limits.rows).contains(wanted),
      rowCount < wanted
    else { throw reader.failure("the rows that wait for a rate are not those of the options") }
    self.wanted = wanted
    guard loss.isBinary else { return }
    for row in 0..<rowCount { counts[waiting.batch.labels[row] > 0 ? 1 : 0] += 1 }
  }
}

extension LearnerStart {
  func encode(into writer: inout ByteWriter) {
    writer.append(target.mean)
    writer.append(target.deviation)
    writer.append(race != nil)
    guard let race else { return }
    writer.append(race.rows)
    writer.append(race.trials.count)
    for trial in race.trials {
      writer.append(trial.rate)
      writer.append(trial.loss != nil)
      writer.append(trial.loss ?? 0)
    }
  }

  init(from reader: inout ByteReader, _ configuration: LearnerConfiguration) throws(RunFailure) {
    let (mean, deviation) = (try reader.readDouble(), try reader.readDouble())
    guard mean.isFinite, deviation > 0, deviation.isFinite else {
      throw reader.failure("the unit of its labels is out of range")
    }
    target = TargetScale(mean: mean, deviation: deviation)
    guard try reader.readBool() else { return }
    let rows = try reader.readTally()
    let count = try reader.readCount(elementBytes: 17)
    var trials: [ModelHeader.Learner.Race.Trial] = []
    for _ in 0..<count {
      let rate = try reader.readDouble()
      let hasLoss = try reader.readBool()
      let loss = try reader.readDouble()
      trials.append(ModelHeader.Learner.Race.Trial(rate: rate, loss: hasLoss ? loss : nil))
    }
    let race = ModelHeader.Learner.Race(trials: trials, rows: rows)
    guard race.isPossible, configuration.findsRate else {
      throw reader.failure("its race of rates is not that of the options")
    }
    self.race = race
    rate = race.winner
  }
}
