import SparseBatches
import Testing

@testable import Featurizing

@Suite struct SchemaInferenceTests {
  private func infer(
    _ header: String, _ rows: String, _ change: (inout ReadingOptions) -> Void = { _ in }
  ) throws -> [String: Column.Role] {
    var options = ReadingOptions()
    change(&options)
    var inference = try SchemaInference(
      options: options.validated(), delimiter: UInt8(ascii: ","), firstLine: Array(header.utf8))
    inference.add(ChunkMaking.chunk(rows, header: header))
    guard case .csv(let csv) = try inference.schema().source else { return [:] }
    return Dictionary(uniqueKeysWithValues: csv.columns.map { ($0.name.display, $0.role) })
  }

  @Test func numbersAndCategoriesAreTold() throws {
    let roles = try infer("label,x,c,m", "1,1,a,NA\n0,3,2,\n1,NA,b,?\n")
    #expect(roles["label"] == .label)
    let scale = NumericScale(transform: .standardize, mean: 2, standardDeviation: 1)
    #expect(roles["x"] == .numeric(scale))
    #expect(roles["c"] == .categorical)
    #expect(roles["m"] == .categorical)
  }

  @Test func aStrayTextDoesNotTurnNumbersIntoCategories() throws {
    let rows = (0..<100).map { "1,\($0 == 50 ? "oops" : String($0))" }.joined(separator: "\n")
    let roles = try infer("label,x", rows)
    #expect(roles["x"]?.name == "numeric")
  }

  @Test func manyTextsMakeCategories() throws {
    let rows = (0..<100).map { "1,\($0 % 10 == 0 ? "A\($0)" : String($0))" }
    #expect(try infer("label,x", rows.joined(separator: "\n"))["x"] == .categorical)
  }

  @Test func constantColumnsHaveDeviationOne() throws {
    let roles = try infer("label,x", "1,5\n0,5\n")
    let scale = NumericScale(transform: .standardize, mean: 5, standardDeviation: 1)
    #expect(roles["x"] == .numeric(scale))
  }

  @Test func hugeNumbersKeepAFiniteScale() throws {
    let roles = try infer("label,x", "1,1e308\n0,-1e308\n1,1e308\n") {
      $0.transforms = TransformOptions([.init(pattern: nil, choice: .standardize)])
    }
    guard case .numeric(let scale) = roles["x"] else {
      Issue.record("x is no number")
      return
    }
    #expect(scale.mean.isFinite && scale.standardDeviation.isFinite)
    #expect(scale.value(of: -1e308, clip: 8).isFinite)
  }

  @Test func overridesByNameAndGlob() throws {
    let roles = try infer("label,C1,C2,n,z", "1,1,2,3,4\n0,2,3,4,5\n") {
      $0.categorical = [ByteText("C*")]
      $0.ignored = [ByteText("?")]
      $0.numeric = []
    }
    #expect(roles["C1"] == .categorical && roles["C2"] == .categorical)
    #expect(roles["n"] == .ignored && roles["z"] == .ignored)
  }

  @Test func onlyTheFirstRowsAreSniffed() throws {
    let roles = try infer("label,x", "1,1\n0,2\n1,a\n1,b\n1,c\n1,d") { $0.sniffRows = 2 }
    guard case .numeric = roles["x"] else {
      Issue.record("x should be numeric by its first two rows")
      return
    }
  }

