import SparseBatches
import Testing

@testable import Featurizing

/// The prefix that columns are fitted on ends at the same row however rows are cut into chunks.
@Suite struct SchemaPrefixTests {
  private static let rows = ["1,2", "0,4", "1,6", "0,800"]

  /// - Parameter sizes: how many rows each chunk holds.
  private func roles(_ sizes: [Int], prefixBytes: Int) throws -> [Column.Role] {
    var inference = try SchemaInference(
      options: ReadingOptions().validated(), delimiter: UInt8(ascii: ","),
      firstLine: Array("label,x".utf8), prefixBytes: prefixBytes)
    var rest = Self.rows[...]
    for size in sizes {
      var chunk = RowChunk(capacity: 64)
      for row in rest.prefix(size) {
        let start = UInt32(chunk.bytes.count)
        chunk.bytes.append(contentsOf: Array("\(row)\n".utf8).span)
        chunk.rows.append(RowExtent(start: start, end: start + UInt32(row.utf8.count)))
      }
      rest = rest.dropFirst(size)
      inference.add(chunk)
    }
    guard case .csv(let csv) = try inference.schema().source else { return [] }
    return csv.columns.map(\.role)
  }

  @Test(arguments: [7, 9, 11, 1000])
  func chunksDoNotMoveItsEnd(_ prefixBytes: Int) throws {
    let whole = try roles([4], prefixBytes: prefixBytes)
    for sizes in [[1, 1, 1, 1], [2, 2], [3, 1], [1, 3]] {
      #expect(try roles(sizes, prefixBytes: prefixBytes) == whole)
    }
  }

  @Test func rowsBehindItAreNotLookedAt() throws {
    let scale = NumericScale(transform: .standardize, mean: 3, standardDeviation: 1)
    #expect(try roles([4], prefixBytes: 6) == [.label, .numeric(scale)])
  }
}
