package import Configuration
internal import Learning
package import ModelFile
internal import Notices
internal import SparseBatches

/// The report of a sweep.
package struct SweepPage {
  private let summary: SweepSummary
  private let table: SweepTable
  private let plot: SweepPlot
  private let header: ModelHeader
  private let configuration: TrainingConfiguration

  /// - Parameters:
  ///   - table: has a best row.
  ///   - header: of the best model.
  ///   - configuration: what all configurations have in common.
  package init(
    _ table: SweepTable, _ summary: SweepSummary, of header: ModelHeader,
    _ configuration: TrainingConfiguration
  ) {
    self.table = table
    self.summary = summary
    self.header = header
    self.configuration = configuration
    let courses = table.ranking.compactMap { index in
      table.rows[index].record.map { (name: table.rows[index].name, record: $0) }
    }
    plot = SweepPlot(courses, header.loss ?? .logistic)
  }

  package var page: ReportPage {
    ReportPage(
      title: "Sweep", subtitle: subtitle,
      sections: [
        ReportPage.Section(
          title: "Configurations",
          blocks: (plot.plot.map { [.plot($0)] } ?? []) + [.table(configurations)]),
        ReportPage.Section(title: "Options", blocks: [options]),
        ReportPage.Section(title: "Columns", blocks: ReportTables.columns(header.schema)),
      ],
      json: .object([
        ("figures", summary.json.without(["seconds", "peak_rss_bytes"])),
        ("plots", .object([("courses", .object(plot.numbers))])),
      ]))
  }

  private var subtitle: String {
    "\(NumberText.grouped(header.statistics.rows)) rows, read once for \(table.rows.count) "
      + "configurations; logreg-stream \(BuildInformation.program)"
  }

  private var configurations: ReportPage.Table {
    let lines = table.cells(header.loss ?? .logistic)
    let order = table.ranking
    return ReportPage.Table(
      title: "Best first by \(table.selection.rawValue) loss",
      header: ["configuration"] + lines[0].dropFirst(table.optionCount),
      rows: zip(order, lines.dropFirst()).map { index, line in
        let name = table.rows[index].name + (index == table.best ? " (chosen)" : "")
        return ([name] + line.dropFirst(table.optionCount)).map { .text($0) }
      })
  }

  private var options: ReportPage.Block {
    let files = configuration.input.files.map { DisplayText.escape($0.utf8) }
    return ReportTables.facts(
      "How the chosen model was trained",
      [("rows from", files.isEmpty ? "standard input" : files.joined(separator: ", "))]
        + ModelText.facts(header))
  }
}
