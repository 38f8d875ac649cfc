import Foundation
import InputBytes
import SparseBatches
import Testing

/// Line ends, headers and quotes that are not what they seem.
@Suite struct StrangeRowTests {
  private func reading(
    _ text: String, _ syntax: RowSyntax = commaTable, notices: Notices = Notices()
  ) throws -> Reading {
    let folder = try TemporaryFolder()
    return try read([try folder.file("t.csv", text.utf8)], syntax, notices: notices)
  }

  @Test func doubledReturnsAreDroppedAndSaid() throws {
    let expected = try reading("a,b\n1,\"x\"\n2,y\n")
    let notices = Notices()
    let found = try reading("a,b\r\r\n1,\"x\"\r\r\n2,y\r\r\n", notices: notices)
    #expect(found.rows.map(\.bytes) == expected.rows.map(\.bytes))
    #expect(found.headers == expected.headers)
    #expect(notices.all.contains { $0.contains("more than one carriage return: 3;") })
  }

  @Test(arguments: [commaTable, RowSyntax(kind: .lines(comment: nil))])
  func aReturnInsideARowIsABadRow(syntax: RowSyntax) throws {
    let found = try reading("a,b\n1,2\r3,4\n5,6\r\n", syntax)
    let bad = found.rows.filter { $0.fault != nil }
    #expect(bad.map(\.fault) == [.carriageReturn])
    #expect(bad.first?.position.line == 2)
  }

  @Test func aReturnInsideQuotesIsData() throws {
    let found = try reading("a,b\n1,\"x\ry\"\n2,\"p\r\nq\"\n3,\"r\"\"\rs\"\n")
    #expect(found.rows.allSatisfy { $0.fault == nil })
    #expect(found.rows.count == 3)
  }

  @Test(arguments: [
    "a,b\n", "\u{FEFF}a,b\n", "\"a\",\"b\"\n", "\u{FEFF}\"a\",b\r\n", " a, b \n", "\" a\",\"b \"\n",
  ])
  func aRepeatedHeaderIsOneInAnyQuoting(repeated: String) throws {
    for first in ["a,b\n", "\u{FEFF}\"a\",\"b\"\n"] {
      let found = try reading(first + "1,2\n" + repeated + "3,4\n")
      #expect(found.rows.map(\.bytes) == [Array("1,2".utf8), Array("3,4".utf8)])
      #expect(found.repeatedHeaders == 1)
    }
  }

  @Test(arguments: ["a,c\n", "a,b,\n", "a\n", "\"a,b\"\n", "A,B\n", "ab,\n"])
  func otherRowsAreNoHeader(row: String) throws {
    let found = try reading("a,b\n" + row)
    #expect(found.rows.count == 1)
    #expect(found.repeatedHeaders == 0)
  }

  @Test func aStrayQuoteIsWarnedOfWithItsRow() throws {
    var lines = (1...200).map { "\($0 % 2),item,\($0)" }
    lines[4] = "1,\"big item,3"
    lines[99] = "0,item 24\",4"
    let notices = Notices()
    let found = try reading("a,b,c\n" + lines.joined(separator: "\n") + "\n", notices: notices)
    #expect(found.rows.count == 105)
    let warning = notices.all.first { $0.contains("warning: ") }
    #expect(warning?.contains("row 5 (line 6) holds 96 lines in one quoted field") == true)
    #expect(warning?.contains("--max-field-lines") == true)
  }

  @Test func ordinaryTextsOfSomeLinesMakeNoNoise() throws {
    let notices = Notices()
    let rows = (1...50).map { "\($0),\"dear all,\nthank you\nand, again,\nbye\",x,y\n" }.joined()
    let found = try reading("a,b,c,d\n" + rows, notices: notices)
    #expect(found.rows.count == 50)
    #expect(notices.all.isEmpty, "\(notices.all)")
  }

  @Test func aLongTextIsWarnedOf() throws {
    let notices = Notices()
    let text = (1...30).map { "line \($0)" }.joined(separator: "\n")
    _ = try reading("a,b\n1,x\n2,\"\(text)\"\n", notices: notices)
    #expect(notices.all.contains { $0.contains("row 2 (line 3)") && $0.contains("of 30 lines") })
  }

  @Test func moreLinesThanAFieldMayHaveAreABadRow() throws {
    var syntax = commaTable
    syntax.maximumFieldLines = 2
    let found = try reading("a,b\n1,\"x\ny\"\n2,\"p\nq\nr\"\n3,z\n", syntax)
    // The first line alone is bad: rows are found again from the next one on.
    #expect(found.rows.map(\.fault) == [nil, .fieldOfManyLines, nil, nil, nil])
    #expect(found.rows[4].bytes == Array("3,z".utf8))
  }

  @Test func remarksAndSkippedLinesAreNoRows() throws {
    var syntax = commaTable
    syntax.comment = UInt8(ascii: "#")
    syntax.skippedLines = 1
    let found = try reading("a title, \"odd\n# made \"today\na,b\n1,2\n#3,4\n5,6\n", syntax)
    #expect(found.headers[0] == Array("a,b".utf8))
    #expect(found.rows.map(\.bytes) == [Array("1,2".utf8), Array("5,6".utf8)])
    #expect(found.rows.map(\.position.line) == [4, 6])
  }

  @Test func fieldsLinesAreHeaders() throws {
    var syntax = RowSyntax(
      kind: .delimited(delimiter: UInt8(ascii: "\t"), quote: nil, hasHeader: true))
    syntax.comment = UInt8(ascii: "#")
    let log =
      "#Version: 1.0\n#Fields: date c-ip\tsc-status\n1\t2\t3\n#Date: x\n"
      + "#Fields: date c-ip sc-status\n4\t5\t6\n"
    let found = try reading(log, syntax)
    #expect(found.headers[0] == Array("date\tc-ip\tsc-status".utf8))
    #expect(found.rows.count == 2)
    #expect(found.repeatedHeaders == 1)
    let failure = failure { try reading(log + "#Fields: date\n7\n", syntax) }
    #expect(failure?.kind == .badData)
    #expect(failure?.message.contains("line 7: #Fields: names other columns") == true)
  }
}
