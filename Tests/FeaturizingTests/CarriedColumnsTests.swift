import SparseBatches
import Testing

@testable import Featurizing

@Suite struct CarriedColumnsTests {
  private let schema = ChunkMaking.schema([("y", .label), ("a", .categorical)])

  private func texts(
    _ chunk: borrowing RowChunk, rows: [UInt32],
    _ carried: inout CarriedColumns
  ) throws -> [[String]] {
    var kept = GrowableBuffer<UInt32>()
    for row in rows { kept.append(row) }
    try carried.read(chunk, rows: kept)
    return rows.indices.map { row in
      carried.texts(row: row).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test func textsAreThoseOfTheNamedColumns() throws {
    var carried = try CarriedColumns(["u", "a"].map { ByteText($0) }, of: schema)
    let first = ChunkMaking.chunk(
      "1,x,7\nbad\n0, y ,\" q,\"\"r\"\" \"\n1,,", header: "y,a,u")
    #expect(
      try texts(first, rows: [0, 2, 3], &carried)
        == [["7", "x"], ["q,\"r\"", "y"], ["", ""]])
    // The next file orders its columns otherwise.
    let second = ChunkMaking.chunk("9,1,z", header: "u,y,a")
    #expect(try texts(second, rows: [0], &carried) == [["9", "z"]])
    #expect(try texts(second, rows: [], &carried).isEmpty)
  }

  @Test func columnsWithoutAHeaderAreTheSchemas() throws {
    var carried = try CarriedColumns([ByteText("a")], of: schema)
    #expect(try texts(ChunkMaking.chunk("1,x"), rows: [0], &carried) == [["x"]])
  }

  @Test func anUnknownColumnIsRefused() throws {
    var carried = try CarriedColumns([ByteText("usr")], of: schema)
    let rows = GrowableBuffer<UInt32>()
    do {
      try carried.read(ChunkMaking.chunk("1,x,7", header: "y,a,user"), rows: rows)
      Issue.record("it was accepted")
    } catch {
      #expect(error.kind == .usage && error.cure == "did you mean \"user\"?")
    }
    #expect(throws: RunFailure.self) {
      let sparse = FeatureSchema(
        source: .libsvm(nil), hashing: FeatureHashing(), labels: .convention)
      _ = try CarriedColumns([ByteText("a")], of: sparse)
    }
  }
}
