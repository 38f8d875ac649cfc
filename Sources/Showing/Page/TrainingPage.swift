package import Configuration
internal import Evaluation
internal import Featurizing
internal import Learning
internal import ModelFile
package import Notices
internal import RowStream
internal import Scoring
internal import SparseBatches
package import Training

/// The report of a training run.
package struct TrainingPage {
  private let trained: TrainedModel
  private let configuration: TrainingConfiguration
  private let json: JSONValue
  private let inspection: Inspection
  private let numbers: NumberPlots
  private static let weightsShown = 40

  /// - Parameter json: the figures as `--json` gives them; those that differ from run to run are left
  ///   out.
  package init(_ trained: TrainedModel, _ configuration: TrainingConfiguration, _ json: JSONValue) {
    self.trained = trained
    self.configuration = configuration
    // A run that was resumed has the page of one that never stopped.
    self.json = json.without([
      "seconds", "rows_per_second", "peak_rss_bytes", "inputs_known", "inputs_new", "rows_new",
    ])
    inspection = Inspection(trained.document)
    numbers = NumberPlots(NumberCurves(trained.document))
  }

  package var page: ReportPage {
    let (course, plots) = self.course
    let sections =
      [ReportPage.Section(title: "Course of the training", blocks: course)] + stream + holdout
      + [weights]
      + [ReportPage.Section(title: "Numeric columns", blocks: numbers.blocks)]
      + [quality, profile, options, columns]
    return ReportPage(
      title: "Training", subtitle: subtitle, sections: sections,
      json: .object([
        ("figures", json),
        ("plots", .object(plots + [("numeric_columns", PlotNumbers.contributions(numbers))])),
        ("missing_values", PlotNumbers.missing(trained.pipeline.missing, header.schema)),
        ("profile", ProfileText.json(trained.document.profile)),
      ]))
  }

  /// What later rows are held against.
  private var profile: ReportPage.Section {
    guard let profile = trained.document.profile else {
      return ReportPage.Section(title: "Profile of the rows", blocks: [])
    }
    let rows = profile.columns.prefix(Self.columnsShown).map {
      [ReportPage.Cell.text($0.name.display), .text(ProfileText.words($0, of: profile))]
    }
    let more = profile.columns.count - rows.count
    let note =
      "For monitor: \(ProfileText.summary(profile)). In brackets the first and the last "
      + "tenth of the stream; a column drifts when the two lie further apart (Jensen–Shannon "
      + "distance, 0 to 1) than chance explains." + (more > 0 ? " And \(more) more columns." : "")
    return ReportPage.Section(
      title: "Profile of the rows",
      blocks: [
        .table(
          ReportPage.Table(
            title: "What columns held", header: ["column", "values"], rows: rows, style: .words)),
        .note(note),
      ])
  }

  private static let columnsShown = 60

  private var header: ModelHeader { trained.document.header }

  private var subtitle: String {
    let statistics = header.statistics
    return "\(NumberText.grouped(statistics.rows)) rows, "
      + "\(NumberText.grouped(statistics.badRows)) bad, "
      + "\(NumberText.grouped(statistics.heldOutRows)) held out; "
      + "\(NumberText.grouped(trained.document.weights.count)) non-zero weights; logreg-stream "
      + BuildInformation.program
  }

  private var course: (blocks: [ReportPage.Block], plots: PlotNumbers.Members) {
    let measured =
      Self.plots(of: trained.holdout, "holdout") + Self.plots(of: trained.stream, "stream")
    guard let record = trained.record else { return ([run], measured) }
    let plots = CoursePlots(record, inspection.loss)
    return ([run] + plots.blocks, [("course", PlotNumbers.course(plots, record))] + measured)
  }

  /// What was read and what came of it.
  private var run: ReportPage.Block {
    let statistics = header.statistics
    let counts = [
      ("rows read", statistics.rows), ("bad rows", statistics.badRows),
      ("held out", statistics.heldOutRows),
      ("negatives left out", header.correction?.rowsSampledOut ?? 0),
      ("positive rows learned", inspection.loss.isBinary ? statistics.positives : 0),
      ("features of the rows learned", statistics.features),
      ("non-zero weights", trained.document.weights.count),
    ]
    var rows = counts.filter { $0.1 > 0 }.map { [$0.0, NumberText.grouped($0.1)] }
    if let loss = statistics.progressiveLoss {
      rows.append([
        "progressive \(inspection.loss.meanName)",
        NumberText.fixed(inspection.loss.shownMean(loss), 6),
      ])
    }
    return .table(
      ReportPage.Table(
        title: "The run in numbers", header: [], rows: rows.map { $0.map { .text($0) } }))
  }

  // MARK: - Holdout and stream

  /// - Parameter key: which rows they are of.
  private static func plots(of summaries: HoldoutSummaries?, _ key: String) -> PlotNumbers.Members {
    [
      (key, summaries.map { PlotNumbers.numbers($0.served) } ?? .null),
      (key + "_uncalibrated", summaries?.uncalibrated.map { PlotNumbers.numbers($0) } ?? .null),
    ]
  }

  private func sections(
    _ summaries: HoldoutSummaries, _ title: String, of rows: String
  ) -> [ReportPage.Section] {
    SummarySections(
      summaries.served, uncalibrated: summaries.uncalibrated,
      classes: header.schema.labels.classes
    ).sections(title, of: rows)
  }

  private var holdout: [ReportPage.Section] {
    if let summaries = trained.holdout {
      return sections(summaries, "Holdout", of: " of the holdout")
    }
    // The stream has the same figures and plots.
    guard trained.stream == nil else { return [] }
    let note = "No rows were held out. With --holdout 0.1 there are figures and plots here."
    return [ReportPage.Section(title: "Holdout", blocks: [.note(note)])]
  }

  /// The last half of the rows, each before it was learned.
  private var stream: [ReportPage.Section] {
    trained.stream.map { sections($0, "Stream", of: " of the stream") } ?? []
  }

  // MARK: - Model and data

  private var weights: ReportPage.Section {
    let entries = inspection.largest(Self.weightsShown)
    return ReportPage.Section(
      title: "Largest weights", blocks: entries.isEmpty ? [] : [ReportTables.weights(entries)])
  }

  private var quality: ReportPage.Section {
    var blocks = [
      ReportTables.badRows(trained.pipeline.badRows) ?? ReportPage.Block.note("No row was bad.")
    ]
    blocks += ReportTables.missing(trained.pipeline.missing, header.schema)
    if let words = CollisionText.words(header) { blocks.append(.note("Features: \(words).")) }
    return ReportPage.Section(title: "Data quality", blocks: blocks)
  }

  private var options: ReportPage.Section {
    let files = configuration.input.files.map { DisplayText.escape($0.utf8) }
    return ReportPage.Section(
      title: "Options",
      blocks: [
        ReportTables.facts(
          "How the model was trained",
          [("rows from", files.isEmpty ? "standard input" : files.joined(separator: ", "))]
            + ModelText.facts(header))
      ])
  }

  private var columns: ReportPage.Section {
    ReportPage.Section(title: "Columns", blocks: ReportTables.columns(header.schema))
  }
}

extension JSONValue {
  /// An object less some of its members.
  func without(_ keys: Set<String>) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !keys.contains($0.key) })
  }
}

extension ModelText {
  /// How a model was trained, in words.
  static func facts(_ header: ModelHeader) -> [(title: String, words: String)] {
    [
      ("objective", objective(header.learner)), ("optimizer", optimizer(header.learner)),
    ] + (WeightChoiceText.words(header).map { [("served weights", $0)] } ?? []) + [
      ("passes", passes(header.passes)), ("bias", biases(header)), ("labels", labels(header)),
      ("format", header.schema.formatName + SchemaText.scaling(header.schema)),
      (
        "slots", "2^\(header.schema.hashing.bits), hash seed \(header.schema.hashing.seed)"
      ),
    ]
  }
}

extension HoldoutSummaries {
  /// nil where there is no calibrator.
  fileprivate var uncalibrated: ModelSummary? { after == nil ? nil : before }
}
