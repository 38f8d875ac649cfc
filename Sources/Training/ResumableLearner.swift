package import Featurizing
package import Learning
package import ModelFile
package import SparseBatches

/// A learner whose whole state can be stored and taken over.
protocol ResumableLearner: OnlineOptimizer, ~Copyable {
  /// Bytes of one state of the table.
  static var stateBytes: Int { get }
  /// States in the table.
  var tableCount: Int { get }
  /// Rows that the learning rate has fallen with; 0 for a rule without one.
  var rowsOnClock: Int { get }

  func withTable(_ body: (RawSpan) -> Void)
  mutating func loadTable(_ bytes: RawSpan, at first: Int)
  /// Whether learning can have led to a state of the table. Call when all is restored.
  func isPossible(state: Int) -> Bool
  func encodeState(into writer: inout ByteWriter)
  /// Call when the table is loaded.
  mutating func restoreState(from reader: inout ByteReader) throws(RunFailure)
  /// Multiplies the evidence behind all that was learned by `share`.
  mutating func forget(keeping share: Double) throws(RunFailure)

  /// What another learner can go on from.
  func known(state: Int) -> KnownCoordinate
  func knownBias(output: Int) -> KnownCoordinate
  /// A coordinate that begins with what another learner knew of it. Call before rows are learned.
  mutating func begin(state: Int, _ known: KnownCoordinate)
  mutating func beginBias(output: Int, _ known: KnownCoordinate)
  /// Losses are added to those of another learner.
  mutating func goOn(from progress: ProgressiveLoss)
  /// What is neither in the table nor moves with the rows.
  var head: LearnerHead { get }
  /// Takes over the head of another learner of the same rule. The clock stays at its start.
  mutating func take(_ head: LearnerHead) throws(RunFailure)
}

/// What a learner knows beside its table and its clock.
package struct LearnerHead: Equatable, Sendable {
  /// The biases' states, each as the words of its rule.
  package var biases: [[UInt64]]
  package var updates: UInt64
  package var progress: ProgressiveLoss

  package init(biases: [[UInt64]], updates: UInt64, progress: ProgressiveLoss) {
    self.biases = biases
    self.updates = updates
    self.progress = progress
  }
}

extension OnlineLearner: ResumableLearner {
  static var stateBytes: Int { MemoryLayout<Rule.Block.Slot>.stride }
  var tableCount: Int { slotCount }
  var rowsOnClock: Int { checkpoint.clock.rows }

  func withTable(_ body: (RawSpan) -> Void) { withSlotBytes(of: 0..<slotCount, body) }

  mutating func loadTable(_ bytes: RawSpan, at first: Int) { loadSlots(bytes, at: first) }

  func isPossible(state: Int) -> Bool { isPossible(slot: UInt32(state)) }

  func known(state: Int) -> KnownCoordinate { known(slot: UInt32(state)) }
  func knownBias(output: Int) -> KnownCoordinate { knownBias }
  mutating func begin(state: Int, _ known: KnownCoordinate) { begin(slot: UInt32(state), known) }
  mutating func beginBias(output: Int, _ known: KnownCoordinate) { beginBias(known) }

  var head: LearnerHead {
    let state = checkpoint
    return LearnerHead(
      biases: [state.bias.words], updates: state.updates, progress: state.progress)
  }

  mutating func take(_ head: LearnerHead) throws(RunFailure) {
    var state = LearnerCheckpoint<Rule>(parameters)
    for words in head.biases { state.bias = Rule.Bias(words: words[...]) }
    state.updates = head.updates
    state.progress = head.progress
    try restore(state)
  }

  func encodeState(into writer: inout ByteWriter) { checkpoint.encode(into: &writer) }

  mutating func restoreState(from reader: inout ByteReader) throws(RunFailure) {
    try restore(try LearnerCheckpoint<Rule>(parameters, from: &reader))
  }

