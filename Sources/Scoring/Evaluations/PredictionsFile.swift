package import Configuration
package import Evaluation
internal import Featurizing
package import InputBytes
package import Notices
package import SparseBatches

/// Probabilities that some tool wrote, read one after another: a number a line, or a column of csv.
package final class PredictionsFile {
  /// What stands in the place of one row.
  package enum Entry: Equatable {
    case probability(Probability)
    /// `nan`: what `predict` writes for a bad row.
    case none
  }

  package let name: String
  private let reader: RowReader
  private var chunk = RowChunk(capacity: 256 << 10)
  private var next = 0
  private let form: PredictionForm
  private let notices: NoticeBoard
  /// Numbers a little outside 0 to 1, and the place of the first one.
  private var rounded = 0
  private var firstRounded = ""
  /// A probability of single precision is off by so much at most.
  private static let rounding = 1e-6

  /// - Throws: missingInput, or usage when it is not clear which column is meant.
  package init(
    _ source: EvaluationConfiguration.PredictionsSource, inflate: InflateChoice,
    notices: NoticeBoard
  ) throws(RunFailure) {
    let input = source.path == "-" ? InputSource.standardInput : .file(source.path)
    name = input.displayName
    reader = try RowReader(sources: [input], inflate: inflate, notice: { notices.post($0) })
    self.notices = notices
    let start = try reader.peek(limit: 64 << 10)
    let line = FormatSniffer.firstLine(of: start, quote: PredictionForm.quote)
    form = try PredictionForm(firstLine: line, column: source.column, name: name)
    let quote: UInt8? = if case .table = form { PredictionForm.quote } else { nil }
    reader.syntax = RowSyntax(
      kind: .delimited(delimiter: form.delimiter, quote: quote, hasHeader: form.hasHeader),
      maximumRowBytes: 1 << 20)
  }

  /// - Returns: nil behind the last.
  /// - Throws: badData when an entry is no probability, with its place.
  package func read() throws(RunFailure) -> Entry? {
    while next == chunk.rows.count {
      next = 0
      guard try reader.fill(&chunk) else {
        chunk.rows.removeAll()
        tellOfRounding()
        return nil
      }
    }
    defer { next += 1 }
    if let fault = chunk.faults.first(where: { $0.row == next }) {
      throw failure("the row is damaged (\(fault.reason.rawValue))", cure: "mend the row")
    }
    do throws(PredictionForm.Defect) {
      return try entry(try form.text(chunk.copy(of: chunk.rows[next])))
    } catch {
      throw failure(error.message, cure: error.cure)
    }
  }

  /// Entries left, `read` being behind the last row that had a use for one.
  package func countRest() throws(RunFailure) -> Int {
    var rest = 0
    while try read() != nil { rest += 1 }
    return rest
  }

  private func entry(_ text: [UInt8]) throws(PredictionForm.Defect) -> Entry {
    guard case .number(let number) = DecimalNumber.parse(text) else {
      if Self.isNaN(text) { return .none }
      throw PredictionForm.Defect(
        message: "\"\(DisplayText.escape(text, limit: 80))\" is not a probability from 0 to 1",
        cure: "write one number a line, with a decimal point")
    }
    if (0...1).contains(number) {
      let complement = PredictionForm.complement(ofText: text, number)
      return .probability(Probability(number, complement: complement))
    }
    if (-Self.rounding...1 + Self.rounding).contains(number) {
      if rounded == 0 { firstRounded = "row \(chunk.position(ofRow: next).row)" }
      rounded += 1
      return .probability(Probability(min(max(number, 0), 1)))
    }
    let isLabel = number == -1
    throw PredictionForm.Defect(
      message: "\"\(DisplayText.escape(text, limit: 80))\" is not a probability from 0 to 1",
      cure: isLabel
        ? "labels are no probabilities: let the tool write them (-b 1 of LibSVM and LIBLINEAR)"
        : "margins become probabilities by 1 / (1 + exp(-margin)); --link logistic of Vowpal Wabbit"
    )
  }

  private func tellOfRounding() {
    guard rounded > 0 else { return }
    notices.post(
      "warning: \(name): \(rounded) prediction(s) lie outside 0 to 1 by rounding, the first in "
        + "\(firstRounded): taken as 0 or 1")
  }

  private func failure(_ message: String, cure: String) -> RunFailure {
    let place = chunk.position(ofRow: next)
    return RunFailure(
      .badData, "\(name): row \(place.row) (line \(place.line)): \(message)", cure: cure)
  }

  private static func isNaN(_ text: [UInt8]) -> Bool {
    String(decoding: text, as: UTF8.self).lowercased() == "nan"
  }
}
