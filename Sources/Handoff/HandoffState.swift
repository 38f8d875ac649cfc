/// Who a thread of the hand-off is; the raw value indexes the monitor's conditions.
enum Role: Int, CaseIterable, Sendable {
  /// The calling thread: consumes.
  case consumer
  case producer
  /// Only transforms.
  case worker
}

/// What a thread does next. Numbers are sequence numbers of items.
enum Step: Equatable {
  case produce(Int)
  case transform(Int)
  case consume(Int)
  case wait
  case leave
}

/// The progress of one run, and the policy that decides who does what. Pure: no threads, no locks.
///
/// Item s of the sequence lives in item s mod `capacity` of those that are recycled. Everything
/// below `consumed` is done, below `claimed` somebody has taken it to transform it, below
/// `produced` it is filled: consumed <= claimed <= produced <= consumed + capacity.
///
/// The policy is work-conserving: whoever would have to wait transforms the oldest pending item,
/// so that two threads share three stages of any proportion evenly. No thread waits for a queue
/// to fill: a producer that blocks in a read keeps nobody from what was already produced.
struct HandoffState {
  private let capacity: Int
  /// True when there is no producer thread.
  private let consumerProduces: Bool
  private var consumed = 0
  private var claimed = 0
  private var produced = 0
  private var isTransformed: [Bool]
  private(set) var hasEnded = false
  private(set) var isStopped = false

  init(capacity: Int, consumerProduces: Bool) {
    self.capacity = capacity
    self.consumerProduces = consumerProduces
    isTransformed = Array(repeating: false, count: capacity)
  }

  /// Decides the next step of a thread, and claims the item when it is to be transformed.
  mutating func nextStep(for role: Role) -> Step {
    if isStopped { return .leave }
    switch role {
    case .consumer:
      if consumed < produced, isTransformed[consumed % capacity] { return .consume(consumed) }
      if let item = claimPending() { return .transform(item) }
      if consumerProduces, !hasEnded { return .produce(produced) }
      return hasEnded && consumed == produced ? .leave : .wait
    case .producer:
      if !hasEnded, produced < consumed + capacity { return .produce(produced) }
      if let item = claimPending() { return .transform(item) }
      return hasEnded ? .leave : .wait
    case .worker:
      if let item = claimPending() { return .transform(item) }
      return hasEnded ? .leave : .wait
    }
  }

  mutating func finishProduce(more: Bool) {
    if more { produced += 1 } else { hasEnded = true }
  }

  /// - Returns: true when the consumer can go on with this item.
  mutating func finishTransform(_ item: Int) -> Bool {
    isTransformed[item % capacity] = true
    return item == consumed
  }

  mutating func finishConsume(_ item: Int) {
    isTransformed[item % capacity] = false
    consumed += 1
  }

  /// After this every thread leaves at its next step.
  mutating func stop() { isStopped = true }

  private mutating func claimPending() -> Int? {
    guard claimed < produced else { return nil }
    defer { claimed += 1 }
    return claimed
  }
}
