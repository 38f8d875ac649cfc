/// The windows of a run, as far as they are needed at its end.
package struct MonitorBook {
  private let keepsAll: Bool
  package private(set) var count = 0
  /// How many crossed a threshold.
  package private(set) var crossed = 0
  package private(set) var last: WindowFigures?
  /// For a report; the first ones, when there are very many.
  package private(set) var windows: [WindowFigures] = []
  /// A page has room for so many.
  private static let most = 1000

  /// - Parameter keepsAll: whether windows before the last one are needed.
  package init(keepsAll: Bool) { self.keepsAll = keepsAll }

  package mutating func add(_ window: WindowFigures) {
    count += 1
    if !window.crossings.isEmpty { crossed += 1 }
    last = window
    if keepsAll, windows.count < Self.most { windows.append(window) }
  }
}
