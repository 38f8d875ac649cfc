package import ModelFile
public import Notices
package import Scoring
internal import SparseBatches

/// What a calibration came to.
public struct CalibrationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A few lines for people.
  public let text: String

  package init(
    _ header: ModelHeader, _ summaries: HoldoutSummaries, rows: Int, badRows: Int,
    unseen: UnseenFeatures, model: String
  ) {
    json = .object(
      [
        ("schema", .integer(1)), ("command", .string("calibrate")), ("rows", .integer(rows)),
        ("rows_bad", .integer(badRows)),
      ] + ProbabilityText.members(header, showsKnots: false) + summaries.members + [
        ("unseen", unseen.json), ("model", .path(model)),
      ])
    text =
      "read \(NumberText.grouped(rows)) rows\n" + ProbabilityText.lines(header)
      + (unseen.line ?? "")
  }
}

extension HoldoutSummaries {
  /// As members of a JSON object: the model as it predicts, and without its calibrator.
  var members: [(key: String, value: JSONValue)] {
    let plain = after == nil ? JSONValue.null : .object(EvaluationJSON.members(before))
    return [
      ("holdout", .object(EvaluationJSON.members(served))), ("holdout_uncalibrated", plain),
    ]
  }

  /// The same members of a run without a holdout.
  static var noMembers: [(key: String, value: JSONValue)] {
    [("holdout", .null), ("holdout_uncalibrated", .null)]
  }
}
