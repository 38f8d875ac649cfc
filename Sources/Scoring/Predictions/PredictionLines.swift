package import Configuration
internal import Featurizing
internal import ModelFile
internal import Notices
package import RowStream
internal import SparseBatches

/// Predictions as lines of text: one for each row of a chunk, bad rows included.
package struct PredictionLines: Sendable {
  private let output: PredictionOutput
  private let figures: PredictionFigures
  private let explanation: Explanation?
  /// What comes before the first line.
  package let header: [UInt8]

  package init(_ model: ServedModel, _ output: PredictionOutput) {
    self.output = output
    figures = PredictionFigures(model, output.form)
    explanation =
      output.explain > 0
      ? Explanation(model, count: output.explain, isCSV: output.form == .csv) : nil
    header = output.form == .csv ? Self.header(output, figures) : []
  }

  /// Makes the item's text of its scores; none where the columns do not fit.
  package func write(_ item: PipelineItem) {
    item.text.removeAll()
    guard item.failure == nil else { return }
    var good = 0
    for row in 0..<item.chunk.rows.count {
      if !output.identifiers.isEmpty { writeIdentifiers(row, of: item) }
      if good < item.batch.rowCount, Int(item.batch.rowsInChunk[good]) == row {
        figures.write(item.margins, row: good, to: &item.text)
        explanation?.write(good, of: item, output: figures.explained(item.margins, row: good))
        good += 1
      } else {
        figures.writeBadRow(to: &item.text)
        explanation?.writeBadRow(to: &item.text)
      }
      item.text.append(UInt8(ascii: "\n"))
    }
  }

  private static func header(_ output: PredictionOutput, _ figures: PredictionFigures) -> [UInt8] {
    var line = GrowableBuffer<UInt8>()
    for name in output.identifiers {
      appendIdentifier(Array(name.utf8).span, output, to: &line)
      line.append(UInt8(ascii: ","))
    }
    for (index, title) in figures.titles.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      CellText.appendQuoted(Array(title.utf8).span, to: &line)
    }
    for place in 0..<output.explain {
      CellText.append(",feature_\(place + 1),contribution_\(place + 1)".utf8, to: &line)
    }
    line.append(UInt8(ascii: "\n"))
    return (0..<line.count).map { line[$0] }
  }

  private func writeIdentifiers(_ row: Int, of item: PipelineItem) {
    item.featurizer.forEachIdentifier(ofRow: row) { field in
      Self.appendIdentifier(field, output, to: &item.text)
      item.text.append(UInt8(ascii: ","))
    }
  }

  private static func appendIdentifier(
    _ field: Span<UInt8>, _ output: PredictionOutput, to line: inout GrowableBuffer<UInt8>
  ) {
    guard output.isForTerminal else { return CellText.appendQuoted(field, to: &line) }
    let shown = DisplayText.escape(field.indices.map { field[$0] })
    CellText.appendQuoted(Array(shown.utf8).span, to: &line)
  }
}
