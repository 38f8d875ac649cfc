internal import Synchronization

/// Where warnings, notices and answers go, from any thread.
///
/// What the program tells of its own accord is told once: the same text a second time is no news.
/// An answer is given each time it is asked for, though it may be the same as before.
public final class NoticeBoard: Sendable {
  private let posted = Mutex<Set<String>>([])
  private let show: @Sendable (String) -> Void

  /// - Parameter show: called for each text to be shown, by one thread at a time.
  public init(show: @escaping @Sendable (String) -> Void) { self.show = show }

  /// Shows a warning or a notice, unless the same text was posted before.
  package func post(_ text: String) {
    posted.withLock { seen in
      if seen.insert(text).inserted { show(text) }
    }
  }

  /// Shows what somebody asked for, every time.
  package func answer(_ text: String) {
    posted.withLock { _ in show(text) }
  }
}
