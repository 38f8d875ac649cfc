import Glibc
internal import Synchronization

/// A POSIX thread that runs one closure and must be joined.
package struct DedicatedThread: @unchecked Sendable {
  private let handle: pthread_t

  /// - Returns: nil when the system refuses another thread.
  package static func start(_ body: @escaping @Sendable () -> Void) -> DedicatedThread? {
    // The box is retained here and released exactly once: by the thread, or below on refusal.
    let box = unsafe Unmanaged.passRetained(Body(body))
    var handle = pthread_t()
    let code = unsafe pthread_create(
      &handle, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      unsafe box.release()
      return nil
    }
    return DedicatedThread(handle: handle)
  }

  /// Once for each thread.
  package func join() {
    let code = pthread_join(handle, nil)
    precondition(code == 0, "pthread_join failed with \(code)")
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}

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
