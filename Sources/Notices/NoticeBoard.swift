internal import Synchronization

/// Where warnings and notices go, each text once, from any thread.
public final class NoticeBoard: Sendable {
  private let posted = Mutex<Set<String>>([])
  private let show: @Sendable (String) -> Void

  /// - Parameter show: called for each new text, by one thread at a time.
  public init(show: @escaping @Sendable (String) -> Void) { self.show = show }

  package func post(_ text: String) {
    posted.withLock { seen in
      if seen.insert(text).inserted { show(text) }
    }
  }
}
