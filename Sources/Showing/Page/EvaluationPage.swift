package import Configuration
internal import Evaluation
internal import Featurizing
internal import ModelFile
internal import Notices
package import RowStream
package import Scoring
package import SparseBatches

/// The report of an evaluation.
struct EvaluationPage {
  /// As `--json` gives them.
  var json: JSONValue
  var summary: ModelSummary
  /// Of a binary label.
  var binary: BinaryFigures?
  var rows: Int
  var badRows: BadRowLedger
  var missing: MissingValues
  var schema: FeatureSchema
  /// nil when the predictions are another tool's.
  var model: ServedModel?
  /// The largest weights of the model.
  var largest: [Inspection.Entry]
  var configuration: EvaluationConfiguration

  var page: ReportPage {
    var sections = SummarySections(
      summary, uncalibrated: nil, classes: schema.labels.classes
    ).sections("Predictions and labels")
    if let binary {
      sections.append(
        ReportPage.Section(title: "Decisions", blocks: [ReportTables.decisions(binary)]))
      sections.append(ReportPage.Section(title: "Segments", blocks: ReportTables.segments(binary)))
    }
    sections += modelSections + [quality, options]
    return ReportPage(
      title: "Evaluation", subtitle: subtitle, sections: sections,
      json: .object([
        ("figures", json), ("plots", PlotNumbers.numbers(summary)),
        ("bad_rows_by_reason", badRows.json),
        ("missing_values", PlotNumbers.missing(missing, schema)),
      ]))
  }

  private var subtitle: String {
    "\(NumberText.grouped(rows)) rows, \(NumberText.grouped(badRows.count)) bad; logreg-stream "
      + BuildInformation.program
  }

  private var modelSections: [ReportPage.Section] {
    guard !largest.isEmpty else { return [] }
    return [
      ReportPage.Section(title: "Largest weights", blocks: [ReportTables.weights(largest)])
    ]
  }

  private var quality: ReportPage.Section {
    ReportPage.Section(
      title: "Data quality",
      blocks: [ReportTables.badRows(badRows) ?? .note("No row was bad.")]
        + ReportTables.missing(missing, schema))
  }

  private var options: ReportPage.Section {
    var facts: [(title: String, words: String)] = []
    switch configuration.source {
    case .model(let path):
      facts.append(("model", DisplayText.escape(path: path)))
      if let header = model?.header { facts += ModelText.facts(header) }
    case .predictions(let source):
      facts.append(("predictions", DisplayText.escape(source.path.utf8)))
    }
    let files = configuration.input.files.map { DisplayText.escape($0.utf8) }
    facts.append(("rows from", files.isEmpty ? "standard input" : files.joined(separator: ", ")))
    if configuration.negativesKept < 1 {
      facts.append(("negatives kept", "\(configuration.negativesKept)"))
    }
    return ReportPage.Section(
      title: "Options", blocks: [ReportTables.facts("The rows and the predictions", facts)])
  }
}

extension EvaluationReport {
  /// Writes the page that is asked for, if one is.
  ///
  /// - Parameters:
  ///   - show: called before the page appears under its name.
  ///   - model: nil when the predictions are another tool's.
  ///   - largest: its largest weights.
  /// - Throws: cannotCreate or inputOutput.
  package func published(
    _ configuration: EvaluationConfiguration, _ model: ServedModel?,
    largest: [Inspection.Entry], _ pipeline: RowPipeline,
    show: (EvaluationReport) throws(RunFailure) -> Void
  ) throws(RunFailure) -> EvaluationReport {
    guard let path = configuration.report else {
      try show(self)
      return self
    }
    let page = EvaluationPage(
      json: json, summary: summary, binary: binary, rows: pipeline.rows,
      badRows: pipeline.badRows, missing: pipeline.missing, schema: pipeline.schema, model: model,
      largest: largest, configuration: configuration)
    let staged = try ReportFile.stage(page.page, at: path)
    try show(self)
    try staged.publish()
    return self
  }
}
