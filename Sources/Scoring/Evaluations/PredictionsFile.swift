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
    let input = InputSource(source.path)
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

/// How a file of predictions is laid out: in the forms of this program, and of tools that write
/// several numbers a row.
enum PredictionForm: Equatable {
  /// A number a line, or a column of delimited fields.
  case table(delimiter: UInt8, field: Int, fields: Int, hasHeader: Bool)
  /// The number at a place among words with blanks between them: `0.25 tag` of Vowpal Wabbit, and
  /// `label p p` under a line `labels 1 0` of LibSVM and LIBLINEAR.
  case words(place: Int, words: Int?, hasHeader: Bool)
  /// The probabilities of the classes 0 and 1, in this order, as scikit-learn's `predict_proba`
  /// gives them; printed by NumPy they stand in brackets.
  case pairs

  static let quote = UInt8(ascii: "\"")
  private static let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]

  var hasHeader: Bool {
    switch self {
    case .table(_, _, _, let hasHeader), .words(_, _, let hasHeader): hasHeader
    case .pairs: false
    }
  }

  /// A line of delimiters would be no words: what parts words is looked at by this type.
  var delimiter: UInt8 {
    if case .table(let delimiter, _, _, _) = self { delimiter } else { 0 }
  }

  /// - Parameter column: the column that was named.
  /// - Throws: usage when it is not clear which number is meant.
  init(firstLine first: [UInt8], column: String?, name: String) throws(RunFailure) {
    let delimiter = FormatSniffer.delimiter(ofHeader: first, quote: Self.quote)
    let cells = RowFields.split(first, delimiter: delimiter, quote: Self.quote)
    if column == nil, cells.count == 1 || delimiter == UInt8(ascii: "\t"),
      let form = try Self.spaced(first, name)
    {
      self = form
      return
    }
    if column == nil, cells.count == 2, let one = Self.number(cells[0]),
      let two = Self.number(cells[1]), Self.isPair(one, two)
    {
      self = .pairs
      return
    }
    let hasHeader = column != nil || !cells.allSatisfy(Self.isNumber)
    self = .table(
      delimiter: delimiter, field: try Self.field(column, cells, name), fields: cells.count,
      hasHeader: hasHeader)
  }

  /// Words with blanks between them; nil when there is one a line.
  private static func spaced(
    _ line: [UInt8], _ name: String
  ) throws(RunFailure) -> PredictionForm? {
    let first = words(line)
    if first.first == Array("labels".utf8), first.count > 2 {
      let positive = first.firstIndex { ["1", "+1", "1.0"].map { Array($0.utf8) }.contains($0) }
      guard let positive else {
        throw RunFailure(
          .usage, "\(name): its line of labels names no class 1",
          cure: "write the probabilities of the positive class, one a line")
      }
      return .words(place: positive, words: first.count, hasHeader: true)
    }
    if line.first == UInt8(ascii: "[") { return .pairs }
    guard first.count > 1, let number = number(first[0]) else { return nil }
    guard first.count == 2, let second = Self.number(first[1]) else {
      if first.count == 2 { return .words(place: 0, words: nil, hasHeader: false) }
      throw RunFailure(
        .usage, "\(name) has \(first.count) numbers a line: which one is the prediction?",
        cure: "write that one alone, such as: awk '{print $2}' FILE")
    }
    if isPair(number, second) { return .pairs }
    // Vowpal Wabbit's tags may be numbers too: those that are no probabilities cannot be meant.
    if !(0...1).contains(second) { return .words(place: 0, words: nil, hasHeader: false) }
    throw RunFailure(
      .usage, "\(name) has two numbers a line: which one is the prediction?",
      cure: "write that one alone, such as: awk '{print $1}' FILE")
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
    let names = cells.map { DisplayText.escape($0, limit: 40) }
    throw RunFailure(
      .usage, "\(name) has no column \"\(DisplayText.escape(column.utf8))\"",
      cure: NearestName.find(column, among: names).map { "did you mean \"\($0)\"?" }
        ?? "it has: \(names.prefix(20).joined(separator: ", "))")
  }

  // MARK: Rows

  /// What is not as it should be in a row, and what to do.
  struct Defect: Error {
    var message: String
    var cure: String
  }

  /// The text of the prediction in one row.
  func text(_ row: [UInt8]) throws(Defect) -> [UInt8] {
    switch self {
    case .table(let delimiter, let field, let fields, _):
      let cells = RowFields.split(row, delimiter: delimiter, quote: Self.quote)
      guard cells.count == fields else {
        throw Defect(
          message: "\(cells.count) fields instead of \(fields)",
          cure: "every row needs the same fields")
      }
      return cells[field]
    case .words(let place, let count, _):
      let words = Self.words(row)
      guard place < words.count, words.count == count ?? words.count else {
        throw Defect(
          message: "\(words.count) words instead of \(count ?? place + 1)",
          cure: "every row needs the same words")
      }
      return words[place]
    case .pairs: return try Self.ofPair(row)
    }
  }

  private static func ofPair(_ row: [UInt8]) throws(Defect) -> [UInt8] {
    let brackets = [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ",")]
    let words = words(row.map { brackets.contains($0) ? blanks[0] : $0 })
    // NumPy leaves out the middle of a long array, and says so by three points.
    if words.count == 1, words[0] != Array("...".utf8) { return words[0] }
    let numbers = words.compactMap(number)
    guard words.count == 2, numbers.count == 2, isPair(numbers[0], numbers[1]) else {
      let shown = DisplayText.escape(row, limit: 80)
      throw Defect(
        message: "\"\(shown)\" is no pair of probabilities that add up to 1",
        cure: "write the probability of the positive class, one a line: "
          + "numpy.savetxt('FILE', p[:, 1])")
    }
    return words[1]
  }

  private static func isPair(_ one: Double, _ two: Double) -> Bool {
    let sum = one + two
    // Printed with a few digits.
    return one >= 0 && two >= 0 && abs(sum - 1) <= 1e-3
  }

  private static func words(_ line: [UInt8]) -> [[UInt8]] {
    line.split(whereSeparator: blanks.contains).map(Array.init)
  }

  private static func number(_ text: [UInt8]) -> Double? {
    if case .number(let number) = DecimalNumber.parse(text) { number } else { nil }
  }

  private static func isNumber(_ text: [UInt8]) -> Bool {
    DecimalNumber.parse(text) != .notANumber
  }
}

