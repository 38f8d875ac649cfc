internal import ElementaryMath
internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// Predictions as lines of text: one for each row of a chunk, bad rows included.
struct PredictionLines: Sendable {
  private let output: PredictionOutput
  private let model: ServedModel
  private let classes: (negative: [UInt8], positive: [UInt8])
  /// What comes before the first line.
  let header: [UInt8]

  init(_ model: ServedModel, _ output: PredictionOutput) {
    self.model = model
    self.output = output
    classes = ClassText.texts(model.header)
    header = output.form == .csv ? Self.header(output) : []
  }

  /// Makes the item's text of its margins; none where the columns do not fit.
  func write(_ item: PipelineItem) {
    item.text.removeAll()
    guard item.failure == nil else { return }
    var good = 0
    for row in 0..<item.chunk.rows.count {
      if output.form == .csv { writeIdentifiers(row, of: item) }
      if good < item.batch.rowCount, Int(item.batch.rowsInChunk[good]) == row {
        writePrediction(item.margins[good], to: &item.text)
        if output.explain > 0 { writeExplanation(good, of: item) }
        good += 1
      } else {
        writeBadRow(to: &item.text)
      }
      item.text.append(UInt8(ascii: "\n"))
    }
  }

  private func writePrediction(_ margin: Double, to text: inout GrowableBuffer<UInt8>) {
    switch output.form {
    case .probability: NineDigits.append(Elementary.sigmoid(margin), to: &text)
    case .margin: CellText.append(NumberText.nineDigits(margin).utf8, to: &text)
    case .class: CellText.append(classText(margin), to: &text)
    case .csv:
      NineDigits.append(Elementary.sigmoid(margin), to: &text)
      text.append(UInt8(ascii: ","))
      CellText.append(NumberText.nineDigits(margin).utf8, to: &text)
      text.append(UInt8(ascii: ","))
      CellText.appendQuoted(classText(margin).span, to: &text)
    }
  }

  /// The class that `evaluate` takes for predicted: the positive one from a probability of 1/2 on.
  private func classText(_ margin: Double) -> [UInt8] {
    Elementary.sigmoid(margin) >= 0.5 ? classes.positive : classes.negative
  }

  private func writeBadRow(to text: inout GrowableBuffer<UInt8>) {
    CellText.append((output.form == .csv ? "nan,nan,nan" : "nan").utf8, to: &text)
    for _ in 0..<2 * output.explain { text.append(separator) }
  }

  private var separator: UInt8 { UInt8(ascii: output.form == .csv ? "," : "\t") }

  // MARK: - Identifiers

  private static func header(_ output: PredictionOutput) -> [UInt8] {
    var line = GrowableBuffer<UInt8>()
    for name in output.identifiers {
      appendIdentifier(Array(name.utf8).span, output, to: &line)
      line.append(UInt8(ascii: ","))
    }
    CellText.append("probability,margin,class".utf8, to: &line)
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

  // MARK: - Explanation

  /// The features of a row that move its margin most, by falling size, equal ones by slot.
  private func writeExplanation(_ row: Int, of item: PipelineItem) {
    let range = item.batch.features(ofRow: row)
    var parts: [(slot: UInt32, contribution: Double)] = []
    for index in range {
      let slot = item.batch.slots[index]
      let contribution = Double(model.weight(ofSlot: slot)) * Double(item.batch.values[index])
      if contribution != 0 { parts.append((slot, contribution)) }
    }
    parts.sort {
      let (left, right) = (abs($0.contribution), abs($1.contribution))
      return left > right || left == right && $0.slot < $1.slot
    }
    for place in 0..<output.explain {
      item.text.append(separator)
      guard place < parts.count else {
        item.text.append(separator)
        continue
      }
      let name = Array(name(ofSlot: parts[place].slot, row, of: item).utf8)
      if output.form == .csv {
        CellText.appendQuoted(name.span, to: &item.text)
      } else {
        CellText.append(name, to: &item.text)
      }
      item.text.append(separator)
      CellText.append(NumberText.nineDigits(parts[place].contribution).utf8, to: &item.text)
    }
  }

  /// Names of the row's own features in a slot: several when they share it.
  private func name(ofSlot slot: UInt32, _ row: Int, of item: PipelineItem) -> String {
    let mask = model.header.schema.hashing.mask
    let names: [String]? = item.featurizer.withSightings { sightings in
      var names: [String] = []
      for index in sightings.features(ofRow: row) where sightings.hash(index) & mask == slot {
        let name = DisplayText.escape(sightings.name(index))
        if !names.contains(name) { names.append(name) }
      }
      return names
    }
    return (names ?? []).joined(separator: " + ")
  }
}

/// The texts of the two classes.
enum ClassText {
  /// Safe to print, and without line ends.
  static func texts(_ header: ModelHeader) -> (negative: [UInt8], positive: [UInt8]) {
    switch header.schema.labels {
    case .positive(let text):
      return (Array("not \(text.display)".utf8), Array(text.display.utf8))
    case .convention:
      switch header.labelConvention {
      case .undecided, .zeroOne: return (Array("0".utf8), Array("1".utf8))
      case .plusMinusOne: return (Array("-1".utf8), Array("1".utf8))
      case .trueFalse: return (Array("false".utf8), Array("true".utf8))
      }
    }
  }
}
