import Glibc
import SparseBatches

// MARK: - Carriage returns and comments

extension RowFramer {
  /// Whether a carriage return stands in the row, outside quotes.
  @inline(never)
  func holdsReturn(_ start: Int, _ end: Int, _ chunk: borrowing RowChunk) -> Bool {
    let mark = UInt8(ascii: "\r")
    // `start..<end` lies within the initialised bytes.
    guard unsafe memchr(chunk.bytes.base + start, Int32(mark), end - start) != nil else {
      return false
    }
    guard let quote, chunk.hasQuotes else { return true }
    var fields = QuotedWalk(delimiter: delimiter ?? 0, quote: quote)
    for index in start..<end {
      let byte = chunk.bytes[index]
      fields.step(byte)
      if byte == mark, !fields.isInQuotes { return true }
    }
    return false
  }

  @inline(__always)
  func isComment(_ start: Int, _ chunk: borrowing RowChunk) -> Bool {
    guard let comment else { return false }
    // `start` is initialised: the row is not empty.
    return unsafe chunk.bytes.base[start] == comment
  }

  /// A comment is no row; `#Fields:` names the columns.
  @inline(never)
  mutating func takeComment(
    _ start: Int, _ end: Int, _ chunk: borrowing RowChunk
  ) throws(RunFailure) {
    guard case .headerThenRows = lines, let delimiter, end - start <= maximumRowBytes else {
      return
    }
    let line = (start..<end).map { chunk.bytes[$0] }
    guard let names = FieldsLine.names(in: line, delimiter: delimiter) else { return }
    guard let header else { return set(header: FileHeader(bytes: names)) }
    guard header.bytes == names else {
      throw RunFailure(
        .badData,
        "\(name): line \(rowAndLine(chunk, start).line): #Fields: names other columns than before",
        cure: "cut the file there: all rows of an input have the same columns")
    }
    repeatedHeaders += 1
  }
}

/// Where a walk over the bytes of one row stands: inside quotes or not.
struct QuotedWalk {
  let delimiter: UInt8
  let quote: UInt8
  private(set) var isInQuotes = false
  /// The byte before was a quote inside quotes: it closed them, unless another one follows.
  private var mayBeDoubled = false
  private var isFieldStart = true

  init(delimiter: UInt8, quote: UInt8) {
    self.delimiter = delimiter
    self.quote = quote
  }

  mutating func step(_ byte: UInt8) {
    if byte == quote, isInQuotes || mayBeDoubled || isFieldStart {
      mayBeDoubled = isInQuotes
      isInQuotes.toggle()
    } else {
      mayBeDoubled = false
    }
    isFieldStart = byte == delimiter && !isInQuotes
  }
}

/// What quoted fields that go over several lines show of a stray quote: everything from it to the
/// next one becomes one value, and rows are lost without an error.
///
/// In a text of some lines, the lines hold delimiters as they happen to. Lines that all hold as many
/// as a row does are rows.
struct FieldLines {
  /// Longer texts are told of, whatever is in them.
  private static let longestUsual = 20

  private struct Place {
    var row: Int
    var line: Int
    var lines: Int
  }

  private var longest: Place?
  /// The first row that looks as if it held others.
  private var suspect: Place?
  private var suspects = 0

  /// - Parameters:
  ///   - bytes: a row with a line end inside quotes.
  ///   - row: its number in the file, from 1; `line`: that of the line on which it starts.
  @unsafe
  mutating func note(
    _ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8, quote: UInt8, row: Int, line: Int
  ) {
    var walk = QuotedWalk(delimiter: delimiter, quote: quote)
    var (fields, longestField, fieldLines) = (1, 1, 1)
    var delimitersOfLines = [0]
    for index in 0..<bytes.count {
      let byte = unsafe bytes[index]
      walk.step(byte)
      if byte == delimiter {
        delimitersOfLines[delimitersOfLines.count - 1] += 1
        if !walk.isInQuotes {
          fields += 1
          fieldLines = 1
        }
      } else if byte == 0x0A {
        delimitersOfLines.append(0)
        fieldLines += 1
        longestField = max(longestField, fieldLines)
      }
    }
    let place = Place(row: row, line: line, lines: longestField)
    if longestField > longest?.lines ?? 0 { longest = place }
    let like = delimitersOfLines.count { $0 == fields - 1 }
    // Two lines of a few fields may look so by chance.
    guard fields > 1, like >= 3 || like == 2 && fields >= 5, 5 * like >= 4 * delimitersOfLines.count
    else { return }
    suspects += 1
    if suspect == nil { suspect = place }
  }

  /// One line; nil where nothing is strange.
  var warning: String? {
    let cure =
      "mend the quotes, refuse such rows with --max-field-lines N, or use --quote none"
    if let suspect {
      let others = suspects > 1 ? ", and so do \(suspects - 1) other rows" : ""
      return "row \(suspect.row) (line \(suspect.line)) holds \(suspect.lines) lines in one quoted"
        + " field, and they look like rows\(others): is a quote astray? \(cure)"
    }
    guard let longest, longest.lines > Self.longestUsual else { return nil }
    return "row \(longest.row) (line \(longest.line)) holds the longest quoted field, of"
      + " \(longest.lines) lines: if it is no long text, a quote is astray: \(cure)"
  }
}
