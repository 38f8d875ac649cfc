package import Configuration
internal import Learning
package import ModelFile
public import Notices
internal import Scoring
package import SparseBatches
package import Training

/// The figures of the configurations of a sweep, as they come in.
package struct SweepTable {
  struct Row {
    var settings: [GridSetting]
    /// As it is shown; nil: undefined, or there is no model.
    var progressiveLoss: Double?
    var holdout: HoldoutSummaries?
    /// The loss that it is chosen by.
    var decidingLoss: Double?
    var nonzeroWeights: Int?
    var rate: Double?
    var failure: RunFailure?
    var path: String?
    /// How its training went; nil where nobody kept it.
    var record: TrainingRecord?

    /// `alpha=0.1 l1=1`.
    var name: String { SweepCandidate.name(of: settings) }
  }

  let selection: SweepConfiguration.Selection
  private(set) var rows: [Row] = []
  /// The number of the best row so far; nil: none has a loss to choose by.
  private(set) var best: Int?

  package init(selection: SweepConfiguration.Selection) { self.selection = selection }

  /// - Parameter path: where its own model goes; nil: nowhere.
  /// - Returns: whether it is the best so far.
  package mutating func add(
    _ candidate: SweepCandidate, _ swept: SweptModel, path: String?
  ) -> Bool {
    var row = Row(settings: candidate.settings)
    switch swept.result {
    case .failed(let failure): row.failure = failure
    case .trained(let trained):
      let header = trained.document.header
      let loss = header.loss ?? .logistic
      row.progressiveLoss = header.statistics.progressiveLoss.map { loss.shownMean($0) }
      row.holdout = trained.holdout
      row.nonzeroWeights = trained.document.weights.count
      row.rate = header.learner.online?.stepSize
      row.path = path
      row.record = trained.record
      row.decidingLoss = selection == .holdout ? swept.decidingLoss : row.progressiveLoss
    }
    rows.append(row)
    guard let deciding = row.decidingLoss, deciding.isFinite else { return false }
    if let best, let least = rows[best].decidingLoss, least <= deciding { return false }
    best = rows.count - 1
    return true
  }

  /// Why there is no best configuration.
  package var failure: RunFailure {
    rows.lazy.compactMap(\.failure).first
      ?? RunFailure(
        .badData, "no configuration has a \(selection.rawValue) loss to be chosen by",
        cure: selection == .holdout
          ? "hold out more rows with --holdout" : "are there rows with a weight above 0?")
  }

  /// How many options the grid has.
  var optionCount: Int { rows.first?.settings.count ?? 0 }

  /// Numbers of rows, best first; those without a loss to choose by last.
  var ranking: [Int] {
    rows.indices.sorted {
      (rows[$0].decidingLoss ?? .infinity, $0) < (rows[$1].decidingLoss ?? .infinity, $1)
    }
  }
}

/// The final figures of a sweep.
public struct SweepSummary: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A line for each configuration, best first.
  public let table: String
  /// A few lines for people.
  public let text: String

  /// - Parameters:
  ///   - table: has a best row.
  ///   - header: of the best model.
  package init(_ table: SweepTable, of header: ModelHeader, model: String, seconds: Double) {
    let loss = header.loss ?? .logistic
    let statistics = header.statistics
    let best = table.best ?? 0
    json = .object([
      ("schema", .integer(1)), ("command", .string("sweep")), ("rows", .integer(statistics.rows)),
      ("rows_bad", .integer(statistics.badRows)),
      ("rows_held_out", .integer(statistics.heldOutRows)),
      ("select", .string(table.selection.rawValue)),
      ("configurations", .array(table.rows.map { Self.json($0, loss) })),
      (
        "best",
        .object([
          ("index", .integer(best)), ("options", Self.options(table.rows[best].settings)),
        ])
      ),
      ("seconds", .number(seconds)), ("peak_rss_bytes", .integer(Machine.peakResidentBytes)),
      ("model", .path(model)),
    ])
    self.table = Self.text(of: table, loss)
    let names = table.rows[best].settings.map { "\($0.option.rawValue) \($0.valueText)" }
    text = """
      read \(NumberText.grouped(statistics.rows)) rows once for \(table.rows.count) configurations \
      in \(NumberText.fixed(seconds, 2)) s
      best by \(table.selection.rawValue) \(loss.meanName): \(names.joined(separator: ", "))
      model: \(DisplayText.escape(path: model))

      """
  }

  private static func options(_ settings: [GridSetting]) -> JSONValue {
    .object(
      settings.map { setting in
        (setting.option.rawValue, setting.value.map { .number($0) } ?? .string("auto"))
      })
  }

  private static func json(_ row: SweepTable.Row, _ loss: ModelLoss) -> JSONValue {
    .object(
      [
        ("options", options(row.settings)), ("rate", .optional(row.rate)),
        ("progressive_" + loss.meanKey, .optional(row.progressiveLoss)),
        ("selection_loss", .optional(row.decidingLoss)),
        ("nonzero_weights", row.nonzeroWeights.map { .integer($0) } ?? .null),
      ] + HoldoutSummaries.members(row.holdout, "holdout") + [
        ("failure", row.failure.map { .string($0.message) } ?? .null),
        ("model", row.path.map { .path($0) } ?? .null),
      ])
  }

  /// Columns of equal width, headed by their names.
  private static func text(of table: SweepTable, _ loss: ModelLoss) -> String {
    let lines = table.cells(loss)
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      zip(line, widths).map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension SweepTable {
  /// The names of the columns, the options of the grid first, then a line for each row, best first.
  func cells(_ loss: ModelLoss) -> [[String]] {
    let hasHoldout = rows.contains { $0.holdout != nil }
    let decides = selection == .holdout
    var lines = [
      (rows.first?.settings ?? []).map(\.option.rawValue)
        + ["progressive \(loss.meanName)"] + (decides ? ["selection loss"] : [])
        + (hasHoldout ? ["holdout \(loss.meanName)"] : []) + ["non-zero weights"]
    ]
    for index in ranking {
      let row = rows[index]
      lines.append(
        row.settings.map(\.valueText) + [Self.shown(row.progressiveLoss)]
          + (decides ? [Self.shown(row.decidingLoss)] : [])
          + (hasHoldout ? [Self.shown(row.holdout?.served.loss)] : [])
          + [row.nonzeroWeights.map { NumberText.grouped($0) } ?? "no model"])
    }
    return lines
  }

  private static func shown(_ loss: Double?) -> String {
    guard let loss else { return "-" }
    return loss < 1e6 ? NumberText.fixed(loss, 6) : NumberText.significant(loss, 6)
  }
}
