import SparseBatches
import Testing

@testable import Featurizing

@Suite struct AdviceTests {
  private func advice(
    _ header: String, rows: Int = 400, _ change: (inout ReadingOptions) -> Void = { _ in },
    _ row: (Int) -> String
  ) throws -> [String] {
    var options = ReadingOptions()
    change(&options)
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ","), firstLine: Array(header.utf8))
    let text = (0..<rows).map { row($0) + "\n" }.joined()
    inference.add(ChunkMaking.chunk(text, header: header))
    return inference.advice(on: try inference.schema())
  }

  /// Mixes the bits of `row`: nothing that follows from its order.
  private func mixed(_ row: Int) -> UInt32 { MurmurHash3.hash(Array("\(row)".utf8), seed: 1) }

  @Test func identifiersAreNamedWithTheOption() throws {
    let found = try advice("label,id,zip,code,age,amount,price") { row in
      let zip = 10_000 + Int(mixed(row) % 80_000)
      let code = ["007", "12", "500"][row % 3]
      return "\(mixed(row) % 2),\(row * 7),\(zip),\(code),\(mixed(row + 5000) % 90),"
        + "\(mixed(row) % 1000),\(Double(row) / 8)"
    }
    #expect(found.count == 3, "\(found)")
    for (text, name) in zip(found, ["id", "zip", "code"]) {
      #expect(text.contains("\"\(name)\"") && text.contains("--categorical '\(name)'"))
    }
    // Whoever names a column has said what it is.
    let named = try advice("label,id", { $0.numeric = [ByteText("id")] }) { "\($0 % 2),\($0 * 7)" }
    #expect(!named.contains { $0.contains("identifier") })
    #expect(try advice("label,id", rows: 99) { "\($0 % 2),\($0 * 7)" }.isEmpty)
  }

  @Test func leaksAreNamedWithTheOption() throws {
    let found = try advice("label,text,score,noisy,honest,unique") { row in
      let label = Int(mixed(row) % 3 == 0 ? 1 : 0)
      let noisy = row % 10 == 0 ? 1 - label : label
      return "\(label),\(label == 1 ? "won" : "lost"),\(label * 50 + row % 40 + 1),\(noisy),"
        + "v\(mixed(row + 1000) % 5),u\(row)"
    }
    #expect(found.count == 3 && found.allSatisfy { $0.hasPrefix("warning: ") })
    #expect(found[2].contains("\"unique\"") && found[2].contains("(texts, 400 of 400 distinct)"))
    #expect(found[0].contains("\"text\"") && found[0].contains("--ignore 'text'"))
    #expect(found[0].contains("(0 errors in 400 rows"))
    #expect(found[1].contains("\"score\""))
  }

  @Test func aLeakMayBeThatAValueIsThere() throws {
    for value in ["\(0.001)", "u", "v 1.5"] {
      let found = try advice("label,late,plain") { row in
        let isPositive = mixed(row) % 4 == 0
        return "\(isPositive ? 1 : 0),\(isPositive ? value + String(row) : ""),u\(row)"
      }
      let leaks = found.filter { $0.contains("predicts the label") }
      #expect(leaks.count == 1 && leaks[0].contains("\"late\""), "\(found)")
    }
  }

  @Test func aLeakMayRunTheOtherWay() throws {
    let found = try advice("label,x", { $0.labels = .positive(ByteText("yes")) }) { row in
      let isYes = mixed(row) % 4 == 0
      return "\(isYes ? "yes" : row % 2 == 0 ? "no" : "maybe"),\(isYes ? -1.5 : Double(row))"
    }
    #expect(found.count == 1 && found[0].contains("\"x\""))
  }

  @Test func fewOrManyClassesGiveNoAdvice() throws {
    #expect(try advice("label,x") { _ in "1,a" }.isEmpty)
    #expect(try advice("label,x") { "\($0 % 3),v\($0 % 3)" }.isEmpty)
    #expect(try advice("label,x") { "\($0 < 19 ? 1 : 0),v\($0 < 19 ? 1 : 0)" }.isEmpty)
  }

  @Test func errorsAreThoseOfTheBestSimpleRule() {
    func errors(_ pairs: [(String, Bool)]) -> Int {
      var cells = PrefixCells(columns: 1)
      for (value, _) in pairs {
        cells.addRow()
        cells.set(0, PrefixValue(Array(value.utf8), missing: .standard))
      }
      return LeakageTest.errors(of: 0, in: cells, classes: pairs.map(\.1))
    }
    // Values that never come again say nothing: as wrong as the larger class.
    #expect(errors([("a", true), ("b", false), ("c", false)]) == 1)
    #expect(errors([("a", true), ("a", true), ("b", false), ("b", false)]) == 0)
    // One row alone against three of another class is wrong once.
    #expect(errors([("a", true), ("a", false), ("a", false), ("a", false)]) == 1)
    #expect(errors([("1", false), ("2", false), ("3", true), ("4", true), ("5", false)]) == 1)
    #expect(errors([("4", false), ("3", false), ("2", true), ("1", true)]) == 0)
    #expect(errors([("1", false), ("1", true), ("2", true), ("2", true), ("2", true)]) == 1)
  }

  @Test func wideTablesAreBounded() {
    var cells = PrefixCells(columns: 1 << 20)
    for _ in 0..<3 { cells.addRow() }
    let rows = cells.rows
    #expect(rows == 2)
  }
}

extension PrefixValue {
  /// - Parameter text: trimmed of blanks.
  init(_ text: [UInt8], missing: MissingTokens) {
    let padded = text + [0]
    // Proof: the pointer is valid for one byte more than the text while the closure runs.
    self = unsafe padded.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("there is a byte") }
      return unsafe PrefixValue(base, count: text.count, missing: missing)
    }
  }
}
