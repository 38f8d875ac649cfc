internal import Configuration
internal import Learning
internal import ModelFile
internal import SparseBatches

// Design note
//
// A rate that is too small learns nothing from one pass, one that is too large never comes to rest;
// which is which depends on the data by a factor of a hundred. So the rates of a short list learn the
// first rows side by side, each from nothing, and the one that predicts best goes on.
//
// - In random order: rows of one hour or one customer stand together, and the rate that is best for
//   the next row of the same kind is far too high for the rest of the stream.
// - Judged by the loss of the served weights, before each row was learned, over the second half: the
//   first half is the start that every rate has to make once.
// - The winner starts from nothing, as all do: so a run with the rate that was found, given as an
//   option, writes the same model.
//
// Measured on 15 real sets: the loss after a whole pass is within 0.1 % of that of the list's best
// rate. Judged by the last weights, or in the order of the file, it misses by up to 30 %.
//
// Slots are renumbered densely, so that the tables of the race fit the cache.

/// A race of learning rates over the first rows of a run.
enum RateRace {
  /// Without so many rows of the rarer class in the judged half, a race says nothing.
  static let fewestRareRows = 20

  /// - Parameters:
  ///   - rows: in the order of the stream.
  ///   - seed: of the order in which they are learned.
  /// - Throws: usage when there is no memory for a table.
  static func run(
    _ rows: borrowing SparseBatch, _ configuration: LearnerConfiguration, loss: ModelLoss,
    target: TargetScale, seed: UInt64
  ) throws(RunFailure) -> ModelHeader.Learner.Race {
    var random = RowLottery(seed: seed, .race).draw(0)
    let order = ShuffledOrder.of(rows.rowCount, &random)
    var compact = CompactSlots()
    var first = SparseBatch()
    var second = SparseBatch()
    let half = rows.rowCount / 2
    for (index, row) in order.enumerated() {
      if index < half {
        compact.append(rows, row: row, to: &first)
      } else {
        compact.append(rows, row: row, to: &second)
      }
    }
    var trials: [ModelHeader.Learner.Race.Trial] = []
    for rate in configuration.candidateRates {
      let start = LearnerStart(rate: rate, target: target)
      let session = try TrainingSessions.make(
        configuration, loss: loss, bits: compact.bits, start)
      trials.append(
        ModelHeader.Learner.Race.Trial(rate: rate, loss: Self.loss(session, first, second)))
    }
    return ModelHeader.Learner.Race(trials: trials, rows: rows.rowCount)
  }

  /// Mean loss of the rows of `second`, each before it was learned; nil when the numbers ran out of
  /// range on the way.
  private static func loss(
    _ session: any TrainingSession, _ first: borrowing SparseBatch,
    _ second: borrowing SparseBatch
  ) -> Double? {
    do throws(RunFailure) {
      try session.learn(first) { _ in nil }
      let before = session.progressiveLoss
      try session.learn(second) { _ in nil }
      let after = session.progressiveLoss
      let loss = (after.sum - before.sum) / (after.weight - before.weight)
      return loss.isFinite ? loss : nil
    } catch {
      return nil
    }
  }
}

extension ModelHeader.Learner.Race {
  /// The rate with the least loss; the lower of two that are alike. nil when none came through.
  var winner: Double? {
    trials.filter { $0.loss != nil }.min { ($0.loss ?? 0, $0.rate) < ($1.loss ?? 0, $1.rate) }?.rate
  }
}
