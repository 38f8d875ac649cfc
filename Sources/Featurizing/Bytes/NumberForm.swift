/// How numbers are written in columns: which mark stands before the fraction, and which marks are
/// left out.
///
/// Marks between digits part groups, and only whole groups are read: with the mark `,` the text
/// `12,345` is a number and `1,5` is none, so that a fraction never becomes an integer.
package struct NumberForm: Equatable, Sendable {
  /// The mark before the fraction. The raw values are stored in models.
  package enum Decimal: String, CaseIterable, Sendable { case point, comma }

  package let decimal: Decimal
  /// Characters that are left out; a space stands for every blank, no-break spaces too.
  package let marks: String
  private let texts: [[UInt8]]
  private let leavesOutBlanks: Bool
  /// Whether numbers are read as they are.
  package let isPlain: Bool

  package static let plain = NumberForm()

  package init(decimal: Decimal = .point, marks: String = "") {
    self.decimal = decimal
    self.marks = marks
    leavesOutBlanks = marks.contains(" ")
    isPlain = decimal == .point && marks.isEmpty
    texts = marks.unicodeScalars.filter { $0 != " " }.map { Array(String($0).utf8) }
  }

  package static func == (left: NumberForm, right: NumberForm) -> Bool {
    left.decimal == right.decimal && left.marks == right.marks
  }

  /// What makes the marks unusable.
  package var defect: String? {
    let separator: Unicode.Scalar = decimal == .comma ? "," : "."
    for mark in marks.unicodeScalars {
      guard mark != separator else { return "the mark before the fraction cannot be left out" }
      let isPartOfNumbers =
        mark.isASCII && (mark.properties.isAlphabetic || mark.properties.numericType != nil)
        || mark == "-" || mark == "+"
      guard !isPartOfNumbers else {
        return "\"\(mark)\" is a part of numbers and cannot be left out"
      }
    }
    return nil
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe @inline(__always)
  func parse(_ base: UnsafePointer<UInt8>, count: Int) -> DecimalNumber.Outcome {
    guard isPlain else { return unsafe parseMarked(base, count: count) }
    return unsafe DecimalNumber.parse(base, count: count)
  }

  @unsafe @inline(never)
  private func parseMarked(_ base: UnsafePointer<UInt8>, count: Int) -> DecimalNumber.Outcome {
    let text = unsafe Array(UnsafeBufferPointer(start: base, count: count))
    guard let plain = plain(text) else { return .notANumber }
    return DecimalNumber.parse(plain)
  }

  /// The text as a plain number would be written; nil where marks part something else than groups.
  private func plain(_ text: [UInt8]) -> [UInt8]? {
    let separator = UInt8(ascii: decimal == .comma ? "," : ".")
    var plain: [UInt8] = []
    plain.reserveCapacity(text.count)
    // Digits since the last mark between digits; nil before the first one.
    var group: Int?
    var wholeDigits = 0
    var isWhole = true
    var isOver = false
    var next = 0
    while next < text.count {
      let length = markLength(text, at: next)
      let byte = text[next]
      if length > 0 {
        next += length
        let isBetween =
          plain.last.map(Self.isDigit) == true && next < text.count && Self.isDigit(text[next])
        guard isBetween else {
          isOver = isOver || plain.last.map(Self.isDigit) == true
          continue
        }
        guard isWhole, !isOver, (group ?? wholeDigits) <= 3, group != 0, group != 1 else {
          return nil
        }
        group = 0
        continue
      }
      next += 1
      // A sign after the digits ends the number.
      guard !isOver else { return nil }
      if byte == separator {
        guard isWhole, group == nil || group == 3 else { return nil }
        isWhole = false
        group = nil
        plain.append(UInt8(ascii: "."))
        continue
      }
      // The other separator, where it is no mark, would be read as this one.
      guard byte != UInt8(ascii: ".") else { return nil }
      if Self.isDigit(byte), isWhole {
        wholeDigits += 1
        group? += 1
      }
      plain.append(byte)
    }
    return group == nil || group == 3 ? plain : nil
  }

  /// How many bytes of the text belong to a mark; 0: none.
  private func markLength(_ text: [UInt8], at start: Int) -> Int {
    if leavesOutBlanks, case let length = Blanks.length(text, at: start), length > 0 {
      return length
    }
    return texts.first { text[start...].starts(with: $0) }?.count ?? 0
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

extension Blanks {
  /// How many bytes of `text` are a blank of any kind there: space, tab, no-break and thin spaces.
  ///
  /// - Returns: 0 when there is none.
  static func length(_ text: [UInt8], at start: Int) -> Int {
    switch text[start] {
    case 0x20, 0x09: return 1
    case 0xC2: return start + 1 < text.count && text[start + 1] == 0xA0 ? 2 : 0
    case 0xE2, 0xE3:
      guard start + 2 < text.count else { return 0 }
      switch (text[start], text[start + 1], text[start + 2]) {
      case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
        return 3
      default: return 0
      }
    default: return 0
    }
  }
}
