import Glibc

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
  /// A part, by its number, of what the consumer is at.
  case share(Int)
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
/// to fill: a producer that blocks in a read keeps nobody from what was already produced. A consumer
/// that cuts its work into parts is what everybody waits for: parts come first.
struct HandoffState {
  private let capacity: Int
  /// True when there is no producer thread.
  private let consumerProduces: Bool
  private var consumed = 0
  private var claimed = 0
  private var produced = 0
  private var isTransformed: [Bool]
  private var parts = 0
  private var partsClaimed = 0
  private var partsFinished = 0
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
    if let part = claimPart() { return .share(part) }
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

  /// The consumer's work is cut into so many parts.
  mutating func openParts(_ count: Int) { (parts, partsClaimed, partsFinished) = (count, 0, 0) }

  /// - Returns: nil when somebody is at each of them, or they are done.
  mutating func claimPart() -> Int? {
    guard partsClaimed < parts else { return nil }
    defer { partsClaimed += 1 }
    return partsClaimed
  }

  var allPartsAreFinished: Bool { partsFinished == parts }

  /// - Returns: whether it was the last one.
  mutating func finishPart() -> Bool {
    partsFinished += 1
    return allPartsAreFinished
  }

  /// After this every thread leaves at its next step.
  mutating func stop() { isStopped = true }

  private mutating func claimPending() -> Int? {
    guard claimed < produced else { return nil }
    defer { claimed += 1 }
    return claimed
  }
}

/// One run of a hand-off: the loop that every thread of it is in.
///
/// `monitor`'s lock guards `state`, `times`, `sharedWork` and `failure`. The items are guarded by the
/// policy: each is in the hands of one thread between its step's start and finish, both under the
/// lock.
final class HandoffRun<Item: AnyObject & Sendable, Failure: Error>: @unchecked Sendable {
  private let items: [Item]
  private let produce: @Sendable (Item) throws(Failure) -> Bool
  private let transform: @Sendable (Item) -> Void
  private let monitor = Monitor()
  private var state: HandoffState
  private var failure: Failure?
  /// What is done with a part, while there are parts.
  private var sharedWork: (@Sendable (Int) -> Void)?
  private(set) var times: [StageTimes]

  init(
    items: [Item], threads: Int, consumerProduces: Bool,
    produce: @escaping @Sendable (Item) throws(Failure) -> Bool,
    transform: @escaping @Sendable (Item) -> Void
  ) {
    self.items = items
    self.produce = produce
    self.transform = transform
    state = HandoffState(capacity: items.count, consumerProduces: consumerProduces)
    times = Array(repeating: StageTimes(), count: threads)
  }

  /// The whole life of a thread in the run.
  ///
  /// - Parameter thread: index into `times`.
  /// - Throws: what `consume` throws; then the run is stopped.
  func work(
    as role: Role, thread: Int, consume: (Item) throws(Failure) -> Void
  ) throws(Failure) {
    var stopwatch = Stopwatch()
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      switch state.nextStep(for: role) {
      case .leave: return
      case .wait:
        monitor.wait(as: role)
        times[thread].waitSeconds += stopwatch.lap()
      case .produce(let item):
        produceOne(item)
        times[thread].produceSeconds += stopwatch.lap()
      case .transform(let item):
        transformOne(item)
        times[thread].transformSeconds += stopwatch.lap()
      case .consume(let item):
        try consumeOne(item, consume)
        times[thread].consumeSeconds += stopwatch.lap()
      case .share(let part):
        shareOne(part)
        times[thread].consumeSeconds += stopwatch.lap()
      }
    }
  }

  /// Calls `body` with 0 ..< `parts`, on all threads that have come; returns when all are done.
  ///
  /// For `consume` alone, which waits for it.
  func share(_ parts: Int, _ body: @escaping @Sendable (Int) -> Void) {
    monitor.lock()
    defer { monitor.unlock() }
    sharedWork = body
    state.openParts(parts)
    monitor.wakeAll()
    while !state.allPartsAreFinished {
      if let part = state.claimPart() {
        shareOne(part)
      } else {
        monitor.wait(as: .consumer)
      }
    }
    sharedWork = nil
    state.openParts(0)
  }

  /// What `produce` threw. Only after all threads were joined.
  var produceFailure: Failure? { failure }

  private func produceOne(_ item: Int) {
    monitor.unlock()
    var more = false
    var thrown: Failure?
    do throws(Failure) { more = try produce(recycled(item)) } catch { thrown = error }
    monitor.lock()
    failure = thrown
    state.finishProduce(more: more)
    if more {
      monitor.wakeOne(.worker)
      monitor.wakeOne(.consumer)
    } else {
      monitor.wakeAll()
    }
  }

  private func transformOne(_ item: Int) {
    monitor.unlock()
    transform(recycled(item))
    monitor.lock()
    if state.finishTransform(item) { monitor.wakeOne(.consumer) }
  }

  private func consumeOne(
    _ item: Int, _ consume: (Item) throws(Failure) -> Void
  ) throws(Failure) {
    monitor.unlock()
    do throws(Failure) {
      try consume(recycled(item))
    } catch {
      monitor.lock()
      state.stop()
      monitor.wakeAll()
      throw error
    }
    monitor.lock()
    state.finishConsume(item)
    monitor.wakeOne(.producer)
  }

  private func shareOne(_ part: Int) {
    guard let work = sharedWork else { preconditionFailure("there are parts, but no work") }
    monitor.unlock()
    work(part)
    monitor.lock()
    if state.finishPart() { monitor.wakeOne(.consumer) }
  }

  private func recycled(_ item: Int) -> Item { items[item % items.count] }
}

/// One mutex and one condition for each role of the hand-off.
///
/// The lock guards whatever its owner says it guards; a waiter must check its reason again after
/// every wake.
@safe
final class Monitor: @unchecked Sendable {
  // Allocated once, never moved and freed in deinit: POSIX wants fixed addresses.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let conditions: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe conditions = .allocate(capacity: Role.allCases.count)
    unsafe check(pthread_mutex_init(mutex, nil), "pthread_mutex_init")
    for role in Role.allCases {
      unsafe check(pthread_cond_init(conditions + role.rawValue, nil), "pthread_cond_init")
    }
  }

  deinit {
    for role in Role.allCases { unsafe pthread_cond_destroy(conditions + role.rawValue) }
    unsafe pthread_mutex_destroy(mutex)
    unsafe conditions.deallocate()
    unsafe mutex.deallocate()
  }

  func lock() { unsafe check(pthread_mutex_lock(mutex), "pthread_mutex_lock") }

  func unlock() { unsafe check(pthread_mutex_unlock(mutex), "pthread_mutex_unlock") }

  /// Gives up the lock until the role is woken; holds it again on return.
  func wait(as role: Role) {
    unsafe check(pthread_cond_wait(conditions + role.rawValue, mutex), "pthread_cond_wait")
  }

  /// Wakes one thread of that role.
  func wakeOne(_ role: Role) { unsafe _ = pthread_cond_signal(conditions + role.rawValue) }

  func wakeAll() {
    for role in Role.allCases { unsafe _ = pthread_cond_broadcast(conditions + role.rawValue) }
  }

  private func check(_ code: Int32, _ call: StaticString) {
    precondition(code == 0, "\(call) failed with \(code)")
  }
}

/// Reads off the seconds since it was last read.
struct Stopwatch {
  private var last = Self.now()

  mutating func lap() -> Double {
    let now = Self.now()
    defer { last = now }
    return now - last
  }

  private static func now() -> Double {
    var time = timespec()
    // The clock writes one timespec, which is ours.
    unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
