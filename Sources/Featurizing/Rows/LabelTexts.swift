internal import SparseBatches

/// Texts of labels that were taken for the negative class because they are not the positive one, and
/// how often each came: what `--positive` made negative is seen at a glance.
///
/// Bounded: the first texts that came, the rest counted together.
package struct LabelTexts: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    /// A long text is cut.
    package var text: ByteText
    package var rows: Int

    package init(text: ByteText, rows: Int) {
      self.text = text
      self.rows = rows
    }
  }

  /// More texts are counted together.
  package static let limit = 16
  private static let longestText = 64

  /// In the order in which they came first.
  package private(set) var entries: [Entry] = []
  /// Rows of further texts.
  package private(set) var others = 0
  /// Where the last text stands: most labels are the same as the one before.
  private var latest = 0

  package init(entries: [Entry] = [], others: Int = 0) {
    self.entries = entries
    self.others = others
  }

  package var rows: Int { entries.reduce(others) { $0 + $1.rows } }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    (others, latest) = (0, 0)
  }

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  mutating func count(_ base: UnsafePointer<UInt8>, count: Int) {
    let shown = min(count, Self.longestText)
    if latest < entries.count, unsafe Self.isSame(entries[latest].text.bytes, base, shown) {
      entries[latest].rows += 1
      return
    }
    for index in entries.indices where unsafe Self.isSame(entries[index].text.bytes, base, shown) {
      entries[index].rows += 1
      latest = index
      return
    }
    let text = unsafe Array(UnsafeBufferPointer(start: base, count: shown))
    add(Entry(text: ByteText(bytes: text), rows: 1))
  }

  mutating func add(_ other: LabelTexts) {
    for entry in other.entries {
      if let known = entries.firstIndex(where: { $0.text == entry.text }) {
        entries[known].rows += entry.rows
      } else {
        add(entry)
      }
    }
    others += other.others
  }

  private mutating func add(_ entry: Entry) {
    guard entries.count < Self.limit else {
      others += entry.rows
      return
    }
    latest = entries.count
    entries.append(entry)
  }

  @unsafe
  private static func isSame(_ text: [UInt8], _ base: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    guard text.count == count else { return false }
    for index in 0..<count where unsafe base[index] != text[index] { return false }
    return true
  }
}

// MARK: - Near misses

extension LabelTexts {
  /// A text that was hardly meant to be negative.
  package struct NearMiss: Equatable, Sendable {
    package var text: ByteText
    package var rows: Int
    /// How it differs from the positive one.
    package var difference: String
  }

  package func nearMisses(of positive: ByteText) -> [NearMiss] {
    entries.compactMap { entry in
      Self.difference(entry.text.bytes, positive.bytes).map {
        NearMiss(text: entry.text, rows: entry.rows, difference: $0)
      }
    }
  }

  private static func difference(_ text: [UInt8], _ positive: [UInt8]) -> String? {
    if case .number(let number) = DecimalNumber.parse(text),
      case .number(let wanted) = DecimalNumber.parse(positive)
    {
      return number == wanted ? "the same number" : nil
    }
    let steps: [(words: String, change: ([UInt8]) -> [UInt8])] = [
      ("blanks around it", trimmedBlanks), ("quotes around it", trimmedQuotes),
      ("punctuation at its end", trimmedEnd), ("case", lowercased),
    ]
    var (left, right) = (text, positive)
    var differences: [String] = []
    for step in steps {
      let (before, after) = ((left, right), (step.change(left), step.change(right)))
      if (before.0 == after.0) != (before.1 == after.1) || step.words == "case" {
        differences.append(step.words)
      }
      (left, right) = after
      if left == right { return left.isEmpty ? nil : differences.joined(separator: ", ") }
    }
    return nil
  }

  private static func trimmedBlanks(_ text: [UInt8]) -> [UInt8] {
    var rest = text[...]
    // A no-break space is two bytes in UTF-8, a byte order mark three.
    let blanks: [[UInt8]] = [
      [0x20], [0x09], [0x0D], [0x0A], [0xC2, 0xA0], [0xEF, 0xBB, 0xBF], [0xE3, 0x80, 0x80],
    ]
    while let blank = blanks.first(where: { rest.starts(with: $0) }) {
      rest = rest.dropFirst(blank.count)
    }
    while let blank = blanks.first(where: { rest.reversed().starts(with: $0.reversed()) }) {
      rest = rest.dropLast(blank.count)
    }
    return Array(rest)
  }

  private static func trimmedQuotes(_ text: [UInt8]) -> [UInt8] {
    let quotes = Array("\"'`".utf8)
    let rest = text.drop { quotes.contains($0) }
    return trimmedBlanks(Array(rest.reversed().drop { quotes.contains($0) }.reversed()))
  }

  private static func trimmedEnd(_ text: [UInt8]) -> [UInt8] {
    let marks = Array(".,;:!".utf8)
    return trimmedBlanks(Array(text.reversed().drop { marks.contains($0) }.reversed()))
  }

  private static func lowercased(_ text: [UInt8]) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
  }
}
