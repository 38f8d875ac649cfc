internal import Glibc
internal import Handoff
internal import ModelFile
internal import Synchronization

/// What a person may ask of a training that is under way, by signals.
///
/// SIGINT and SIGTERM: stop, after a checkpoint where there is a directory for one; the second time,
/// at once. SIGUSR1: say how far it is, and write a checkpoint now. A program that has a run inside it
/// asks for a stop by `cancel`.
public final class RunControl: Sendable {
  /// What to do when a stop is asked for; nil: end the process at once.
  private let interrupt = Mutex<(@Sendable () -> Void)?>(nil)
  /// What `cancel` calls where a signal would end the process.
  private let cancellation = Mutex<(@Sendable () -> Void)?>(nil)
  private let isCancelAsked = Atomic(false)
  private let watch = Mutex<SignalWatch?>(nil)
  private let isReportAsked = Atomic(false)
  private let report = Mutex(Report())
  /// Requests that the report's thread has yet to serve; it ends when there is none.
  private let unserved = Atomic(0)

  /// What makes a report while the thread that learns waits; nil: it looks for itself.
  private struct Report {
    var action: (@Sendable () -> Void)?
    let job = BackgroundJob()
  }

  /// Listens to nothing.
  public init() {}

  /// Listens to the signals of this process, for as long as it lives. Call once, before the run.
  public static func followingSignals() -> RunControl {
    let control = RunControl()
    let watch = SignalWatch.start { [weak control] request in
      switch request {
      case .stop(let signal): control?.stop(signal)
      case .stopAtOnce(let signal): end(by: signal)
      case .report: control?.askForReport()
      }
    }
    control.watch.withLock { $0 = watch }
    return control
  }

  /// The signal that asked for a stop; SIGINT after `cancel`; nil so far.
  public var stopSignal: Int32? { isCancelled ? SIGINT : watch.withLock { $0?.stop } }

  /// Whether `cancel` was called.
  public var isCancelled: Bool { isCancelAsked.load(ordering: .acquiring) }

  /// From any thread: the run ends soon, after a checkpoint where there is a directory for one, and the
  /// process goes on.
  public func cancel() {
    isCancelAsked.store(true, ordering: .releasing)
    let action = interrupt.withLock { $0 } ?? cancellation.withLock { $0 }
    action?()
  }

  /// From now on `cancel` calls `action`; at once where it was called already.
  package func onCancel(_ action: (@Sendable () -> Void)?) {
    cancellation.withLock { $0 = action }
    if isCancelled { action?() }
  }

  /// Ends this process by `signal`, as if nobody had listened, but leaves no temporary file.
  public static func end(by signal: Int32) -> Never {
    TemporaryFiles.withNone { SignalWatch.die(by: signal) }
  }

  /// Whether a report was asked for since the last call.
  func takeReport() -> Bool { isReportAsked.exchange(false, ordering: .acquiringAndReleasing) }

  /// From now on a stop calls `action` instead of ending the process.
  func onStop(_ action: (@Sendable () -> Void)?) {
    interrupt.withLock { $0 = action }
    if stopSignal != nil { action?() }
  }

  /// From now on a request for a report calls `action`, on a thread of its own; so does one that
  /// nobody has taken yet. What is under way has ended on return.
  func onReport(_ action: (@Sendable () -> Void)?) {
    report.withLock {
      $0.job.wait()
      $0.action = action
      if isReportAsked.load(ordering: .acquiring) { serve(&$0) }
    }
  }

  /// The thread of the signals must be free for the next one: it never waits for a report.
  private func askForReport() {
    isReportAsked.store(true, ordering: .releasing)
    report.withLock { serve(&$0) }
  }

  /// Starts the report's thread, or has it go round once more.
  private func serve(_ report: inout Report) {
    guard let action = report.action,
      unserved.add(1, ordering: .acquiringAndReleasing).oldValue == 0
    else { return }
    report.job.start { [self] in
      var seen = 0
      repeat {
        seen = unserved.load(ordering: .acquiring)
        action()
      } while unserved.subtract(seen, ordering: .acquiringAndReleasing).newValue > 0
    }
  }

  private func stop(_ signal: Int32) {
    if let action = interrupt.withLock({ $0 }) { return action() }
    Self.end(by: signal)
  }
}
