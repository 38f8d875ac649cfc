import Featurizing
import SparseBatches
import Testing

/// Delimiter, header and remarks, judged from the first lines.
@Suite struct LayoutSnifferTests {
  private func layout(
    _ text: String, isWhole: Bool = true, _ change: (inout ReadingOptions) -> Void = { _ in }
  ) -> RowLayout? {
    var options = ReadingOptions()
    change(&options)
    return LayoutSniffer.layout(of: Array(text.utf8), options, isWhole: isWhole)
  }

  private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

  @Test(arguments: [
    ("a,b\n1,2\n3,4\n", ","), ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n1;2;3\n", ";"),
    ("a|b,c\n1|2,3\n1|2,3\n", ","), ("a\n1\n2\n", ","), ("a\tb\n1,2\t3\n", "\t"),
    ("a,b\n\"x;y;z\",1\n\"x;y;z\",1\n", ","),
  ])
  func theHeaderSaysTheDelimiterWhereRowsAgree(rows: String, delimiter: Character) {
    #expect(layout(rows)?.delimiter == delimiter.asciiValue)
    #expect(layout(rows)?.warning == nil)
  }

  @Test func aTitleDoesNotDecide() {
    let found = layout("|1x3 Cross validator\n25, Private, no\n38, Private, no\n") {
      $0.hasHeader = false
    }
    #expect(found?.delimiter == UInt8(ascii: ","))
    #expect(text(found?.firstLine) == "25, Private, no")
    let titled = layout("Report of today\na,b\n1,2\n3,4\n")
    #expect(titled?.warning?.contains("--skip-lines 1") == true)
    let skipped = layout("Report of today\na,b\n1,2\n") { $0.skippedLines = 1 }
    #expect(text(skipped?.firstLine) == "a,b" && skipped?.warning == nil)
  }

  @Test func logsAreKnownByTheirFields() {
    let cloud = layout("#Version: 1.0\n#Fields: date time click\n1\t2\t0\n3\t4\t1\n")
    #expect(cloud?.delimiter == UInt8(ascii: "\t") && cloud?.comment == UInt8(ascii: "#"))
    #expect(text(cloud?.firstLine) == "date\ttime\tclick" && cloud?.isExtendedLog == true)
    let server = layout("#Software: x\n#Fields: date cs-uri click\n1 /a,b,c 0\n3 /a 1\n")
    #expect(server?.delimiter == UInt8(ascii: " "))
    #expect(text(server?.firstLine) == "date cs-uri click")
    let bare = layout("#Version: 1.0\n#Fields: a b\n1\t2\n") { $0.hasHeader = false }
    #expect(text(bare?.firstLine) == "1\t2" && bare?.comment == UInt8(ascii: "#"))
  }

  @Test func aHeaderMayStartWithAHash() {
    let found = layout("#id,click,x\n1,0,3\n2,1,4\n")
    #expect(text(found?.firstLine) == "#id,click,x" && found?.comment == nil)
    let remark = layout("# by me\nid,click\n1,0\n2,1\n")
    #expect(remark?.warning?.contains("--comment '#'") == true)
    let named = layout("# by \"me\nid,click\n1,0\n") { $0.comment = UInt8(ascii: "#") }
    #expect(text(named?.firstLine) == "id,click")
  }

  @Test func moreIsAskedForUntilTheFirstRowIsWhole() {
    #expect(layout("a,b", isWhole: false) == nil)
    #expect(layout("a,\"b\n1,2\n", isWhole: false) == nil)
    #expect(text(layout("a,b\n1,", isWhole: false)?.firstLine) == "a,b")
    #expect(text(layout("a,b")?.firstLine) == "a,b")
  }

  @Test(arguments: [
    ("#id,click,x\n1,0,3\n", ReadingOptions.Format.csv), ("# made today\n1 1:2 3:4\n", .libsvm),
    ("#Version: 1.0\n#Fields: a b\n1 2\n", .csv), ("# only\n", .libsvm),
    ("1 1:2 " + String(repeating: "7:1 ", count: 2000) + "12", .libsvm),
  ])
  func theFormatIsJudgedPastRemarks(rows: String, format: ReadingOptions.Format) {
    #expect(FormatSniffer.format(name: "x", prefix: Array(rows.utf8)).format == format)
  }

  @Test func columnsAreCountedBeforeTheyAreMade() throws {
    var options = ReadingOptions()
    options.label = ByteText("c0")
    let line = [UInt8](repeating: UInt8(ascii: ","), count: 70_000)
    #expect(throws: RunFailure.self) {
      try HeaderNames.parse(
        line, delimiter: UInt8(ascii: ","), quote: nil, maximum: CSVSchema.usualMaximumColumns)
    }
    let few = try HeaderNames.parse(
      line, delimiter: UInt8(ascii: ","), quote: nil, maximum: 70_001)
    #expect(few.names.count == 70_001)
    // Delimiters inside quotes make no columns.
    let quoted = Array("\"a,b,c\",d".utf8)
    let names = try HeaderNames.parse(
      quoted, delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), maximum: 2)
    #expect(names.names.count == 2)
  }
}
