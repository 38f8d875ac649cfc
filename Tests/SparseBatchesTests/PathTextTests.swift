import SparseBatches
import Testing

/// Paths are bytes: each has a text of its own.
@Suite struct PathTextTests {
  private static let paths: [[UInt8]] = [
    [], Array("plain/r\u{e9}sum\u{e9}.csv".utf8), [0x63, 0xE9, 0x2E], [0xFF, 0x80, 0xC3],
    // Half of a scalar, a surrogate, an overlong slash.
    [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
    // What looks like a text of ours: it must not come back as the byte E9.
    Array("\u{10FEE9}".utf8), [0xE9] + Array("\u{10FEE9}".utf8) + [0xE9],
  ]

  @Test(arguments: paths) func everyPathComesBack(_ path: [UInt8]) {
    let text = PathText.text(path)
    #expect(PathText.bytes(text) == path)
    #expect(text.systemPath == path.map { CChar(bitPattern: $0) } + [0])
  }

  @Test func textsAreDistinct() {
    let texts = Set(Self.paths.map { Array(PathText.text($0).utf8) })
    #expect(texts.count == Self.paths.count)
  }

  @Test func asciiAndUTF8StayAsTheyAre() {
    #expect(PathText.text(Array("a/ü.csv".utf8)) == "a/ü.csv")
  }

  @Test func messagesShowTheBytes() {
    #expect(DisplayText.escape(path: PathText.text([0x63, 0xE9, 0x2E, 0x0A])) == "c\\xE9.\\x0A")
  }

  @Test func theSystemsOwnTextIsRead() {
    let path: [CChar] = [0x63, CChar(bitPattern: 0xE9), 0]
    let text = unsafe PathText.text(cString: path)
    #expect(PathText.bytes(text) == [0x63, 0xE9])
  }
}
