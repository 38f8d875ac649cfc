package import Evaluation
internal import Featurizing
package import ModelFile
package import Notices
internal import SparseBatches

/// What a model's training rows were like, as text and as JSON.
package enum ProfileText {
  /// In a line.
  static func summary(_ profile: TrainingProfile?) -> String {
    guard let profile else { return "none kept" }
    let columns = profile.columns.count
    return "\(NumberText.grouped(profile.rows.all)) of \(NumberText.grouped(profile.streamRows)) "
      + "rows looked at, \(columns) columns"
      + (profile.columnsLeftOut > 0 ? " (\(profile.columnsLeftOut) left out)" : "")
      + (profile.rowsBefore > 0 ? ", from row \(profile.rowsBefore + 1) on" : "")
  }

  /// A line a column, beneath titles.
  static func lines(_ profile: TrainingProfile) -> [String] {
    let shown = profile.columns.prefix(shownColumns)
    let width = min(30, shown.map(\.name.shortDisplay.count).max() ?? 0)
    var lines = [
      "",
      "profile of the rows trained on (first and last tenth of the stream in brackets)",
    ]
    for column in shown {
      let name = column.name.shortDisplay
      let blanks = String(repeating: " ", count: max(0, width - name.count))
      lines.append("  \(name)\(blanks)  \(words(column, of: profile))")
    }
    let more = profile.columns.count - shown.count
    if more > 0 { lines.append("  and \(more) more, in --json") }
    return lines
  }

  private static let shownColumns = 60
  /// A drift that chance makes in so few of all models is worth a word.
  private static let surprising = 0.001

  /// What a column held.
  package static func words(
    _ column: TrainingProfile.Column, of profile: TrainingProfile
  ) -> String {
    var parts = ["missing \(shares(column.missing, profile.rows))"]
    let present = profile.rows - column.missing
    switch column.content {
    case .numbers(let numbers), .lengths(let numbers):
      if numbers.quantiles.count == TrainingProfile.quantileRanks.count + 2 {
        let low = NumberText.significant(numbers.quantiles[2], 4)
        let high = NumberText.significant(numbers.quantiles[6], 4)
        let middle = NumberText.significant(numbers.quantiles[4], 4)
        if case .lengths = column.content {
          parts.append("length in bytes: median \(middle), 5 to 95 %: \(low) to \(high)")
        } else {
          parts.append("median \(middle), 5 to 95 %: \(low) to \(high)")
        }
      }
      if numbers.clipped.all > 0 {
        parts.append("clipped \(percent(numbers.clipped.all, present.all))")
      }
    case .values(let values):
      let most = values.prefix(3).map {
        "\($0.shown) \(percent($0.rows.all, present.all))"
      }
      parts.append(most.isEmpty ? "no frequent value" : most.joined(separator: ", "))
    }
    if let drift = drift(of: column, in: profile),
      drift.chance * Double(profile.columns.count) < surprising
    {
      parts.append(
        "drifts: distance \(NumberText.fixed(drift.distance, 2)) from the first to the last tenth")
    }
    return parts.joined(separator: "; ")
  }

  /// How far the last tenth of the stream lies from its first, in the values that are there.
  package static func drift(
    of column: TrainingProfile.Column, in profile: TrainingProfile
  ) -> Divergence? {
    let bins = column.bins(of: profile)
    return Divergence(
      reference: bins.map { Double($0.first) }, sample: bins.map { Double($0.last) })
  }

  private static func shares(
    _ count: TrainingProfile.Count, _ rows: TrainingProfile.Count
  ) -> String {
    "\(percent(count.all, rows.all)) (\(percent(count.first, rows.first)) → "
      + "\(percent(count.last, rows.last)))"
  }

  private static func percent(_ count: Int, _ rows: Int) -> String {
    NumberText.percent(rows > 0 ? Double(count) / Double(rows) : 0)
  }

  // MARK: - JSON

  /// null where there is none.
  package static func json(_ profile: TrainingProfile?) -> JSONValue {
    guard let profile else { return .null }
    return .object([
      ("rows", .integer(profile.streamRows)), ("rows_before", .integer(profile.rowsBefore)),
      ("rows_looked_at", json(profile.rows)), ("labelled", json(profile.labelled)),
      ("positives", json(profile.positives)),
      ("unseen_share_expected", .optional(profile.unknown)),
      ("columns_left_out", .integer(profile.columnsLeftOut)),
      ("columns", .array(profile.columns.map { json($0, profile) })),
      ("predictions", profile.predictions.map(json) ?? .null),
    ])
  }

  private static func json(_ count: TrainingProfile.Count) -> JSONValue {
    .object([
      ("all", .integer(count.all)), ("first_tenth", .integer(count.first)),
      ("last_tenth", .integer(count.last)),
    ])
  }

  private static func json(
    _ column: TrainingProfile.Column, _ profile: TrainingProfile
  ) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("name", .string(column.name.display)), ("missing", json(column.missing)),
    ]
    switch column.content {
    case .numbers(let numbers): members += [("kind", .string("numbers"))] + json(numbers)
    case .lengths(let numbers): members += [("kind", .string("lengths"))] + json(numbers)
    case .values(let values):
      members += [
        ("kind", .string("values")),
        (
          "values",
          .array(
            values.map {
              .object([
                ("text", $0.text.isEmpty ? .null : .string(DisplayText.escape($0.text))),
                ("hash", .string($0.hashText)), ("rows", json($0.rows)),
              ])
            })
        ),
        ("unseen_share_expected", .optional(column.unknown)),
      ]
    }
    let drift = drift(of: column, in: profile)
    members += [
      ("psi_first_to_last_tenth", .optional(drift?.stability)),
      ("js_distance_first_to_last_tenth", .optional(drift?.distance)),
    ]
    return .object(members)
  }

  private static func json(
    _ numbers: TrainingProfile.Numbers
  ) -> [(key: String, value: JSONValue)] {
    [
      ("quantiles", .array(numbers.quantiles.map { .number($0) })),
      (
        "quantile_ranks",
        .array(([0] + TrainingProfile.quantileRanks + [1]).map { .number($0) })
      ),
      ("edges", .array(numbers.edges.map { .number($0) })),
      ("bins", .array(numbers.bins.map(json))), ("clipped", json(numbers.clipped)),
    ]
  }

  private static func json(_ predictions: TrainingProfile.Predictions) -> JSONValue {
    func shares(_ shares: [Double]) -> JSONValue { .array(shares.map { .number($0) }) }
    return .object([
      ("before_learning", .bool(predictions.areFresh)),
      ("edges", shares(predictions.edges)), ("all", shares(predictions.all)),
      ("first_tenth", shares(predictions.first)), ("last_tenth", shares(predictions.last)),
      ("last_quarter", shares(predictions.late)),
      ("last_quarter_rows", .number(predictions.lateRows)),
    ])
  }
}
