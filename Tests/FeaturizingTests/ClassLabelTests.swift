import SparseBatches
import Testing

@testable import Featurizing

/// Labels that are classes or numbers.
@Suite struct ClassLabelTests {
  private func schema(_ labels: LabelRule, libsvm: Bool = false) -> FeatureSchema {
    var schema = ChunkMaking.schema([("label", .label), ("a", .categorical)], bits: 10)
    if libsvm { schema.source = .libsvm(nil) }
    schema.labels = labels
    return schema
  }

  private func classes(_ names: String...) -> LabelRule { .classes(names.map { ByteText($0) }) }

  @Test func aClassIsItsIndexAndAnUnknownOneABadRow() throws {
    let chunk = ChunkMaking.chunk("red,x\n blue ,x\ngreen,x\nRed,x\nNA,x\nred,x", header: "label,a")
    let batch = try PlainBatch(schema(classes("blue", "red", "01")), chunk)
    #expect(batch.rows.map(\.label) == [1, 0, 1])
    #expect(batch.issues.map(\.rowInChunk) == [2, 3, 4])
    #expect(batch.issues.allSatisfy { $0.reason == .badLabel && $0.cure.contains("--classes") })
  }

  @Test func integersOfLibSVMAreTheSameHoweverTheyAreWritten() throws {
    let chunk = ChunkMaking.chunk("+1 1:1\n1.0 1:1\n-2 1:1\n7 1:1\ncat 1:1\n1.5 1:1")
    let batch = try PlainBatch(schema(classes("-2", "1", "cat"), libsvm: true), chunk)
    #expect(batch.rows.map(\.label) == [1, 1, 0, 2])
    #expect(batch.issues.map(\.reason) == [.badLabel, .badLabel])
    // As texts of a column, 1 and 01 may be different things.
    let columns = ChunkMaking.chunk("1,x\n01,x\n+1,x", header: "label,a")
    #expect(try PlainBatch(schema(classes("01", "1")), columns).rows.map(\.label) == [1, 0])
  }

  @Test func numbersAreThemselves() throws {
    for (libsvm, text) in [
      (false, "-2.5,x\n1e3,x\n,x\ncat,x\n1e39,x"), (true, "-2.5 1:1\n1e3\ncat"),
    ] {
      let chunk = ChunkMaking.chunk(text, header: libsvm ? nil : "label,a")
      let batch = try PlainBatch(schema(.number, libsvm: libsvm), chunk)
      #expect(batch.rows.map(\.label) == [-2.5, 1000])
      #expect(batch.issues.count == (libsvm ? 1 : 3))
      #expect(batch.issues.allSatisfy { $0.reason == .badLabel })
    }
  }

  @Test func everyClassOfManyIsFound() {
    let names = (0..<5000).map { ByteText("class \($0 &* 7919)") }
    var table = ClassTable(names + names.reversed())
    #expect(table.names == names)
    for (index, name) in names.enumerated() { #expect(table.insert(name) == index) }
    #expect(table.insert(ByteText("")) == 5000 && table.insert(ByteText("")) == 5000)
  }

  private func discovered(
    _ texts: [String], libsvm: Bool = false, rows: Int = 100
  ) throws -> [String] {
    var discovery = ClassDiscovery(
      schema: schema(.classes([]), libsvm: libsvm), rows: rows, maximumRowBytes: 1000)
    for text in texts {
      try discovery.add(ChunkMaking.chunk(text, header: libsvm ? nil : "label,a"))
    }
    return try discovery.classes().map(\.display)
  }

  @Test func classesAreInOrderWhereverTheyCome() throws {
    #expect(
      try discovered(["b,x\n\"a,b\",x\nb,x", "B,x\nNA,x\nb,x"]) == ["B", "a,b", "b"])
    #expect(try discovered(["10,x\n9,x\n-1,x\n10,x"]) == ["-1", "9", "10"])
    #expect(
      try discovered(["+3 1:1\n3.0 1:1\n10 1:1\n2 1:1"], libsvm: true) == ["2", "3", "10"])
  }

  @Test func aBadRowBringsNoClass() throws {
    #expect(try discovered(["1 1:1\n2 1:1\n3 1:x\n4 :1\n7:1 8:1"], libsvm: true) == ["1", "2"])
  }

  @Test(arguments: [1, 2, 3, 5])
  func thePrefixEndsAtARowNotAtAChunk(rowsInChunk: Int) throws {
    let rows = ["1 1:1", "2 1:1", "5:2 7:1", "3 1:1", "4 1:1", "5 1:1"]
    let chunks = stride(from: 0, to: rows.count, by: rowsInChunk).map { start in
      rows[start..<min(start + rowsInChunk, rows.count)].joined(separator: "\n")
    }
    var discovery = ClassDiscovery(
      schema: schema(.classes([]), libsvm: true), rows: 4, maximumRowBytes: 1000)
    for text in chunks where !discovery.isComplete { try discovery.add(ChunkMaking.chunk(text)) }
    #expect(try discovery.classes().map(\.display) == ["1", "2", "3"])
  }

  @Test func oneClassOrTooManyAreRefused() throws {
    let one = #expect(throws: RunFailure.self) {
      try discovered(["1 1:1\n1 2:1"], libsvm: true)
    }
    #expect(one?.kind == .usage && one?.cure?.contains("--sniff-rows") == true)
    let rows = (0...ClassDiscovery.limit).map { "\($0) 1:1" }.joined(separator: "\n")
    let many = #expect(throws: RunFailure.self) {
      try discovered([rows], libsvm: true, rows: 10_000)
    }
    #expect(many?.cure?.contains("--loss squared") == true)
  }

  @Test func theRulesAreStoredAndHostileOnesRefused() throws {
    for labels in [LabelRule.number, classes("a", "b\u{1}", "")] {
      #expect(schema(labels).defect == nil)
    }
    for labels in [classes(), classes("a"), classes("a", "b", "a")] {
      #expect(schema(labels).defect != nil)
    }
  }
}