extension PredictionForm {
  /// 1 − a probability, from the digits of its text: the Double nearest to the number has lost what
  /// `0.99999999793884638` says of it.
  static func complement(ofText text: [UInt8], _ number: Double) -> Double {
    guard number > 0.99, let digits = fractionDigits(text), let last = digits.last,
      digits[0] == UInt8(ascii: "9")
    else { return 1 - number }
    // Ten for the last digit, nine for those before it.
    var complement = Array("0.".utf8)
    for digit in digits.dropLast() { complement.append(UInt8(ascii: "9") - digit + zero) }
    complement.append(UInt8(ascii: "9") - last + 1 + zero)
    guard case .number(let found) = DecimalNumber.parse(complement) else { return 1 - number }
    return found
  }

  /// Digits d of a number 0.d, the first and the last not 0; nil for another number.
  private static func fractionDigits(_ text: [UInt8]) -> [UInt8]? {
    let parts = text.split(maxSplits: 1) { $0 | 0x20 == UInt8(ascii: "e") }
    var digits: [UInt8] = []
    var (power, isBehindPoint) = (0, false)
    for byte in parts.first ?? [] {
      switch byte {
      case UInt8(ascii: "+"): continue
      case UInt8(ascii: "."): isBehindPoint = true
      case zero where digits.isEmpty: if isBehindPoint { power -= 1 }
      case zero...UInt8(ascii: "9"):
        digits.append(byte)
        if !isBehindPoint { power += 1 }
      default: return nil
      }
    }
    while digits.last == zero { digits.removeLast() }
    let exponent = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) : 0
    return exponent == -power ? digits : nil
  }

  private static var zero: UInt8 { UInt8(ascii: "0") }
}
