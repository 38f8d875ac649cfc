internal import Glibc
internal import Synchronization

/// Takes signals on a thread of its own, so that what they ask for is done in ordinary code.
///
/// Make it before other threads: they inherit the mask that keeps the signals from them. Lives as
/// long as the process.
package final class SignalWatch: Sendable {
  /// What a signal asked for.
  package enum Request: Sendable {
    /// SIGINT or SIGTERM, for the first time.
    case stop(Int32)
    /// SIGINT or SIGTERM again.
    case stopAtOnce(Int32)
    /// SIGUSR1.
    case report
  }

  private let stopSignal = Atomic<Int32>(0)
  private let handler: @Sendable (Request) -> Void

  /// The signal that asked the run to stop; nil so far.
  package var stop: Int32? {
    let signal = stopSignal.load(ordering: .acquiring)
    return signal == 0 ? nil : signal
  }

  /// - Parameter handler: called on the thread of the signals.
  /// - Returns: nil when the system refuses the thread; signals then act as they always do.
  package static func start(
    _ handler: @escaping @Sendable (Request) -> Void
  ) -> SignalWatch? {
    let watch = SignalWatch(handler)
    var signals = Self.signals
    var before = sigset_t()
    // Proof for the calls on signal sets here: they read and fill sets of ours.
    unsafe pthread_sigmask(SIG_BLOCK, &signals, &before)
    let thread = DedicatedThread.start { watch.run() }
    if thread == nil { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
    return thread == nil ? nil : watch
  }

  private init(_ handler: @escaping @Sendable (Request) -> Void) { self.handler = handler }

  private static var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGUSR1] where !isIgnored(signal) {
      unsafe sigaddset(&signals, signal)
    }
    return signals
  }

  /// Whoever started the program with a signal ignored (nohup, a shell's background job) means it.
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    return unsafe action.__sigaction_handler.sa_handler.map {
      unsafe unsafeBitCast($0, to: Int.self) == 1
    } ?? false
  }

  private func run() {
    var signals = Self.signals
    while true {
      var signal: Int32 = 0
      guard unsafe sigwait(&signals, &signal) == 0 else { continue }
      if signal == SIGUSR1 {
        handler(.report)
      } else {
        let earlier = stopSignal.exchange(signal, ordering: .acquiringAndReleasing)
        handler(earlier == 0 ? .stop(signal) : .stopAtOnce(signal))
      }
    }
  }

  /// Ends the process as the signal would have without a watch.
  package static func die(by number: Int32) -> Never {
    _ = signal(number, SIG_DFL)
    var only = sigset_t()
    unsafe sigemptyset(&only)
    unsafe sigaddset(&only, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &only, nil)
    raise(number)
    // Only a process that nobody may signal gets here.
    exit(128 + number)
  }
}
