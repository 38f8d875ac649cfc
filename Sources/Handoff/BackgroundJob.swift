internal import Synchronization

/// At most one piece of work at a time beside the thread that asks for it.
///
/// Used by one thread.
package final class BackgroundJob {
  private var thread: DedicatedThread?
  private let isDone = Latch()

  /// Set by the job's thread, read by the other.
  private final class Latch: Sendable {
    let value = Atomic(true)
  }

  package init() {}

  deinit { thread?.join() }

  /// Whether nothing is under way.
  package var isIdle: Bool { isDone.value.load(ordering: .acquiring) }

  /// Starts `work` after what is under way has ended; on this thread when the system refuses
  /// another one.
  package func start(_ work: @escaping @Sendable () -> Void) {
    wait()
    isDone.value.store(false, ordering: .releasing)
    thread = DedicatedThread.start { [isDone] in
      work()
      isDone.value.store(true, ordering: .releasing)
    }
    guard thread == nil else { return }
    work()
    isDone.value.store(true, ordering: .releasing)
  }

  /// Returns when nothing is under way.
  package func wait() {
    thread?.join()
    thread = nil
  }
}
