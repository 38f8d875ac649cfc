internal import Configuration
internal import Featurizing
internal import InputBytes
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import SparseBatches

/// Rows for another runtime, and what we say of them.
struct CheckRows {
  /// What a runtime can be given.
  enum Form {
    /// The fields of a row as text, quotes undone; rows with a bad number too.
    case texts
    /// Numbers as what they are read as, `nan` where they are missing; good rows only.
    case numbers
  }

  /// The columns' names, then the fields of each row: each as its length in 32 bits, little-endian,
  /// and its bytes. The number of columns comes first, in 32 bits.
  private(set) var fields: [UInt8] = []
  /// Margins of the rows in `fields`, as many for each as the model has outputs; NaN of a bad one.
  private(set) var margins: [Double] = []
  /// Rows that no runtime can be given, such as one with a wrong number of fields.
  private(set) var skipped = 0

  private var model: ExportedModel
  private var form: Form

  init(
    path: String, of document: ModelDocument, _ model: ExportedModel, as form: Form,
    _ notices: NoticeBoard
  ) throws(RunFailure) {
    self.model = model
    self.form = form
    var input = InputConfiguration(files: [path])
    input.badRowBudget = .rows(Int.max)
    let served = try ServedModel(document)
    let names = model.fieldNames
    append(UInt32(names.count))
    for name in names { append(name.bytes) }
    let isColumns = if case .columns = model.rows { true } else { false }
    let (opened, pipeline) = try served.open(
      PredictionConfiguration(input: input, model: path), purpose: .predict, notices: notices,
      identifiers: isColumns ? names : [])
    let carriesWeights = document.header.schema.labelsCarryWeights
    var taken = self
    try pipeline.run(
      transform: { served.predict($0) },
      consume: { item throws(RunFailure) in
        taken.take(item, isColumns: isColumns, dropsFirst: carriesWeights)
      })
    self = taken
    guard pipeline.rows > 0 else { throw opened.noRows }
  }

  /// Rows in `fields`.
  var count: Int { margins.count / model.outputs }

  private mutating func take(_ item: PipelineItem, isColumns: Bool, dropsFirst: Bool) {
    var unreadable: Set<Int> = []
    for issue in item.batch.issues
    where form == .numbers || ![.notANumber, .notFinite, .malformedFeature].contains(issue.reason) {
      unreadable.insert(issue.rowInChunk)
    }
    var good = 0
    for row in 0..<item.chunk.rows.count {
      let isGood = good < item.batch.rowCount && Int(item.batch.rowsInChunk[good]) == row
      defer { good += isGood ? 1 : 0 }
      guard !unreadable.contains(row) else {
        skipped += 1
        continue
      }
      if isColumns {
        var column = 0
        item.featurizer.forEachIdentifier(ofRow: row) { field in
          append(field.indices.map { field[$0] }, column: column)
          column += 1
        }
      } else {
        append(features(of: item.chunk.copy(of: item.chunk.rows[row]), dropsFirst: dropsFirst))
      }
      for output in 0..<model.outputs {
        margins.append(isGood ? item.margins[good * model.outputs + output] : .nan)
      }
    }
  }

  private mutating func append(_ field: [UInt8], column: Int) {
    guard form == .numbers, case .columns(let columns) = model.rows,
      case .number = columns.columns[column].kind
    else { return append(field) }
    let text = Blanks.trimmed(field.span)
    let number = columns.missing.contains(text) ? nil : columns.numbers.number(text)
    append(Array((number ?? .nan).description.utf8))
  }

  /// A LibSVM row without its label.
  private func features(of row: [UInt8], dropsFirst: Bool) -> [UInt8] {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let rest = row.drop(while: isBlank)
    let first = rest.prefix { !isBlank($0) }
    let isLabel =
      dropsFirst || !first.contains(UInt8(ascii: ":")) && first.first != UInt8(ascii: "#")
    return Array(isLabel ? rest.dropFirst(first.count) : rest)
  }

  private mutating func append(_ bytes: [UInt8]) {
    append(UInt32(bytes.count))
    fields += bytes
  }

  private mutating func append(_ number: UInt32) {
    for shift: UInt32 in [0, 8, 16, 24] {
      fields.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
