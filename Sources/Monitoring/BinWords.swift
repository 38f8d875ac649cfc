internal import ElementaryMath
internal import Featurizing
internal import ModelFile
internal import Notices
internal import SparseBatches

/// The bin whose share changed most, in words.
enum BinWords {
  /// `site` is "A" in 41 % of rows, 2 % in training.
  static func change(
    of column: TrainingProfile.Column, before: [Double], now: [Double]
  ) -> String? {
    guard let (bin, share, old) = largest(before, now) else { return nil }
    let name = name(column.name)
    switch column.content {
    case .numbers(let numbers):
      return "\(name) is \(range(bin, numbers.edges)) in \(shares(share, old))"
    case .lengths(let numbers):
      return
        "the text of \(name) is \(range(bin, numbers.edges)) bytes long in \(shares(share, old))"
    case .values(let values):
      guard bin < values.count else {
        return "\(name) holds none of its \(values.count) most frequent values in "
          + shares(share, old)
      }
      return "\(name) is \"\(values[bin].shown)\" in \(shares(share, old))"
    }
  }

  /// - Parameter isBinary: whether margins are log-odds.
  static func change(
    ofPredictions bins: PredictionBins, now: [Double], isBinary: Bool
  ) -> String? {
    guard let (bin, share, old) = largest(bins.reference, now) else { return nil }
    let edges = bins.edges.map { isBinary ? Elementary.sigmoid($0) : $0 }
    return "predictions are \(range(bin, edges)) in \(shares(share, old))"
  }

  static func name(_ name: ByteText) -> String { "`\(name.shortDisplay)`" }

  static func shares(_ now: Double, _ before: Double) -> String {
    "\(NumberText.percent(now)) of rows, \(NumberText.percent(before)) in training"
  }

  private static func largest(
    _ before: [Double], _ now: [Double]
  ) -> (bin: Int, now: Double, before: Double)? {
    let (n, m) = (before.reduce(0, +), now.reduce(0, +))
    guard n > 0, m > 0 else { return nil }
    let changes = before.indices.map { (now[$0] / m - before[$0] / n).magnitude }
    guard let bin = changes.indices.max(by: { changes[$0] < changes[$1] }) else { return nil }
    return (bin, now[bin] / m, before[bin] / n)
  }

  private static func range(_ bin: Int, _ edges: [Double]) -> String {
    func text(_ edge: Double) -> String { NumberText.significant(edge, 4) }
    guard bin > 0 else { return edges.first.map { "below " + text($0) } ?? "any number" }
    // The last edge of a profile is what comes next after its greatest number.
    guard bin < edges.count else { return "above " + text(edges[bin - 1].nextDown) }
    return "from \(text(edges[bin - 1])) to below \(text(edges[bin]))"
  }
}
