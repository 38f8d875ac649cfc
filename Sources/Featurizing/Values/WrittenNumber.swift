/// What keeps a text from being a plain number, found while the prefix is read: a decimal comma,
/// separators of groups, signs of money, a text that means no value.
struct WrittenForms: OptionSet, BitwiseCopyable {
  let rawValue: UInt32

  static let decimalComma = WrittenForms(rawValue: 1 << 0)
  /// `1,234`: a group or a fraction of three digits; what other values show decides.
  static let commaOrGroup = WrittenForms(rawValue: 1 << 1)
  static let groupComma = WrittenForms(rawValue: 1 << 2)
  static let groupPoint = WrittenForms(rawValue: 1 << 3)
  static let apostrophe = WrittenForms(rawValue: 1 << 4)
  static let typographicApostrophe = WrittenForms(rawValue: 1 << 5)
  static let blank = WrittenForms(rawValue: 1 << 6)
  static let percent = WrittenForms(rawValue: 1 << 7)
  static let dollar = WrittenForms(rawValue: 1 << 8)
  static let euro = WrittenForms(rawValue: 1 << 9)
  static let pound = WrittenForms(rawValue: 1 << 10)
  static let yen = WrittenForms(rawValue: 1 << 11)
  static let rupee = WrittenForms(rawValue: 1 << 12)
  static let perMille = WrittenForms(rawValue: 1 << 13)

  /// Texts that stand before or after a number, with the form that they are.
  fileprivate static let signs: [(text: [UInt8], form: WrittenForms)] = [
    ("%", percent), ("$", dollar), ("€", euro), ("£", pound), ("¥", yen), ("₹", rupee),
    ("‰", perMille),
  ].map { (Array($0.0.utf8), $0.1) }

  /// The characters that `--number-marks` must name, with a word for each.
  var marks: [(mark: Character, word: String)] {
    let all: [(WrittenForms, Character, String)] = [
      (.groupComma, ",", "thousands separators"), (.groupPoint, ".", "thousands separators"),
      (.apostrophe, "'", "thousands separators"),
      (.typographicApostrophe, "’", "thousands separators"), (.blank, " ", "blanks"),
      (.percent, "%", "percent signs"), (.perMille, "‰", "per mille signs"),
      (.dollar, "$", "currency signs"), (.euro, "€", "currency signs"),
      (.pound, "£", "currency signs"), (.yen, "¥", "currency signs"),
      (.rupee, "₹", "currency signs"),
    ]
    return all.filter { contains($0.0) }.map { ($0.1, $0.2) }
  }
}

extension WrittenForms {
  /// The forms of a text that a person reads as a number; empty for any other text.
  static func of(_ text: [UInt8]) -> WrittenForms {
    // Nearly all texts start with a letter.
    guard let first = text.first, first | 0x20 < UInt8(ascii: "a") || first > 0x7A else {
      return []
    }
    var forms: WrittenForms = []
    let inner = Self.stripped(text[...], &forms)
    guard let grouped = Self.separators(inner) else { return [] }
    return forms.union(grouped)
  }

