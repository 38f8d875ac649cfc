import SparseBatches
import Testing

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("plain é 漢字 🙂", "plain é 漢字 🙂"), ("back\\slash", "back\\\\slash"),
    ("esc \u{1B}[31m", "esc \\x1B[31m"), ("line\nend\r\t", "line\\x0Aend\\x0D\\x09"),
    ("c1 \u{9B}31m", "c1 \\xC2\\x9B31m"), ("bidi \u{202E}abc", "bidi \\xE2\\x80\\xAEabc"), ("", ""),
  ])
  func whatATerminalMustNotSeeIsEscaped(text: String, expected: String) {
    #expect(DisplayText.escape(Array(text.utf8)) == expected)
  }

  @Test func bytesThatAreNoTextAreEscaped() {
    #expect(DisplayText.escape([0xFF, 0x41, 0xC3]) == "\\xFFA\\xC3")
    #expect(DisplayText.escape([0xED, 0xA0, 0x80]) == "\\xED\\xA0\\x80")
    #expect(DisplayText.escape([0x00]) == "\\x00")
  }

  @Test func longTextIsCutWithAMark() {
    #expect(DisplayText.escape(Array("abcdef".utf8), limit: 3) == "abc…")
    #expect(DisplayText.escape(Array("abc".utf8), limit: 3) == "abc")
  }

  @Test func everyByteStringComesBack() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<300 {
      let bytes = (0..<length).map { _ in
        Bool.random(using: &generator)
          ? UInt8.random(in: 0...255, using: &generator) : UInt8(ascii: "\\")
      }
      #expect(DisplayText.unescape(DisplayText.escape(bytes)) == bytes)
    }
  }

  @Test(arguments: ["\\", "\\x", "\\x4", "\\q41", "\\xZZ"])
  func foreignEscapesAreRefused(text: String) { #expect(DisplayText.unescape(text) == nil) }
}
