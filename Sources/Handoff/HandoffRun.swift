/// One run of a hand-off: the loop that every thread of it is in.
///
/// `monitor`'s lock guards `state`, `times` and `failure`. The items are guarded by the policy:
/// each is in the hands of one thread between its step's start and finish, both under the lock.
final class HandoffRun<Item: AnyObject & Sendable, Failure: Error>: @unchecked Sendable {
  private let items: [Item]
  private let produce: @Sendable (Item) throws(Failure) -> Bool
  private let transform: @Sendable (Item) -> Void
  private let monitor = Monitor()
  private var state: HandoffState
  private var failure: Failure?
  private(set) var times: [StageTimes]

  init(
    items: [Item], threads: Int, consumerProduces: Bool,
    produce: @escaping @Sendable (Item) throws(Failure) -> Bool,
    transform: @escaping @Sendable (Item) -> Void
  ) {
    self.items = items
    self.produce = produce
    self.transform = transform
    state = HandoffState(places: items.count, consumerProduces: consumerProduces)
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
      }
    }
  }

  /// What `produce` threw. Only after all threads were joined.
  var produceFailure: Failure? { failure }

  private func produceOne(_ item: Int) {
    monitor.unlock()
    var more = false
    var thrown: Failure?
    do throws(Failure) { more = try produce(place(of: item)) } catch { thrown = error }
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
    transform(place(of: item))
    monitor.lock()
    if state.finishTransform(item) { monitor.wakeOne(.consumer) }
  }

  private func consumeOne(
    _ item: Int, _ consume: (Item) throws(Failure) -> Void
  ) throws(Failure) {
    monitor.unlock()
    do throws(Failure) {
      try consume(place(of: item))
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

  private func place(of item: Int) -> Item { items[item % items.count] }
}
