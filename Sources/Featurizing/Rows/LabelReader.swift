internal import SparseBatches

/// What the rows are for: decides whether a label is needed.
package enum FeaturizingPurpose: Sendable {
  /// The label column must be there and every label must be right.
  case learn
  /// As `learn`, for a model that was trained before: its schema is what it is.
  case measure
  /// Labels are neither needed nor looked at.
  case predict
  /// As `predict`, for rows without a header that lack the label column.
  case predictWithoutLabel
  /// As `learn`; a class that is not known becomes one.
  case discoverClasses
  /// As `learn`, but a label may be missing, and so may the column: it is NaN then.
  case compare
  /// As `compare`, for rows without a header that lack the label column.
  case compareWithoutLabel

  /// The same for rows without a header that lack the label column.
  package var withoutLabel: FeaturizingPurpose {
    self == .compare ? .compareWithoutLabel : .predictWithoutLabel
  }

  package var needsLabel: Bool {
    switch self {
    case .learn, .measure, .discoverClasses, .compare, .compareWithoutLabel: true
    case .predict, .predictWithoutLabel: false
    }
  }

  /// Whether the schema is that of a model: how rows are read cannot be changed any more.
  package var servesModel: Bool {
    switch self {
    case .measure, .predict, .predictWithoutLabel, .compare, .compareWithoutLabel: true
    case .learn, .discoverClasses: false
    }
  }

  /// What a row without a label has as its label; nil: it is a bad row.
  var labelOfUnlabelled: Float? {
    switch self {
    case .learn, .measure, .discoverClasses: nil
    case .compare, .compareWithoutLabel: .nan
    case .predict, .predictWithoutLabel: 0
    }
  }
}

/// Reads label texts by a rule and follows the stream's convention.
struct LabelReader {
  let rule: LabelRule
  let missing: MissingTokens
  /// How numbers are written, where labels are numbers.
  private let numbers: NumberForm
  var convention: LabelConvention = .undecided
  /// Of the chunk at hand: what was taken for the negative class because it is not the positive one.
  private(set) var negatives = LabelTexts()
  /// Of `LabelRule.classes`.
  private var classes: ClassTable
  /// Whether an unknown class becomes one of them.
  private let discoversClasses: Bool
  /// Whether a format writes classes as numbers, so that +1 and 1.0 are the class 1.
  private let classesAreNumbers: Bool

  init(
    rule: LabelRule, missing: MissingTokens, numbers: NumberForm = .plain,
    purpose: FeaturizingPurpose,
    classesAreNumbers: Bool = false
  ) {
    self.rule = rule
    self.missing = missing
    self.numbers = numbers
    self.classesAreNumbers = classesAreNumbers
    discoversClasses = purpose == .discoverClasses
    if case .classes(let names) = rule {
      classes = ClassTable(names)
    } else {
      classes = ClassTable([])
    }
  }

  mutating func beginChunk(_ convention: LabelConvention) {
    self.convention = convention
    negatives.removeAll()
  }

  /// The classes known by now, in the order of their numbers.
  var classNames: [ByteText] { classes.names }

  /// - Returns: what the loss takes (0 or 1, a class's number, or any number), or nil when the text
  ///   is no label.
  @unsafe @inline(__always)
  mutating func label(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    if case .convention = rule, count == 1 {
      let digit = unsafe base[0]
      if digit == UInt8(ascii: "0") { return convention.label(of: 0) }
      if digit == UInt8(ascii: "1") { return convention.label(of: 1) }
    }
    return unsafe slowLabel(base, count: count)
  }

  @unsafe @inline(never)
  private mutating func slowLabel(_ base: UnsafePointer<UInt8>, count: Int) -> Float? {
    switch rule {
    case .positive(let text):
      if unsafe matches(base, count: count, text.bytes) { return 1 }
      guard unsafe !missing.contains(base, count: count) else { return nil }
      unsafe negatives.count(base, count: count)
      return 0
    case .convention:
      if case .number(let number) = unsafe DecimalNumber.parse(base, count: count) {
        return convention.label(of: number)
      }
      let word = unsafe String(
        decoding: UnsafeBufferPointer(start: base, count: min(count, 6)), as: UTF8.self
      ).lowercased()
      return word == "true" || word == "false" ? convention.label(of: word == "true") : nil
    case .number:
      guard case .number(let number) = unsafe numbers.parse(base, count: count) else {
        return nil
      }
      let label = Float(number)
      return label.isFinite ? label : nil
    case .classes:
      guard unsafe !missing.contains(base, count: count) else { return nil }
      return unsafe classNumber(base, count: count).map { Float($0) }
    }
  }

