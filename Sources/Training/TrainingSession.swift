internal import Checkpoints
internal import Configuration
internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import Notices
internal import Scoring
internal import SparseBatches

/// The online learner of one run, whatever its optimizer: one dynamic call a batch, none a row.
protocol TrainingSession: AnyObject {
  /// Loss and weight of every row so far, each before it was learned.
  var progressiveLoss: (sum: Double, weight: Double) { get }
  /// Mean loss of the first epoch: later ones have seen the rows before.
  var firstEpochLoss: Double? { get }
  var description: ModelHeader.Learner { get }
  /// Lends the margins of the rows of the last batch learned, each before it was learned.
  func withMargins(_ body: (borrowing GrowableBuffer<Double>) -> Void)

  /// - Parameter place: where the row with this index in its chunk stands in the input; nil when
  ///   that is not known any more.
  func learn(_ batch: borrowing SparseBatch, place: (Int) -> RowPlace?) throws(RunFailure)
  /// Ends an epoch: applies the last, shorter mini-batch.
  func finishEpoch() throws(RunFailure)
  /// The weights of now.
  func weights() throws(RunFailure) -> LearnedWeights

  /// Measures rows at both kinds of weights as they are now; learns nothing.
  func score(_ batch: borrowing SparseBatch, into scores: inout FrozenScores)
  /// The weights that it gives are the last ones from now on, not averages. Call when all is learned.
  func serveLastWeights()

  /// Goes on from what another learner knew. Call before rows are learned.
  ///
  /// - Throws: badData when the parts of a state contradict each other; usage when there is no memory
  ///   to read it.
  func begin(from origin: LearningOrigin) throws(RunFailure)
  /// What another learner can go on from: one state of the table, a bias.
  func known(state: Int) -> KnownCoordinate
  func knownBias(output: Int) -> KnownCoordinate
  var head: LearnerHead { get }
  /// Takes over the head of another session of the same learner, and a table. Call before rows are
  /// learned.
  func take(_ head: LearnerHead, table: [ContainerSection]) throws(RunFailure)

  /// Whether the learning rate is 0 for ever after `waiting` more rows.
  func scheduleHasEnded(after waiting: Int) -> Bool
  /// Multiplies the evidence behind all that was learned by `share`.
  func forget(keeping share: Double) throws(RunFailure)
  /// What a checkpoint holds of it beside the table.
  var section: ContainerSection { get }
  func copyTable(into snapshot: TableSnapshot)
  /// Takes over the state of a session of the same configuration.
  ///
  /// - Throws: badData when the parts of the checkpoint contradict each other.
  func restore(_ container: Container) throws(RunFailure)
}

/// A session with one optimizer and one loss.
final class OnlineSession<Learner: ResumableLearner & ~Copyable>: TrainingSession {
  private var learner: Learner
  let description: ModelHeader.Learner
  /// The unit in which the learner has labels, and with them losses and weights.
  private let target: TargetScale
  private(set) var firstEpochLoss: Double?
  private var isFirstEpoch = true

  init(
    _ learner: consuming Learner, _ description: ModelHeader.Learner,
    target: TargetScale = .unscaled
  ) {
    self.learner = learner
    self.description = description
    self.target = target
  }

  var progressiveLoss: (sum: Double, weight: Double) {
    (learner.progress.weightedLoss.value * lossUnit, learner.progress.weight.value)
  }

  /// What a loss of 1 in the learner's unit is in that of the labels.
  private var lossUnit: Double { target.deviation * target.deviation }

  func withMargins(_ body: (borrowing GrowableBuffer<Double>) -> Void) { body(learner.margins) }

