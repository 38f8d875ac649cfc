internal import Learning
internal import ModelFile
internal import Notices
internal import SparseBatches
internal import Training

/// Which weights a model serves, averages or the last ones, where its rows decided.
enum WeightChoiceText {
  /// In words; nil where nothing had to be decided, or nothing could.
  static func words(_ header: ModelHeader) -> String? {
    guard let online = header.learner.online, let frozen = online.frozen else { return nil }
    let loss = header.loss ?? .logistic
    let shown = { (value: Double) in NumberText.fixed(loss.shownMean(value), 5) }
    let isAveraged = online.average != nil
    let (own, other) =
      isAveraged
      ? (frozen.averagedLoss, frozen.lastLoss) : (frozen.lastLoss, frozen.averagedLoss)
    return (isAveraged ? "averages" : "the last ones")
      + "; \(loss.meanName) \(shown(own)) on \(NumberText.grouped(frozen.rows)) rows that waited, "
      + "of \(isAveraged ? "the last ones" : "averages") \(shown(other)), which differ by a standard "
      + "error of \(shown(frozen.standardError)); the last ones won \(frozen.blocksWonByLast) of "
      + "\(frozen.blocks) blocks"
  }

  /// Members of a JSON object.
  static func members(_ header: ModelHeader) -> [(key: String, value: JSONValue)] {
    let online = header.learner.online
    return [
      ("average", online.map { .string($0.average ?? "none") } ?? .null),
      ("frozen_blocks", online?.frozen.map { json($0, header.loss ?? .logistic) } ?? .null),
    ]
  }

  private static func json(
    _ frozen: ModelHeader.Learner.Frozen, _ loss: ModelLoss
  ) -> JSONValue {
    .object([
      ("rows", .integer(frozen.rows)), ("blocks", .integer(frozen.blocks)),
      ("blocks_won_by_last", .integer(frozen.blocksWonByLast)),
      ("averaged_" + loss.meanKey, .number(loss.shownMean(frozen.averagedLoss))),
      ("last_" + loss.meanKey, .number(loss.shownMean(frozen.lastLoss))),
      ("standard_error", .number(loss.shownMean(frozen.standardError))),
    ])
  }
}
