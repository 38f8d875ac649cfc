import PlainYAML
import Testing

@Suite struct YAMLTests {
  /// As JSON; `nothing` for an empty document, `refused` for one that is not read.
  static func outcome(_ yaml: String) -> String {
    do {
      return try YAMLNode.parse(Array(yaml.utf8))?.json ?? "nothing"
    } catch {
      return "refused"
    }
  }

  @Test(arguments: Documents.read)
  func isRead(_ yaml: String, as json: String) {
    #expect(Self.outcome(yaml) == json)
  }

  @Test(arguments: Documents.refused)
  func isRefused(_ yaml: String, _ line: Int, _ word: String) {
    let defect = #expect(throws: YAMLDefect.self) { try YAMLNode.parse(Array(yaml.utf8)) }
    #expect(defect?.line == line)
    #expect(defect?.message.contains(word) == true, "\(defect?.message ?? "")")
    #expect(defect?.cure.isEmpty == false)
  }

  @Test func whatIsNotUTF8IsRefusedByLine() {
    let defect = #expect(throws: YAMLDefect.self) {
      try YAMLNode.parse(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A])
    }
    #expect(defect?.line == 2 && defect?.message.contains("UTF-8") == true)
  }

  @Test func linesAndQuotesAreKept() throws {
    let node = try #require(
      try YAMLNode.parse(Array("# c\na: b\n\nc:\n  - 'd'\n  - [e,\n f]\n".utf8)))
    guard case .map(let entries) = node.content, case .list(let items) = entries[1].value.content,
      case .list(let flow) = items[1].content
    else { return #expect(Bool(false), "\(node)") }
    #expect(node.line == 2 && entries.map(\.line) == [2, 4] && items.map(\.line) == [5, 6])
    #expect(flow.map(\.line) == [6, 7])
    #expect(entries[0].value.content == .text("b", isQuoted: false))
    #expect(items[0].content == .text("d", isQuoted: true))
  }
}
