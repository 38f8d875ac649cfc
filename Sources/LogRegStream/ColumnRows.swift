internal import Featurizing
internal import ModelFile
internal import Notices
public import SparseBatches

/// Cells of named columns as the rows that a model reads: each cell becomes a field whose text is the
/// cell's own.
///
/// Cells come row by row, in the order of `order`:
///
///     var rows = try ColumnRows(model, columns: names)
///     for row in 0..<count {
///       for column in rows.order { try rows.append(cells[column][row].span) }
///       try rows.endRow()
///     }
///     let scores = try model.score(rows)
public struct ColumnRows {
  /// In which order a row's cells are appended: indices into the names given.
  public let order: [Int]
  /// Rows so far.
  public private(set) var count = 0

  private let model: LoadedModel
  private let names: [[UInt8]]
  private let delimiter: UInt8
  private let quote: UInt8?
  private let comment: UInt8?
  /// nil: rows of this model have no header.
  private var header: [[UInt8]]?
  private(set) var bytes: [UInt8] = []
  /// Rows that hold the columns' own names: a reader would take them for the header once more.
  private(set) var rowsLikeHeader: [Int] = []
  private var rowStart = 0
  private var cellsInRow = 0
  private var isLikeHeader = true

  /// - Parameters:
  ///   - model: whose rows these are to be.
  ///   - columns: names, in any order; columns that the model does not use may be among them, and the
  ///     label may be absent.
  /// - Throws: `RunFailure` (usage) when the model's rows have no columns, or one is missing that
  ///   only has a place and no name in its rows.
  public init(_ model: LoadedModel, columns: [[UInt8]]) throws(RunFailure) {
    guard let csv = model.csv else {
      throw RunFailure(
        .usage,
        "the model reads \(model.document.header.schema.formatName) rows, which have no "
          + "columns", cure: "give rows as bytes")
    }
    self.model = model
    delimiter = csv.delimiter
    quote = csv.quote
    comment = csv.comment
    if csv.hasHeader {
      names = columns
      order = Array(columns.indices)
    } else {
      let wanted = csv.columns.filter { $0.role != .label || columns.contains($0.name.bytes) }
      var order: [Int] = []
      for column in wanted {
        guard let index = columns.firstIndex(of: column.name.bytes) else {
          throw RunFailure(
            .usage, "the column \"\(column.name.display)\" is missing",
            cure: "give all columns: the model's rows have no header")
        }
        order.append(index)
      }
      self.order = order
      names = wanted.map(\.name.bytes)
    }
    bytes = [UInt8](repeating: 0x0A, count: csv.skippedLines)
    rowStart = bytes.count
    guard csv.hasHeader else { return }
    for name in columns { try append(name.span) }
    try endRow()
    count = 0
    header = columns.map { Self.bare($0) }
  }

  /// Appends the next cell of the row.
  ///
  /// - Parameter cell: its text; empty where a value is missing.
  /// - Throws: `RunFailure` (usage) for a text that the model's rows cannot hold: they have no quotes.
  public mutating func append(_ cell: Span<UInt8>) throws(RunFailure) {
    let isFirst = cellsInRow == 0
    if !isFirst { bytes.append(delimiter) }
    if isLikeHeader { isLikeHeader = matchesHeader(cell) }
    cellsInRow += 1
    guard let quote else { return try appendPlain(cell, isFirst: isFirst) }
    // The first field has quotes always: no row is then blank, a comment or another kind of file.
    guard isFirst || needsQuotes(cell, quote) else {
      for index in cell.indices { bytes.append(cell[index]) }
      return
    }
    bytes.append(quote)
    for index in cell.indices {
      if cell[index] == quote { bytes.append(quote) }
      bytes.append(cell[index])
    }
    bytes.append(quote)
  }

  /// Ends the row.
  ///
  /// - Throws: `RunFailure` (usage) when it has another number of cells than there are columns, or is
  ///   a text that would be no row.
  public mutating func endRow() throws(RunFailure) {
    guard cellsInRow == order.count else {
      throw RunFailure(
        .usage, "row \(count + 1) has \(cellsInRow) cells for \(order.count) columns")
    }
    if quote == nil, bytes.count == rowStart || bytes[rowStart] == comment {
      throw cannotHold("its first column")
    }
    if header != nil, isLikeHeader {
      rowsLikeHeader.append(count)
      bytes.removeLast(bytes.count - rowStart)
    } else {
      bytes.append(0x0A)
    }
    rowStart = bytes.count
    cellsInRow = 0
    isLikeHeader = true
    count += 1
  }

  private func needsQuotes(_ cell: Span<UInt8>, _ quote: UInt8) -> Bool {
    if cell.isEmpty { return delimiter == UInt8(ascii: " ") }
    for index in cell.indices {
      let byte = cell[index]
      if byte == delimiter || byte == quote || byte == 0x0A || byte == 0x0D { return true }
    }
    return false
  }

  private mutating func appendPlain(_ cell: Span<UInt8>, isFirst: Bool) throws(RunFailure) {
    for index in cell.indices {
      let byte = cell[index]
      guard byte != delimiter, byte != 0x0A, byte != 0x0D else {
        throw cannotHold("the column \(ByteText(bytes: names[cellsInRow - 1]).display)")
      }
      bytes.append(byte)
    }
  }

  private func cannotHold(_ place: String) -> RunFailure {
    RunFailure(
      .usage, "row \(count + 1): the text of \(place) cannot stand in rows of this model",
      cure: "the model was trained with --quote none: leave out such rows")
  }

  private func matchesHeader(_ cell: Span<UInt8>) -> Bool {
    guard let header, cellsInRow < header.count else { return false }
    let name = header[cellsInRow]
    // Blanks around a name do not make it another.
    guard cell.count >= name.count else { return false }
    return Self.bare((0..<cell.count).map { cell[$0] }) == name
  }

  private static func bare(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    var rest = text[...]
    while rest.first == space { rest.removeFirst() }
    while rest.last == space { rest.removeLast() }
    return Array(rest)
  }
}

extension LoadedModel {
  /// Scores rows given as columns.
  ///
  /// - Throws: as `score(rows:)`.
  public func score(
    _ rows: ColumnRows, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) -> Scores {
    guard rows.count > rows.rowsLikeHeader.count else { return spread(Scores(), rows) }
    return spread(try score(rows: rows.bytes, notices: notices), rows)
  }

  /// The features that move the margin of each row most, of rows given as columns.
  ///
  /// - Throws: as `explain(rows:most:)`.
  public func explain(
    _ rows: ColumnRows, most: Int, notices: NoticeBoard = NoticeBoard { _ in }
  ) throws(RunFailure) -> [[Contribution]] {
    guard rows.count > rows.rowsLikeHeader.count else {
      return [[Contribution]](repeating: [], count: rows.count)
    }
    var all = try explain(rows: rows.bytes, most: most, notices: notices)
    for row in rows.rowsLikeHeader { all.insert([], at: row) }
    return all
  }

  /// Rows that were left out are bad rows in their places.
  private func spread(_ scores: Scores, _ rows: ColumnRows) -> Scores {
    var all = scores
    for row in rows.rowsLikeHeader {
      let missing = repeatElement(Double.nan, count: outputs)
      all.margins.insert(contentsOf: missing, at: row * outputs)
      all.probabilities.insert(contentsOf: missing, at: row * outputs)
      all.rows += 1
      all.badRows += 1
    }
    return all
  }
}
