internal import SparseBatches

extension SchemaInference {
  /// Fewer numbers do not make a column of numbers.
  private static let fewestNumbers = 20

  /// A column of numbers that is taken for categories, because of how its numbers are written, or
  /// of how it says that there is none.
  func writtenAdvice(_ index: Int, _ column: Column) -> String? {
    guard case .texts(_, let all) = column.reason, column.role == .categorical,
      var written = texts[index]
    else { return nil }
    let numbers = statistics[index].numbers + written.numbers
    guard numbers >= Self.fewestNumbers else { return nil }
    if written.others > max(1, numbers / 20) {
      // One text among many different numbers means "no value", whatever it says.
      guard cells.distinctValues(in: index) >= 100, written.takeOnlyOtherAsMark() else {
        return nil
      }
    }
    guard let cure = written.cure(missing: options.missing, form: options.numbers) else {
      return nil
    }
    var why: [String] = []
    if written.numbers > 0 {
      why.append(
        "\(written.numbers) of \(all) values are numbers with \(written.words)"
          + " (\"\(ByteText(bytes: written.example).display)\")")
    }
    if !written.marks.isEmpty {
      let shown = written.sortedMarks.prefix(3).map {
        "\"\(ByteText(bytes: $0.text).display)\" (\($0.count))"
      }
      why.append("among \(all) values are \(shown.joined(separator: ", "))")
    }
    let name = column.name.display
    return "column \"\(name)\" is learned as categories, but is mostly numbers: "
      + "\(why.joined(separator: "; ")): use \(cure), or --categorical '\(name)' if it holds "
      + "categories"
  }
}

extension WrittenTexts {
  /// Marks for "no value", the most frequent first.
  var sortedMarks: [(text: [UInt8], count: Int)] {
    marks.map { (text: $0.key, count: $0.value) }.sorted {
      $0.count != $1.count ? $0.count > $1.count : $0.text.lexicographicallyPrecedes($1.text)
    }
  }

  /// How the numbers are written.
  var words: String {
    var words: [String] = []
    if forms.contains(.decimalComma) { words.append("a decimal comma") }
    var known = forms
    if forms.contains(.commaOrGroup), !isComma { known.insert(.groupComma) }
    for (_, word) in known.marks where !words.contains(word) { words.append(word) }
    return words.joined(separator: ", ")
  }

  /// Whether a comma stands before fractions.
  private var isComma: Bool { forms.contains(.decimalComma) || forms.contains(.groupPoint) }

  /// The options that make numbers and missing values of these texts; nil: there is none.
  ///
  /// - Parameters:
  ///   - missing, form: those in force.
  func cure(missing: MissingTokens, form: NumberForm) -> String? {
    var options: [String] = []
    if isComma, form.decimal != .comma { options.append("--decimal comma") }
    let usesComma = isComma || form.decimal == .comma
    var known = forms
    if forms.contains(.commaOrGroup), !usesComma { known.insert(.groupComma) }
    var marks = form.marks
    for (mark, _) in known.marks where !marks.contains(mark) && !(usesComma && mark == ",") {
      marks.append(mark)
    }
    if marks != form.marks { options.append("--number-marks \(Self.quoted(marks))") }
    if !self.marks.isEmpty {
      let kept =
        missing == .standard
        ? [MissingTokens.defaultWord] : missing.tokens.map { ByteText(bytes: $0).display }
      let added = sortedMarks.map { ByteText(bytes: $0.text).display }
      options.append("--missing \(Self.quoted((kept + added).joined(separator: ",")))")
    }
    return options.isEmpty ? nil : options.joined(separator: " ")
  }

  /// For a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
