/// Equal-mass bins of a column of numbers, each a feature of its own: fitted on the sniffed prefix,
/// then frozen.
package struct QuantileBins: Equatable, Sendable {
  package static let maximumCount = 32

  /// Ascending, distinct, finite; at most 31. Bin k holds `edges[k − 1] <= x < edges[k]`.
  package let edges: [Double]

  package init(edges: [Double]) { self.edges = edges }

  /// Edges at the ranks k·n/32 of the numbers; fewer bins where numbers repeat.
  package init(fittedTo numbers: [Double]) {
    let sorted = numbers.sorted()
    var edges: [Double] = []
    for bin in 1..<Self.maximumCount where !sorted.isEmpty {
      let edge = sorted[bin * sorted.count / Self.maximumCount]
      // Nothing lies below the smallest number: an edge there would make an empty bin.
      if edge > edges.last ?? sorted[0] { edges.append(edge) }
    }
    self.edges = edges
  }

  /// The numbers of a bin: `< 2`, `>= 2 and < 3.5`, `>= 3.5`.
  package func words(_ bin: Int) -> String {
    func text(_ edge: Double) -> String {
      let text = edge.description
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let below = bin < edges.count ? "< " + text(edges[bin]) : nil
    guard bin > 0 else { return below ?? "any number" }
    return ">= " + text(edges[bin - 1]) + (below.map { " and " + $0 } ?? "")
  }

  var isValid: Bool {
    edges.count < Self.maximumCount && edges.allSatisfy(\.isFinite)
      && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
  }
}
