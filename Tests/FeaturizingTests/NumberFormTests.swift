import Testing

@testable import Featurizing

/// Numbers as people write them.
@Suite struct NumberFormTests {
  private func parse(_ text: String, _ form: NumberForm) -> DecimalNumber.Outcome {
    let padded = Array(text.utf8) + [0]
    // Proof: the pointer is valid for one byte more than the text while the closure runs.
    return unsafe padded.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("there is a byte") }
      return unsafe form.parse(base, count: text.utf8.count)
    }
  }

  @Test(arguments: [
    ("12,5", "comma", "", 12.5), ("-0,25", "comma", "", -0.25), ("7", "comma", "", 7),
    ("1,5e3", "comma", "", 1500), ("1.234,5", "comma", ".", 1234.5), ("1,234", "point", ",", 1234),
    ("12,34,567.5", "point", ",", 1_234_567.5), ("1'234'567.25", "point", "'", 1_234_567.25),
    ("$1,234.50", "point", "$,", 1234.5), ("-$5", "point", "$", -5), ("$-5", "point", "$", -5),
    ("45 %", "point", " %", 45), ("1\u{A0}234", "point", " ", 1234),
    ("1\u{202F}234,5 €", "comma", " €", 1234.5), ("\u{A0}3\u{2009}", "point", " ", 3),
  ])
  func aNumberIsRead(text: String, decimal: String, marks: String, number: Double) {
    let form = NumberForm(decimal: decimal == "comma" ? .comma : .point, marks: marks)
    #expect(parse(text, form) == .number(number))
  }

  @Test(arguments: [
    ("1,5", "point", ","), ("1.5", "comma", ""), ("1,5,0", "comma", ""), ("1,2345", "point", ","),
    ("1234,567", "point", ","), ("1,,234", "point", ","), ("1.5,000", "point", ","),
    ("", "point", "%"),
    ("%", "point", "%"), ("1 2", "point", " "), ("12a", "comma", ""), ("1,234,5", "point", ","),
  ])
  func whatIsNoNumberStaysNone(text: String, decimal: String, marks: String) {
    let form = NumberForm(decimal: decimal == "comma" ? .comma : .point, marks: marks)
    #expect(parse(text, form) == .notANumber)
  }

  @Test func marksThatArePartsOfNumbersAreRefused() {
    for marks in [".", "1", "e", "-", "+", "$."] {
      #expect(NumberForm(marks: marks).defect != nil, "\(marks)")
    }
    #expect(NumberForm(decimal: .comma, marks: ",").defect != nil)
    #expect(NumberForm(decimal: .comma, marks: ". %€'").defect == nil)
  }

  @Test(arguments: [
    ("12,5", "--decimal comma"), ("1,234.50", "--number-marks ','"),
    ("1.234,50", "--decimal comma --number-marks '.'"), ("1,234", "--number-marks ','"),
    ("0,123", "--decimal comma"), ("$5", "--number-marks '$'"), ("5 %", "--number-marks ' %'"),
    ("1'234", "--number-marks ''\\'''"), ("-3,25 €", "--decimal comma --number-marks ' €'"),
    ("7\u{A0}", "--number-marks ' '"), ("n.a.", "--missing 'default,n.a.'"),
    ("-", "--missing 'default,-'"),
  ])
  func theCureIsNamed(text: String, cure: String) {
    var written = WrittenTexts()
    written.add(Array(text.utf8))
    #expect(written.cure(missing: .standard, form: .plain) == cure)
  }

  @Test(arguments: ["A12", "1.2.3", "12:30", "10.0.0.1", "2024-01-31", "3-4", "x", "1,2,3", "007b"])
  func otherTextsHaveNone(text: String) {
    var written = WrittenTexts()
    written.add(Array(text.utf8))
    #expect(written.cure(missing: .standard, form: .plain) == nil)
  }
}