  @unsafe
  private mutating func classNumber(_ base: UnsafePointer<UInt8>, count: Int) -> Int? {
    if let known = unsafe classes.number(base, count: count) { return known }
    // A row whose label was forgotten starts with its first feature.
    if classesAreNumbers, unsafe holdsColon(base, count: count) { return nil }
    let integer = classesAreNumbers ? unsafe integerText(base, count: count) : nil
    if discoversClasses {
      let text = unsafe Array(UnsafeBufferPointer(start: base, count: count))
      return classes.insert(integer ?? ByteText(bytes: text))
    }
    return integer.flatMap { integer in
      // Proof: the pointer is valid for as many bytes as the text has while the closure runs.
      unsafe integer.bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return nil }
        return unsafe classes.number(base, count: bytes.count)
      }
    }
  }

  @unsafe
  private func holdsColon(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    (0..<count).contains { unsafe base[$0] == UInt8(ascii: ":") }
  }

  /// The one way of writing an integer, where the text is a number that is one.
  @unsafe
  private func integerText(_ base: UnsafePointer<UInt8>, count: Int) -> ByteText? {
    guard case .number(let number) = unsafe DecimalNumber.parse(base, count: count) else {
      return nil
    }
    return Int64(exactly: number).map { ByteText(String($0)) }
  }

  @unsafe
  private func matches(_ base: UnsafePointer<UInt8>, count: Int, _ text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where unsafe base[index] != text[index] { return false }
    return true
  }

  /// Whether a text that is not needed as a label looks like one, so that a file of another format
  /// is not predicted in silence.
  @unsafe
  func couldBeLabel(_ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    if case .positive = rule {
      return !(0..<count).contains {
        unsafe [UInt8(ascii: ","), UInt8(ascii: ";")].contains(base[$0])
      }
    }
    if case .number = unsafe DecimalNumber.parse(base, count: count) { return true }
    if case .classes = rule { return unsafe classes.number(base, count: count) != nil }
    let bytes = unsafe UnsafeBufferPointer(start: base, count: min(count, 6))
    return unsafe ["true", "false"].contains(String(decoding: bytes, as: UTF8.self).lowercased())
  }

  /// What to tell a person whose label was refused.
  var cure: String {
    switch rule {
    case .positive: "a label must not be missing; see --missing"
    case .convention:
      "labels here are \(convention.description); name the positive one with --positive, or learn "
        + "numbers with --loss squared and more than two classes with --loss softmax"
    case .number: "a label here is a finite number; see --loss"
    case .classes:
      "the classes are \(LabelRule.list(classes.names)); name them all with --classes, or read "
        + "more rows first with --sniff-rows"
    }
  }
}

/// Class texts and their numbers, 0, 1, 2… in the order given.
///
/// Open addressing over the texts' hashes, at most half full: a row's label is found without making
/// a string, however many classes there are.
struct ClassTable {
  private(set) var names: [ByteText] = []
  /// A class's number + 1; 0 marks an empty cell. As many cells as a power of two.
  private var cells: [Int32] = [0, 0]

  init(_ names: [ByteText]) {
    for name in names { _ = insert(name) }
  }

  /// - Returns: nil for a text that is no class.
  ///
  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  func number(_ base: UnsafePointer<UInt8>, count: Int) -> Int? {
    var cell = Int(unsafe MurmurHash3.hash(base, count: count, seed: 0))
    while true {
      cell &= cells.count - 1
      let number = Int(cells[cell]) - 1
      if number < 0 { return nil }
      if unsafe matches(names[number].bytes, base, count: count) { return number }
      cell += 1
    }
  }

  /// - Returns: the number of a class that may be new.
  mutating func insert(_ name: ByteText) -> Int {
    // Proof: the pointer is valid for `count` bytes while the closure runs.
    let known = unsafe name.bytes.withUnsafeBufferPointer { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      return unsafe number(base, count: bytes.count)
    }
    if let known { return known }
    names.append(name)
    if 2 * names.count > cells.count { grow() } else { store(names.count - 1) }
    return names.count - 1
  }

  private mutating func grow() {
    cells = Array(repeating: 0, count: 2 * cells.count)
    for number in names.indices { store(number) }
  }

  private mutating func store(_ number: Int) {
    var cell = Int(MurmurHash3.hash(names[number].bytes, seed: 0)) & (cells.count - 1)
    while cells[cell] != 0 { cell = (cell + 1) & (cells.count - 1) }
    cells[cell] = Int32(number + 1)
  }

  @unsafe
  private func matches(_ text: [UInt8], _ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where unsafe base[index] != text[index] { return false }
    return true
  }
}
