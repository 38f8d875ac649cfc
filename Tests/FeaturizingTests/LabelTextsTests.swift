import Testing

@testable import Featurizing

/// Texts that `--positive` made negative.
@Suite struct LabelTextsTests {
  private func counted(_ texts: [String]) -> LabelTexts {
    var labels = LabelTexts()
    for text in texts {
      let bytes = Array(text.utf8)
      // Proof: the pointer is valid for the text's bytes while the closure runs.
      unsafe bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        unsafe labels.count(base, count: buffer.count)
      }
    }
    return labels
  }

  @Test func chunksAddUpWhateverTheCut() {
    let texts = (0..<200).map { "v\($0 % 5)" } + ["w"]
    let whole = counted(texts)
    for cut in [1, 7, 100] {
      var parts = LabelTexts()
      for start in stride(from: 0, to: texts.count, by: cut) {
        parts.add(counted(Array(texts[start..<min(start + cut, texts.count)])))
      }
      #expect(parts.entries == whole.entries && parts.rows == texts.count)
    }
    #expect(whole.entries.map(\.rows) == [40, 40, 40, 40, 40, 1])
  }

  @Test func manyTextsAreBounded() {
    let labels = counted((0..<1000).map { "text \($0)" })
    #expect(labels.entries.count == LabelTexts.limit)
    #expect(labels.rows == 1000 && labels.others == 1000 - LabelTexts.limit)
  }

  @Test(arguments: [
    ("Yes.", "Yes", "punctuation at its end"), ("YES", "Yes", "case"),
    ("\u{A0}Yes", "Yes", "blanks around it"), ("\"Yes\"", "Yes", "quotes around it"),
    ("1.0", "1", "the same number"), ("1", "1.0", "the same number"),
    ("01", "1", "the same number"), (">50K.", ">50K", "punctuation at its end"),
    ("yes.", "Yes", "punctuation at its end, case"), ("Yes", "yes ", "blanks around it, case"),
  ])
  func nearMissesAreTold(text: String, positive: String, difference: String) {
    let misses = counted([text, text, "something else"]).nearMisses(of: ByteText(positive))
    #expect(
      misses == [LabelTexts.NearMiss(text: ByteText(text), rows: 2, difference: difference)])
  }

  @Test(arguments: [("No", "Yes"), ("0", "1"), ("<=50K", ">50K"), (".", "-"), ("11", "1")])
  func othersAreNone(text: String, positive: String) {
    #expect(counted([text]).nearMisses(of: ByteText(positive)).isEmpty)
  }
}
