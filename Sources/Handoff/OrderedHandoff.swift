import Glibc

/// Produce in order, transform anywhere, consume in order on the calling thread.
///
/// The project's only concurrency. What is consumed, in which order, and which error comes out do
/// not depend on the number of threads: an error of `produce` is thrown after everything produced
/// before it was consumed, an error of `consume` at once.
package final class OrderedHandoff<Item: AnyObject & Sendable> {
  private let threads: Int
  private let items: [Item]
  /// Where the threads of the last run spent their time: the calling thread first, then the
  /// producer, then those that only transform.
  package private(set) var times: [StageTimes] = []
  /// Has the parts of what `consume` is at done by all threads; nil while there is but one.
  private var sharing: ((Int, @escaping @Sendable (Int) -> Void) -> Void)?

  /// - Parameters:
  ///   - threads: how many threads work in all, the calling one included.
  ///   - items: made once and recycled; their number bounds how far `produce` runs ahead.
  package init(threads: Int, items: [Item]) {
    precondition(threads > 0 && !items.isEmpty, "a hand-off needs a thread and an item")
    self.threads = threads
    self.items = items
  }

  /// Runs until `produce` returns false and everything before that was consumed.
  ///
  /// All threads have ended when it returns or throws. It can be called again.
  ///
  /// - Parameters:
  ///   - produce: fills an item, or returns false at the end. Called in order by one thread, never
  ///     again after it returned false or threw.
  ///   - transform: works on a filled item, on any thread, in any order.
  ///   - consume: takes the transformed items in order, on the calling thread.
  ///   - interruptProduce: called after `consume` threw, on the calling thread: may make a
  ///     `produce` that is blocked in a read return early, since the run ends only after it does.
  /// - Throws: the first error in the order of the items.
  package func run<Failure: Error>(
    produce: @escaping @Sendable (Item) throws(Failure) -> Bool,
    transform: @escaping @Sendable (Item) -> Void,
    consume: (Item) throws(Failure) -> Void,
    interruptProduce: () -> Void = {}
  ) throws(Failure) {
    if threads > 1 {
      let run = HandoffRun(
        items: items, threads: threads, consumerProduces: false, produce: produce,
        transform: transform)
      let helpers = Self.startHelpers(threads - 1, of: run)
      if !helpers.isEmpty {
        sharing = run.share
        defer {
          sharing = nil
          times = run.times
        }
        return try Self.finish(
          run, helpers: helpers, consume: consume, interruptProduce: interruptProduce)
      }
    }
    let run = HandoffRun(
      items: [items[0]], threads: 1, consumerProduces: true, produce: produce,
      transform: transform)
    defer { times = run.times }
    try Self.finish(run, helpers: [], consume: consume, interruptProduce: {})
  }

  /// Calls `body` with 0 ..< `parts`, in any order, on all threads that find nothing better to do;
  /// returns when all are done. For `consume`, on its thread.
  package func share(_ parts: Int, _ body: @Sendable (Int) -> Void) {
    guard parts > 1, let sharing else {
      for part in 0..<parts { body(part) }
      return
    }
    withoutActuallyEscaping(body) { sharing(parts, $0) }
  }

  /// A system that refuses more threads costs speed, never the result: the run makes do with those
  /// that it got.
  private static func startHelpers<Failure: Error>(
    _ count: Int, of run: HandoffRun<Item, Failure>
  ) -> [DedicatedThread] {
    var helpers: [DedicatedThread] = []
    for thread in 1...count {
      let role: Role = thread == 1 ? .producer : .worker
      let started = DedicatedThread.start {
        // Only the consumer is ever told to consume, so nothing is thrown here.
        try? run.work(as: role, thread: thread) { _ throws(Failure) in }
      }
      guard let started else { break }
      helpers.append(started)
    }
    return helpers
  }

  private static func finish<Failure: Error>(
    _ run: HandoffRun<Item, Failure>, helpers: [DedicatedThread],
    consume: (Item) throws(Failure) -> Void, interruptProduce: () -> Void
  ) throws(Failure) {
    defer { for helper in helpers { helper.join() } }
    do throws(Failure) {
      try run.work(as: .consumer, thread: 0, consume: consume)
    } catch {
      interruptProduce()
      throw error
    }
    // `produce` ended before the consumer left, under the lock, so its failure is settled.
    if let failure = run.produceFailure { throw failure }
  }
}

/// Where one thread of a hand-off spent its time.
package struct StageTimes: Equatable, Sendable {
  package var produceSeconds = 0.0
  package var transformSeconds = 0.0
  package var consumeSeconds = 0.0
  /// Asleep because there was nothing to do.
  package var waitSeconds = 0.0

  package init() {}

  package static func + (left: StageTimes, right: StageTimes) -> StageTimes {
    var sum = left
    sum.produceSeconds += right.produceSeconds
    sum.transformSeconds += right.transformSeconds
    sum.consumeSeconds += right.consumeSeconds
    sum.waitSeconds += right.waitSeconds
    return sum
  }
}
