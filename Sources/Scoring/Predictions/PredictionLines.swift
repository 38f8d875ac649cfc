package import Configuration
internal import ElementaryMath
internal import Featurizing
internal import Learning
package import ModelFile
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
        explanation?.write(good, of: item)
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

/// What a model says of a row, in one of the forms.
struct PredictionFigures: Sendable {
  private let form: PredictionOutput.Form
  private let loss: ModelLoss
  /// Label texts, safe to print and without line ends: by class, for two the negative one first.
  private let classes: [[UInt8]]
  /// Of the columns of `csv`.
  let titles: [String]

  init(_ model: ServedModel, _ form: PredictionOutput.Form) {
    self.form = form
    loss = model.loss
    let names = ClassText.names(model.header)
    classes = names.map { Array($0.utf8) }
    switch model.loss {
    case .logistic, .probit: titles = ["probability", "margin", "class"]
    case .squared: titles = ["prediction"]
    case .softmax: titles = names.map { "probability_\($0)" } + ["class"]
    }
  }

  /// - Parameter scores: of all rows, as many a row as the loss has outputs.
  func write(
    _ scores: borrowing GrowableBuffer<Double>, row: Int, to text: inout GrowableBuffer<UInt8>
  ) {
    switch form {
    case .probability: writeProbabilities(scores, row, to: &text)
    case .margin: writeMargins(scores, row, to: &text)
    case .class: CellText.append(classes[loss.likeliest(scores, row: row)], to: &text)
    case .csv:
      writeProbabilities(scores, row, to: &text)
      if loss.isBinary {
        text.append(UInt8(ascii: ","))
        writeMargins(scores, row, to: &text)
      }
      guard loss != .squared else { return }
      text.append(UInt8(ascii: ","))
      let name = classes[loss.likeliest(scores, row: row)]
      CellText.appendQuoted(name.span, to: &text)
    }
  }

  func writeBadRow(to text: inout GrowableBuffer<UInt8>) {
    let figures =
      switch form {
      case .probability, .margin: loss.outputs
      case .class: 1
      case .csv: titles.count
      }
    for index in 0..<figures {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      CellText.append("nan".utf8, to: &text)
    }
  }

  private func writeProbabilities(
    _ scores: borrowing GrowableBuffer<Double>, _ row: Int, to text: inout GrowableBuffer<UInt8>
  ) {
    switch loss {
    case .logistic, .probit:
      let smaller = Elementary.sigmoid(-scores[row].magnitude)
      Self.append(smaller, isOther: scores[row] > 0, to: &text)
    case .squared: writeMargins(scores, row, to: &text)
    case .softmax(let classes):
      let first = row * classes
      SoftmaxLoss.forEachProbability(scores, row: first..<first + classes) {
        output, probability, others in
        if output > 0 { text.append(UInt8(ascii: ",")) }
        let isOther = others < probability
        Self.append(isOther ? others : probability, isOther: isOther, to: &text)
      }
    }
  }

  /// A probability, of which the smaller of it and its complement is known, and whether that is the
  /// complement.
  private static func append(
    _ smaller: Double, isOther: Bool, to text: inout GrowableBuffer<UInt8>
  ) {
    if isOther {
      NineDigits.append(oneMinus: smaller, to: &text)
    } else {
      NineDigits.append(smaller, to: &text)
    }
  }

  private func writeMargins(
    _ scores: borrowing GrowableBuffer<Double>, _ row: Int, to text: inout GrowableBuffer<UInt8>
  ) {
    for output in 0..<loss.outputs {
      if output > 0 { text.append(UInt8(ascii: ",")) }
      CellText.append(NumberText.nineDigits(scores[row * loss.outputs + output]).utf8, to: &text)
    }
  }
}

/// Names of the classes that a model tells apart.
package enum ClassText {
  /// Safe to print, and without line ends; the negative one of two first; none for numbers.
  package static func names(_ header: ModelHeader) -> [String] {
    switch header.schema.labels {
    case .positive(let text): ["not \(text.display)", text.display]
    case .classes(let names): names.map(\.display)
    case .number: []
    case .convention:
      switch header.labelConvention {
      case .undecided, .zeroOne: ["0", "1"]
      case .plusMinusOne: ["-1", "1"]
      case .trueFalse: ["false", "true"]
      }
    }
  }
}
