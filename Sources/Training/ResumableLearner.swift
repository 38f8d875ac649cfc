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
}

extension OnlineLearner: ResumableLearner {
  static var stateBytes: Int { MemoryLayout<Rule.Block.Slot>.stride }
  var tableCount: Int { slotCount }
  var rowsOnClock: Int { (checkpoint.clock as? RateClock)?.rows ?? 0 }

  func withTable(_ body: (RawSpan) -> Void) { withSlotBytes(of: 0..<slotCount, body) }

  mutating func loadTable(_ bytes: RawSpan, at first: Int) { loadSlots(bytes, at: first) }

  func isPossible(state: Int) -> Bool { isPossible(slot: UInt32(state)) }

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
  var rowsOnClock: Int { (checkpoint.clock as? RateClock)?.rows ?? 0 }

  func withTable(_ body: (RawSpan) -> Void) { withStateBytes(of: 0..<stateCount, body) }

  mutating func loadTable(_ bytes: RawSpan, at first: Int) { loadStates(bytes, at: first) }

  func isPossible(state: Int) -> Bool { isPossible(entry: state) }

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
