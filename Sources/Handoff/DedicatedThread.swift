import Glibc

/// A POSIX thread that runs one closure and must be joined.
struct DedicatedThread {
  private let handle: pthread_t

  /// - Returns: nil when the system refuses another thread.
  static func start(_ body: @escaping @Sendable () -> Void) -> DedicatedThread? {
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

  func join() {
    let code = pthread_join(handle, nil)
    precondition(code == 0, "pthread_join failed with \(code)")
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