  func learn(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?
  ) throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.learn(batch)
    } catch {
      throw Self.refusal(
        error, place: error.row.flatMap { place(Int(batch.rowsInChunk[$0])) })
    }
  }

  func finishEpoch() throws(RunFailure) {
    do throws(NonFiniteRow) {
      try learner.finish()
    } catch {
      throw Self.refusal(error, place: nil)
    }
    if isFirstEpoch { firstEpochLoss = learner.progress.mean.map { $0 * lossUnit } }
    isFirstEpoch = false
  }

  func weights() throws(RunFailure) -> LearnedWeights {
    var weights = SparseWeights(outputsPerSlot: learner.outputs)
    weights.reserve(learner.tableCount)
    let unit = Float(target.deviation)
    var scaled = EntryWeights()
    try learner.forEachPortionOfWeights { portion throws(RunFailure) in
      guard target != .unscaled else { return try weights.append(portion) }
      scaled.removeAll()
      for index in 0..<portion.entries.count {
        scaled.entries.append(portion.entries[index])
        scaled.weights.append(portion.weights[index] * unit)
      }
      try weights.append(scaled)
    }
    return LearnedWeights(
      biases: (0..<learner.outputs).map {
        target.mean + target.deviation * learner.bias(output: $0)
      }, weights: weights)
  }

  func score(_ batch: borrowing SparseBatch, into scores: inout FrozenScores) {
    learner.predict(batch, into: &scores.margins)
    learner.losses(of: batch, at: scores.margins, into: &scores.averaged)
    learner.serveLastWeights(true)
    learner.predict(batch, into: &scores.margins)
    learner.losses(of: batch, at: scores.margins, into: &scores.last)
    learner.serveLastWeights(false)
    scores.lossUnit = lossUnit
  }

  func serveLastWeights() { learner.serveLastWeights(true) }

  // MARK: - What others know

  func known(state: Int) -> KnownCoordinate { learner.known(state: state) }

  func knownBias(output: Int) -> KnownCoordinate { learner.knownBias(output: output) }

  var head: LearnerHead { learner.head }

  func take(_ head: LearnerHead, table: [ContainerSection]) throws(RunFailure) {
    let container = Container(
      kind: .state, headerJSON: [], sections: table, name: "the merged state")
    let fits = TableSnapshot.forEachPiece(
      of: container, stateBytes: Learner.stateBytes, states: learner.tableCount
    ) { learner.loadTable($0, at: $1) }
    guard fits else { throw RunFailure(.bug, "a merged table is not that of its learner") }
    try learner.take(head)
    var isSound = true
    TableSnapshot.forEachUsedState(of: container) { state in
      isSound = isSound && learner.isPossible(state: state)
    }
    guard isSound else {
      throw RunFailure(
        .badData, "the merged weights left the range of numbers",
        cure: "did one of the states diverge? scale the values down, or learn more slowly")
    }
  }

  func begin(from origin: LearningOrigin) throws(RunFailure) {
    switch origin {
    case .model(let model, _): begin(from: model)
    case .state(let state):
      if state.header.model.learner.learnsLike(description) {
        try restore(state.container)
      } else {
        try begin(from: state)
      }
      // Its epoch is over, ours begins.
      isFirstEpoch = true
      firstEpochLoss = nil
    }
  }

  /// Of a model nothing is known but its weights, in the unit of the labels.
  private func begin(from model: ModelDocument) {
    let outputs = model.weights.outputsPerSlot
    for (output, bias) in model.header.biases.enumerated() {
      learner.beginBias(
        output: output, KnownCoordinate(weight: (bias - target.mean) / target.deviation))
    }
    let (slots, places) = (model.weights.slots, model.weights.outputs)
    for (index, weight) in model.weights.weights.enumerated() {
      learner.begin(
        state: Int(slots[index]) * outputs + (outputs == 1 ? 0 : Int(places[index])),
        KnownCoordinate(weight: Double(weight) / target.deviation))
    }
  }

  /// Of a learner that learns otherwise, the last weights and the evidence behind them.
  private func begin(from state: StateDocument) throws(RunFailure) {
    let other = try TrainingSessions.make(of: state)
    TableSnapshot.forEachUsedState(of: state.container) { entry in
      learner.begin(state: entry, other.known(state: entry))
    }
    for output in 0..<learner.outputs {
      learner.beginBias(output: output, other.knownBias(output: output))
    }
    learner.goOn(from: other.head.progress)
  }

  // MARK: - Checkpoints

  func scheduleHasEnded(after waiting: Int) -> Bool {
    guard let rate = description.online?.rate, rate.schedule == RateSchedule.cosine.rawValue
    else { return false }
    return learner.rowsOnClock + waiting >= rate.decayRows
  }

  func forget(keeping share: Double) throws(RunFailure) { try learner.forget(keeping: share) }

  var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(isFirstEpoch)
    writer.append(firstEpochLoss != nil)
    writer.append(firstEpochLoss ?? 0)
    learner.encodeState(into: &writer)
    return ContainerSection(type: .learnerState, data: writer.bytes)
  }

  func copyTable(into snapshot: TableSnapshot) {
    learner.withTable { snapshot.copy($0, stateBytes: Learner.stateBytes) }
  }

  func restore(_ container: Container) throws(RunFailure) {
    var reader = try container.reader(of: .learnerState)
    var isPossible = true
    isFirstEpoch = try reader.readBool()
    let hasLoss = try reader.readBool()
    let loss = try reader.readDouble()
    firstEpochLoss = hasLoss ? loss : nil
    guard loss.isFinite else { throw reader.failure("a loss is \(loss)") }
    let fits = TableSnapshot.forEachPiece(
      of: container, stateBytes: Learner.stateBytes, states: learner.tableCount
    ) { learner.loadTable($0, at: $1) }
    guard fits else { throw reader.failure("its table is not that of the options") }
    try learner.restoreState(from: &reader)
    try reader.expectEnd()
    // Penalties flow with the clock: what a state is worth shows when both are there.
    TableSnapshot.forEachUsedState(of: container) { state in
      isPossible = isPossible && learner.isPossible(state: state)
    }
    guard isPossible else { throw reader.failure("a number in its table is out of range") }
  }

  private static func refusal(_ error: NonFiniteRow, place: RowPlace?) -> RunFailure {
    let feature = error.slot.map { ", feature in slot \($0)" } ?? ""
    return RunFailure(
      .badData,
      "\(place?.text ?? "a row")\(feature): the \(error.quantity.rawValue) is not finite",
      cure: "scale the values down, or learn more slowly (--alpha, --learning-rate)")
  }
}