  package mutating func forget(keeping share: Double) throws(RunFailure) {
    let state = checkpoint
    forgetSlots(keeping: share)
    // The mini-batch under way has copies of its slots: they are made anew.
    try restore(state)
    forgetBias(keeping: share)
  }
}

extension SoftmaxLearner: ResumableLearner {
  static var stateBytes: Int { MemoryLayout<Rule.Block.Slot>.stride }
  var tableCount: Int { stateCount }
  var rowsOnClock: Int { checkpoint.clock.rows }

  func withTable(_ body: (RawSpan) -> Void) { withStateBytes(of: 0..<stateCount, body) }

  mutating func loadTable(_ bytes: RawSpan, at first: Int) { loadStates(bytes, at: first) }

  func isPossible(state: Int) -> Bool { isPossible(entry: state) }

  func known(state: Int) -> KnownCoordinate { known(entry: state) }
  mutating func begin(state: Int, _ known: KnownCoordinate) { begin(entry: state, known) }

  var head: LearnerHead {
    let state = checkpoint
    return LearnerHead(
      biases: state.biases.map(\.words), updates: state.updates, progress: state.progress)
  }

  mutating func take(_ head: LearnerHead) throws(RunFailure) {
    var state = SoftmaxCheckpoint<Rule>(parameters, classes: classes)
    state.biases = head.biases.map { Rule.Bias(words: $0[...]) }
    state.updates = head.updates
    state.progress = head.progress
    try restore(state)
  }

  func encodeState(into writer: inout ByteWriter) { checkpoint.encode(into: &writer) }

  mutating func restoreState(from reader: inout ByteReader) throws(RunFailure) {
    try restore(try SoftmaxCheckpoint<Rule>(parameters, classes: classes, from: &reader))
  }

  package mutating func forget(keeping share: Double) throws(RunFailure) {
    let state = checkpoint
    forgetStates(keeping: share)
    try restore(state)
    forgetBiases(keeping: share)
  }
}

extension LearnerCheckpoint {
  package func encode(into writer: inout ByteWriter) {
    writer.append(words: bias.words + clock.words + [updates] + progress.words)
    writer.append(pendingRows)
    writer.append(pendingWeighingRows)
    writer.append(pendingBiasGradient)
    writer.append(pendingSlots.count)
    for slot in pendingSlots { writer.append(slot) }
    for gradient in pendingGradients { writer.append(gradient) }
  }

  /// - Parameter parameters: of the learner that it was taken from.
  package init(_ parameters: Rule.Parameters, from reader: inout ByteReader) throws(RunFailure) {
    self.init(parameters)
    bias = try reader.readCoded(Rule.Bias.self)
    clock = try reader.readCoded(Rule.Clock.self)
    updates = try reader.readUInt64()
    progress = try reader.readCoded(ProgressiveLoss.self)
    pendingRows = try reader.readInt()
    pendingWeighingRows = try reader.readInt()
    pendingBiasGradient = try reader.readDouble()
    let count = try reader.readCount(elementBytes: 12)
    for _ in 0..<count { pendingSlots.append(try reader.readUInt32()) }
    for _ in 0..<count { pendingGradients.append(try reader.readDouble()) }
  }
}

extension SoftmaxCheckpoint {
  package func encode(into writer: inout ByteWriter) {
    for bias in biases { writer.append(words: bias.words) }
    writer.append(words: clock.words + [updates] + progress.words)
    writer.append(pendingRows)
    writer.append(pendingWeighingRows)
    for gradient in pendingBiasGradients { writer.append(gradient) }
    writer.append(pendingSlots.count)
    for slot in pendingSlots { writer.append(slot) }
    for gradient in pendingGradients { writer.append(gradient) }
  }