  @Test func namesThatAreNotThereAreUsageErrors() {
    #expect(throws: RunFailure.self) { try infer("lable,x", "1,2") }
    let failure = #expect(throws: RunFailure.self) {
      try infer("label,xray", "1,2") { $0.categorical = [ByteText("xrey")] }
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.cure?.contains("xray") == true)
    #expect(throws: RunFailure.self) { try infer("label,x", "1,2") { $0.weight = ByteText("w") } }
    #expect(throws: RunFailure.self) {
      try infer("label,x", "1,2") {
        $0.categorical = [ByteText("x")]
        $0.numeric = [ByteText("*")]
      }
    }
  }

  @Test func duplicateNamesAreBadData() {
    let failure = #expect(throws: RunFailure.self) { try infer("label,x,x", "1,2,3") }
    #expect(failure?.kind == .badData)
    #expect(failure?.message.contains("columns 2 and 3") == true)
  }

  @Test func emptyHeaderCellsGetAName() throws {
    let roles = try infer("label,,x", "1,2,3")
    #expect(roles.keys.sorted() == ["c1", "label", "x"])
  }

  @Test func rowsWithoutHeaderGetNames() throws {
    let plain = try infer("1,2,a", "1,2,a") { $0.hasHeader = false }
    #expect(plain["c0"] == .label && plain["c2"] == .categorical)
    let named = try infer("1,2,a", "1,2,a") {
      $0.hasHeader = false
      $0.columns = [ByteText("y"), ByteText("n"), ByteText("t")]
      $0.label = ByteText("y")
    }
    #expect(named["y"] == .label && named["t"] == .categorical)
    #expect(throws: RunFailure.self) {
      try infer("1,2,a", "1,2,a") {
        $0.hasHeader = false
        $0.columns = [ByteText("y")]
      }
    }
  }

  @Test(arguments: [
    ("data.csv.gz", "", ReadingOptions.Format.csv), ("data.TSV", "", .csv),
    ("d.svm", "", .libsvm), ("d.libsvm.gz", "", .libsvm),
    ("-", "1 3:4 5:6\n", .libsvm), ("x", "-1 qid:3 1:2 # hi\n", .libsvm), ("x", "# hi\n", .libsvm),
    ("d.vw", "", .vw), ("D.VW.gz", "", .vw), ("-", "1 |a x y:2\n", .vw), ("x", "-1 2 't|a x", .vw),
    ("x", "1 tag|a x", .vw), ("x", "0.5 1 0.2 |a x", .vw), ("x", "1 |a x |b 3:4", .vw),
    ("x", "|a x:2 |b y", .vw), ("x", "'t|a x", .csv), ("x", "1:0.5:0.2 |a x", .vw),
    ("x", "label|a|b\n1|2|3", .csv), ("x", "1|2|3", .csv), ("x", "label | a | b", .csv),
    ("x", "|first name|last name", .csv), ("x", "12 Main St|Boston|3", .csv),
    ("x", "label,a\n1,2\n", .csv), ("x", "12:30,a:b\n", .csv), ("x", "label\n", .csv),
  ])
  func formats(name: String, text: String, expected: ReadingOptions.Format) {
    #expect(FormatSniffer.format(name: name, prefix: Array(text.utf8)).format == expected)
  }

  @Test(arguments: [
    ("a,b,c", ","), ("a\tb", "\t"), ("a;b;\"x,y,z,w\"", ";"), ("a|b|c,d", "|"), ("a", ","),
    ("a b", ","),
  ])
  func delimiters(header: String, expected: Character) {
    let found = FormatSniffer.delimiter(
      ofHeader: Array(header.utf8), quote: UInt8(ascii: "\""))
    #expect(found == expected.asciiValue)
  }

  @Test func impossibleOptionsAreUsageErrors() {
    let changes: [(inout ReadingOptions) -> Void] = [
      { $0.hashing.bits = 9 }, { $0.hashing.bits = 31 }, { $0.clip = 0 }, { $0.clip = .nan },
      { $0.sniffRows = 0 }, { $0.maximumRowBytes = 0 }, { $0.columns = [ByteText("a")] },
      { $0.delimiter = UInt8(ascii: "\"") }, { $0.delimiter = 10 },
    ]
    for change in changes {
      var options = ReadingOptions()
      change(&options)
      #expect(throws: RunFailure.self) { try options.validated() }
    }
  }
}
