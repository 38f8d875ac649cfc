internal import Learning
internal import ModelFile
internal import SparseBatches

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

  func encodeState(into writer: inout ByteWriter) { checkpoint.encode(into: &writer) }

  mutating func restoreState(from reader: inout ByteReader) throws(RunFailure) {
    try restore(try LearnerCheckpoint<Rule>(parameters, from: &reader))
  }

  mutating func forget(keeping share: Double) throws(RunFailure) {
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

  func encodeState(into writer: inout ByteWriter) { checkpoint.encode(into: &writer) }

  mutating func restoreState(from reader: inout ByteReader) throws(RunFailure) {
    try restore(try SoftmaxCheckpoint<Rule>(parameters, classes: classes, from: &reader))
  }

  mutating func forget(keeping share: Double) throws(RunFailure) {
    let state = checkpoint
    forgetStates(keeping: share)
    try restore(state)
    forgetBiases(keeping: share)
  }
}