  /// - Parameters:
  ///   - parameters, classes: of the learner that it was taken from.
  package init(
    _ parameters: Rule.Parameters, classes: Int, from reader: inout ByteReader
  ) throws(RunFailure) {
    self.init(parameters, classes: classes)
    for output in 0..<classes { biases[output] = try reader.readCoded(Rule.Bias.self) }
    clock = try reader.readCoded(Rule.Clock.self)
    updates = try reader.readUInt64()
    progress = try reader.readCoded(ProgressiveLoss.self)
    pendingRows = try reader.readInt()
    pendingWeighingRows = try reader.readInt()
    for output in 0..<classes { pendingBiasGradients[output] = try reader.readDouble() }
    let count = try reader.readCount(elementBytes: 4 + 8 * classes)
    for _ in 0..<count { pendingSlots.append(try reader.readUInt32()) }
    for _ in 0..<count * classes { pendingGradients.append(try reader.readDouble()) }
  }
}

// What `Featurizing` and `Learning` know, to bytes and back, for checkpoints.

extension FeatureRegisterState {
  package func encode(into writer: inout ByteWriter) {
    writer.append(slots.count)
    for slot in slots { writer.append(slot) }
    writer.append(contentsOf: lengths)
    writer.append(counted: bytes)
    writer.append(wantsNames)
    writer.append(sample.count)
    for hash in sample { writer.append(hash) }
    writer.append(sampleLevel)
    writer.append(isSaturated)
  }

  package init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    let count = try reader.readCount(elementBytes: 5)
    for _ in 0..<count { slots.append(try reader.readUInt32()) }
    lengths = Array(try reader.readBytes(count))
    bytes = Array(try reader.readCountedBytes())
    wantsNames = try reader.readBool()
    let sampled = try reader.readCount(elementBytes: 4)
    for _ in 0..<sampled { sample.append(try reader.readUInt32()) }
    sampleLevel = try reader.readInt()
    isSaturated = try reader.readBool()
  }
}

extension SolverState {
  package func encode(into writer: inout ByteWriter) {
    // Of a large problem the vectors are hundreds of megabytes: room for all of them at once.
    let vectors = [means, scales, point, gradient, lastStep] + steps + changes
    writer.reserve(vectors.reduce(128) { $0 + 8 * $1.count + 8 })
    for count in [iteration, passes, idleIterations, steps.count] { writer.append(count) }
    for number in [
      smallestNorm, radius, startObjective, startPlainNorm, startOwnNorm, objective, plainNorm,
      ownNorm, worstMargin,
    ] { writer.append(number) }
    for vector in vectors { writer.append(vector) }
  }

  /// Whether its lengths fit a problem is found out when a solver takes it over.
  package init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    iteration = try reader.readTally()
    passes = try reader.readTally()
    idleIterations = try reader.readTally()
    // Each pair has at least the counts of its two vectors.
    let pairs = try reader.readTally()
    guard pairs <= reader.remaining / 16 else { throw reader.failure("it has \(pairs) pairs") }
    smallestNorm = try reader.readDouble()
    radius = try reader.readDouble()
    startObjective = try reader.readDouble()
    startPlainNorm = try reader.readDouble()
    startOwnNorm = try reader.readDouble()
    objective = try reader.readDouble()
    plainNorm = try reader.readDouble()
    ownNorm = try reader.readDouble()
    worstMargin = try reader.readDouble()
    means = try reader.readVector()
    scales = try reader.readVector()
    point = try reader.readVector()
    gradient = try reader.readVector()
    lastStep = try reader.readVector()
    for _ in 0..<pairs { steps.append(try reader.readVector()) }
    for _ in 0..<pairs { changes.append(try reader.readVector()) }
    let vectors = [means, scales, point, gradient, lastStep] + steps + changes
    let norms = [smallestNorm, startPlainNorm, startOwnNorm, plainNorm, ownNorm]
    // A region may be without bounds, and without classes no row is on a wrong side.
    guard vectors.allSatisfy({ $0.allSatisfy(\.isFinite) }),
      norms.allSatisfy({ $0 >= 0 && $0.isFinite }), startObjective.isFinite, objective.isFinite,
      radius >= 0, !worstMargin.isNaN
    else { throw reader.failure("a number is out of range") }
  }
}