  /// Takes signs, blanks and one minus or plus off both ends.
  private static func stripped(
    _ text: ArraySlice<UInt8>, _ forms: inout WrittenForms
  ) -> ArraySlice<UInt8> {
    var (rest, signs) = (text, 0)
    while let first = rest.first {
      if case let length = Blanks.length(Array(rest), at: 0), length > 0 {
        forms.insert(.blank)
        rest = rest.dropFirst(length)
      } else if let sign = Self.signs.first(where: { rest.starts(with: $0.text) }) {
        forms.insert(sign.form)
        rest = rest.dropFirst(sign.text.count)
      } else if signs == 0, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
        signs = 1
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    while !rest.isEmpty {
      if let length = (1...3).first(where: {
        $0 <= rest.count && Blanks.length(Array(rest.suffix($0)), at: 0) == $0
      }) {
        forms.insert(.blank)
        rest = rest.dropLast(length)
      } else if let sign = Self.signs.first(where: {
        rest.count >= $0.text.count && rest.suffix($0.text.count) == $0.text[...]
      }) {
        forms.insert(sign.form)
        rest = rest.dropLast(sign.text.count)
      } else {
        break
      }
    }
    return rest
  }

  /// What stands between the digits: nil where this is no number.
  private static func separators(_ text: ArraySlice<UInt8>) -> WrittenForms? {
    var parts: [(form: WrittenForms, digits: Int)] = []
    var whole = 0
    let bytes = Array(text)
    var next = 0
    while next < bytes.count {
      if bytes[next] &- UInt8(ascii: "0") < 10 {
        if parts.isEmpty { whole += 1 } else { parts[parts.count - 1].digits += 1 }
        next += 1
      } else if case let length = Blanks.length(bytes, at: next), length > 0 {
        parts.append((.blank, 0))
        next += length
      } else if bytes[next...].starts(with: [0xE2, 0x80, 0x99]) {
        parts.append((.typographicApostrophe, 0))
        next += 3
      } else {
        switch bytes[next] {
        case UInt8(ascii: ","): parts.append((.groupComma, 0))
        case UInt8(ascii: "."): parts.append((.groupPoint, 0))
        case UInt8(ascii: "'"): parts.append((.apostrophe, 0))
        default: return nil
        }
        next += 1
      }
    }
    guard whole > 0, let last = parts.last else { return whole > 0 ? [] : nil }
    guard parts.allSatisfy({ $0.digits > 0 }) else { return nil }
    let groups = parts.dropLast()
    // All groups are parted by the same mark; the last mark may be another, before the fraction.
    guard groups.allSatisfy({ $0.form == groups.first?.form }), groups.isEmpty || whole <= 3,
      groups.dropLast().allSatisfy({ (2...3).contains($0.digits) }),
      groups.last.map({ $0.digits == 3 || $0.form == last.form }) ?? true
    else { return nil }
    let (startsWithZero, isGroup) = (bytes[0] == UInt8(ascii: "0"), last.digits == 3 && whole <= 3)
    if let first = groups.first, first.form == last.form {
      return isGroup && !startsWithZero ? first.form : nil
    }
    let outer = groups.first?.form ?? []
    switch last.form {
    case .groupComma:
      if groups.isEmpty, isGroup, !startsWithZero { return .commaOrGroup }
      return outer == .groupComma ? nil : outer.union(.decimalComma)
    case .groupPoint: return outer
    default: return groups.isEmpty && isGroup && !startsWithZero ? last.form : nil
    }
  }
}

/// Texts that mean "no value" where numbers are expected.
enum MissingMark {
  private static let known = Set(
    [
      "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "<null>", "nan", "null", "(null)", "[null]",
      "none", "(none)", "nil", "-", "--", "---", "–", "—", ".", "..", "...", "*", "missing",
      "(missing)", "unknown", "undefined", "empty", "(empty)", "blank", "(blank)", "void", "x.x",
      "#null!", "#value!", "#div/0!", "#ref!", "#name?", "#num!", "\\n", "?", "??", "not available",
      "not applicable", "k.a.", "tbd",
    ].map { Array($0.utf8) })

  private static let longest = 14

  /// For each first byte, a bit for each length of a known text: nearly all texts end here.
  private static let lengths: [UInt16] = {
    var lengths = [UInt16](repeating: 0, count: 256)
    for text in known {
      lengths[Int(text[0])] |= 1 << UInt16(text.count)
      if (0x61...0x7A).contains(text[0]) { lengths[Int(text[0] ^ 0x20)] |= 1 << UInt16(text.count) }
    }
    return lengths
  }()

  /// Whether a text may be one: not when first byte and length are those of none.
  static func mayBeKnown(_ text: Span<UInt8>) -> Bool {
    guard (1...longest).contains(text.count) else { return false }
    return lengths[Int(text[0])] >> UInt16(text.count) & 1 == 1
  }

  static func isKnown(_ text: [UInt8]) -> Bool {
    text.count <= longest
      && known.contains(text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
  }
}

/// What a text is written with, in one look at its bytes: enough to tell that most are neither
/// numbers nor times.
private struct WrittenBytes {
  /// No number has one.
  var hasLetter = false
  var isTime: Bool

