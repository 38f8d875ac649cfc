import SparseBatches

/// Finds restart points while a gzip file is inflated: the first end of a block in every so many
/// bytes.
///
/// The window is put together from the output, and only when a point is near: apart from that a
/// search costs a comparison for each call of the inflater.
struct RestartSearch {
  private let spacing: Int
  /// Uncompressed offset from which on the next point is wanted.
  private var due: Int
  /// The end of what was inflated of the member at hand, from 32 KiB before `due` on.
  private var window: [UInt8] = []
  private(set) var newest: GzipRestartPoint?

  /// - Parameter spacing: uncompressed bytes from one point to the next, at least.
  init(spacing: Int) {
    self.spacing = max(spacing, 1)
    due = self.spacing
  }

  /// Whether the next end of a block at or behind this uncompressed offset is wanted.
  func isDue(at offset: Int) -> Bool { offset >= due }

  /// Takes in what was inflated, in order.
  ///
  /// - Parameter offset: the uncompressed offset behind it.
  mutating func note(_ produced: UnsafeBufferPointer<UInt8>, endingAt offset: Int) {
    let limit = GzipRestartPoint.windowBytes
    guard offset > due - limit else { return }
    // Trimmed now and then: not for each of many short pieces.
    if window.count >= 2 * limit { window.removeFirst(window.count - limit) }
    unsafe window.append(contentsOf: produced.suffix(limit))
  }

  /// What follows cannot refer to anything before.
  mutating func beginMember() { window.removeAll(keepingCapacity: true) }

  /// - Parameter place: all but the window.
  mutating func add(_ place: GzipRestartPoint) {
    var point = place
    point.window = Array(
      window.suffix(min(place.memberBytes, GzipRestartPoint.windowBytes)))
    goOn(from: point)
  }

  /// The search goes on from a point that is known.
  mutating func goOn(from point: GzipRestartPoint) {
    newest = point
    due = point.offset + spacing
    window.removeAll(keepingCapacity: true)
    // Of the next window these bytes may be the start.
    if due - GzipRestartPoint.windowBytes < point.offset { window = point.window }
  }
}
