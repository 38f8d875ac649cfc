internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import Notices
internal import Scoring

// Design note
//
// Averages are served unless the last weights win clearly: in each of the last three blocks, and
// over all of them by more than three standard errors of the difference. Measured on flights in
// the order of the calendar and of their destinations, at 42 moments, each followed by 25,000
// rows more: the last weights win a block by much, and the next block says the opposite, because
// weather and season come back. Two standard errors alone served the last weights at three of
// these moments, and the rows that followed were predicted worse at each. One block decides
// nothing: at one moment it was won by nine standard errors, and the rows that followed were lost
// by 18 %. In simulated streams whose truth moves for good the last weights win the blocks behind
// the change, until averages have caught up. A season as long as the three blocks cannot be told
// from that.

/// Which weights a run serves, by what frozen blocks of its rows say.
struct WeightChoice {
  /// nil: no block was long enough, or nothing weighed.
  let figures: ModelHeader.Learner.Frozen?
  /// Margins of the last weights, of all blocks.
  let margins: [FrozenMargin]

  private static let fewestErrors = 3.0

  init(_ blocks: [FrozenBlock]) {
    margins = blocks.flatMap(\.margins)
    figures = Self.figures(blocks)
  }

  private static func figures(_ blocks: [FrozenBlock]) -> ModelHeader.Learner.Frozen? {
    let parts = blocks.flatMap(\.parts)
    let weight = sum(parts.map(\.weight))
    guard weight > 0 else { return nil }
    let averaged = sum(parts.map(\.averagedLoss)) / weight
    let last = sum(parts.map(\.lastLoss)) / weight
    // Neighbours drift together: parts of the blocks are taken for independent, their rows are not.
    let squares = parts.map { part in
      let distance = (part.averagedLoss - part.lastLoss) - (averaged - last) * part.weight
      return distance * distance
    }
    let count = Double(parts.count)
    let error = (sum(squares) * count / (count - 1)).squareRoot() / weight
    guard averaged.isFinite, last.isFinite, error.isFinite else { return nil }
    return ModelHeader.Learner.Frozen(
      rows: blocks.reduce(0) { $0 + $1.rows }, blocks: blocks.count,
      blocksWonByLast: blocks.count { sum($0.parts.map { $0.averagedLoss - $0.lastLoss }) > 0 },
      averagedLoss: averaged, lastLoss: last, standardError: error)
  }

  private static func sum(_ numbers: [Double]) -> Double {
    var sum = CompensatedSum()
    for number in numbers { sum.add(number) }
    return sum.value
  }

  /// Whether the last weights won clearly.
  var servesLast: Bool {
    figures.map { $0.blocksWonByLast == FrozenBlocks.judged && Self.areFar($0) } ?? false
  }

  /// Whether the last weights are better by more than the rows' noise.
  private static func areFar(_ figures: ModelHeader.Learner.Frozen) -> Bool {
    figures.averagedLoss - figures.lastLoss > fewestErrors * figures.standardError
  }

  func describe(in learner: inout ModelHeader.Learner) {
    learner.online?.frozen = figures
    if servesLast { learner.online?.average = nil }
  }

  /// Says when both kinds of weights are far apart: the rows drift then.
  func warn(_ notices: NoticeBoard, _ loss: ModelLoss) {
    guard let figures, Self.areFar(figures) else { return }
    let shown = { (value: Double) in NumberText.fixed(loss.shownMean(value), 5) }
    notices.post(
      "warning: the rows drift: on \(NumberText.grouped(figures.rows)) rows that waited the last "
        + "weights have a \(loss.meanName) of \(shown(figures.lastLoss)), averages "
        + "\(shown(figures.averagedLoss)); "
        + (servesLast
          ? "the last weights are served (--average tail: averages)"
          : "averages are served, as the last weights won \(figures.blocksWonByLast) of "
            + "\(figures.blocks) blocks (--average none: the last weights)"))
  }
}