  /// By byte: a digit, a mark that parts dates and times, another byte of theirs, a letter.
  private static let (digit, mark, inTime, letter): (UInt8, UInt8, UInt8, UInt8) = (1, 2, 4, 8)
  private static let kinds: [UInt8] = (UInt8.min...UInt8.max).map { byte in
    var kind: UInt8 = byte &- UInt8(ascii: "0") < 10 ? digit : 0
    if "-:/".utf8.contains(byte) { kind |= mark }
    if "-:/. TZtz+".utf8.contains(byte) { kind |= inTime }
    if (byte | 0x20) &- UInt8(ascii: "a") < 26 { kind |= letter }
    return kind
  }

  init(_ text: Span<UInt8>) {
    let kinds = Self.kinds.span
    var (digits, marks, all, others) = (0, 0, UInt8(0), 0)
    for index in text.indices {
      let kind = kinds[Int(text[index])]
      digits += Int(kind & Self.digit)
      marks += Int(kind & Self.mark) / Int(Self.mark)
      all |= kind
      others += kind & (Self.digit | Self.inTime) == 0 ? 1 : 0
    }
    hasLetter = all & Self.letter != 0
    // Digits with marks of dates and times between them: `2024-01-31 12:30:00`, `31/01/2024`.
    isTime = digits >= 6 && marks >= 2 && others == 0
  }
}

/// The values of one column that are no numbers, as far as advice needs them.
struct WrittenTexts {
  /// Values that a person reads as numbers, and all that keeps the program from it.
  private(set) var numbers = 0
  private(set) var forms: WrittenForms = []
  /// The first of them.
  private(set) var example: [UInt8] = []
  /// Known texts for "no value", and how often they came.
  private(set) var marks: [[UInt8]: Int] = [:]
  /// All others.
  private(set) var others = 0
  /// What all others are; nil where they differ.
  private(set) var onlyOther: [UInt8]?
  /// Dates and times among all of them.
  private(set) var times = 0

  static let mostMarks = 8

  mutating func add(_ text: [UInt8]) { add(text.span) }

  mutating func add(_ text: Span<UInt8>) {
    let bytes = WrittenBytes(text)
    if bytes.isTime { times += 1 }
    guard bytes.hasLetter, !MissingMark.mayBeKnown(text) else { return addMarked(Self.copy(text)) }
    addOther(text)
  }

  /// Adds a text that may be a number or mean "no value".
  private mutating func addMarked(_ text: [UInt8]) {
    let forms = WrittenForms.of(text)
    if !forms.isEmpty {
      if numbers == 0 { example = text }
      numbers += 1
      self.forms.formUnion(forms)
    } else if MissingMark.isKnown(text), marks[text] != nil || marks.count < Self.mostMarks {
      marks[text, default: 0] += 1
    } else {
      addOther(text.span)
    }
  }

  private mutating func addOther(_ text: Span<UInt8>) {
    if others == 0 {
      onlyOther = Self.copy(text)
    } else if let only = onlyOther {
      let isSame = only.count == text.count && text.indices.allSatisfy { only[$0] == text[$0] }
      if !isSame { onlyOther = nil }
    }
    others += 1
  }

  private static func copy(_ text: Span<UInt8>) -> [UInt8] { text.indices.map { text[$0] } }

  /// Takes the others as a mark for "no value".
  ///
  /// - Returns: false when they are not all the same text.
  mutating func takeOnlyOtherAsMark() -> Bool {
    guard let onlyOther else { return false }
    marks[onlyOther] = others
    others = 0
    return true
  }
}

/// The texts of all columns that hold any.
struct ColumnTexts {
  /// Place in `texts` + 1 of each column; 0: it holds none.
  private var places: [UInt32]
  private var texts: [WrittenTexts] = []

  init(columns: Int) { places = Array(repeating: 0, count: columns) }

  mutating func add(_ text: Span<UInt8>, in column: Int) {
    if places[column] == 0 {
      texts.append(WrittenTexts())
      places[column] = UInt32(texts.count)
    }
    texts[Int(places[column]) - 1].add(text)
  }

  /// nil where a column holds none.
  subscript(column: Int) -> WrittenTexts? {
    places[column] == 0 ? nil : texts[Int(places[column]) - 1]
  }
}
