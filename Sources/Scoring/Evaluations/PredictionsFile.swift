package import Configuration
internal import Featurizing
package import InputBytes
package import Notices
package import SparseBatches

/// Probabilities that some tool wrote, read one after another: a number a line, or a column of csv.
package final class PredictionsFile {
  /// What stands in the place of one row.
  package enum Entry: Equatable {
    case probability(Double)
    /// `nan`: what `predict` writes for a bad row.
    case none
  }

  package let name: String
  private let reader: RowReader
  private var chunk = RowChunk(capacity: 256 << 10)
  private var next = 0
  private let delimiter: UInt8
  private let fieldCount: Int
  private let field: Int
  private static let quote = UInt8(ascii: "\"")

  /// - Throws: missingInput, or usage when it is not clear which column is meant.
  package init(
    _ source: EvaluationConfiguration.PredictionsSource, inflate: InflateChoice,
    notices: NoticeBoard
  ) throws(RunFailure) {
    let input = source.path == "-" ? InputSource.standardInput : .file(source.path)
    name = input.displayName
    reader = try RowReader(sources: [input], inflate: inflate, notice: { notices.post($0) })
    let start = try reader.peek(limit: 64 << 10)
    let line = FormatSniffer.firstLine(of: start, quote: Self.quote)
    delimiter = FormatSniffer.delimiter(ofHeader: line, quote: Self.quote)
    let cells = RowFields.split(line, delimiter: delimiter, quote: Self.quote)
    let hasHeader = source.column != nil || !cells.allSatisfy(Self.isNumber)
    fieldCount = cells.count
    field = try Self.field(source.column, cells, name)
    reader.syntax = RowSyntax(
      kind: .delimited(delimiter: delimiter, quote: Self.quote, hasHeader: hasHeader),
      maximumRowBytes: 1 << 20)
  }

  /// - Returns: nil behind the last.
  /// - Throws: badData when an entry is no probability, with its place.
  package func read() throws(RunFailure) -> Entry? {
    while next == chunk.rows.count {
      next = 0
      guard try reader.fill(&chunk) else {
        chunk.rows.removeAll()
        return nil
      }
    }
    defer { next += 1 }
    if let fault = chunk.faults.first(where: { $0.row == next }) {
      throw failure("the row is damaged (\(fault.reason.rawValue))", cure: "mend the row")
    }
    let cells = RowFields.split(
      chunk.copy(of: chunk.rows[next]), delimiter: delimiter, quote: Self.quote)
    guard cells.count == fieldCount else {
      throw failure(
        "\(cells.count) fields instead of \(fieldCount)", cure: "every row needs the same fields")
    }
    return try entry(cells[field])
  }

  /// Entries left, `read` being behind the last row that had a use for one.
  package func countRest() throws(RunFailure) -> Int {
    var rest = 0
    while try read() != nil { rest += 1 }
    return rest
  }

  private func entry(_ text: [UInt8]) throws(RunFailure) -> Entry {
    if case .number(let number) = DecimalNumber.parse(text), number >= 0, number <= 1 {
      return .probability(number)
    }
    if Self.isNaN(text) { return .none }
    throw failure(
      "\"\(DisplayText.escape(text, limit: 80))\" is not a probability from 0 to 1",
      cure: "margins become probabilities by 1 / (1 + exp(-margin))")
  }

  private func failure(_ message: String, cure: String) -> RunFailure {
    let place = chunk.position(ofRow: next)
    return RunFailure(
      .badData, "\(name): row \(place.row) (line \(place.line)): \(message)", cure: cure)
  }

  private static func field(
    _ column: String?, _ cells: [[UInt8]], _ name: String
  ) throws(RunFailure) -> Int {
    guard let column else {
      guard cells.count == 1 else {
        throw RunFailure(
          .usage, "\(name) has \(cells.count) columns, and which one holds the predictions?",
          cure: "name it with --prediction-column")
      }
      return 0
    }
    if let place = cells.firstIndex(of: Array(column.utf8)) { return place }
    let names = cells.map { DisplayText.escape($0, limit: 200) }
    throw RunFailure(
      .usage, "\(name) has no column \"\(DisplayText.escape(column.utf8))\"",
      cure: NearestName.find(column, among: names).map { "did you mean \"\($0)\"?" }
        ?? "it has: \(names.prefix(20).joined(separator: ", "))")
  }

  private static func isNaN(_ text: [UInt8]) -> Bool {
    String(decoding: text, as: UTF8.self).lowercased() == "nan"
  }

  private static func isNumber(_ text: [UInt8]) -> Bool {
    DecimalNumber.parse(text) != .notANumber
  }
}
