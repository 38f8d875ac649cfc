import SparseBatches
import Testing

@Suite struct BufferTests {
  @Test func growsAndKeepsItsElements() {
    var buffer = GrowableBuffer<UInt32>(capacity: 1)
    for value in 0..<1000 { buffer.append(UInt32(value)) }
    #expect(buffer.count == 1000)
    #expect((0..<1000).allSatisfy { buffer[$0] == UInt32($0) })
    let capacity = buffer.capacity
    buffer.removeAll()
    #expect(buffer.isEmpty && buffer.capacity == capacity)
  }

  @Test func shrinksOnlyWhenItsElementsFit() {
    var buffer = GrowableBuffer<UInt8>(capacity: 100)
    for _ in 0..<50 { buffer.append(7) }
    buffer.shrink(to: 40)
    #expect(buffer.capacity == 100)
    buffer.setCount(30)
    buffer.shrink(to: 40)
    #expect(buffer.capacity == 40 && buffer.count == 30 && buffer[29] == 7)
  }

  @Test func spansHoldWhatWasAppended() {
    var buffer = GrowableBuffer<UInt8>()
    buffer.append(contentsOf: [1, 2, 3].span)
    let sum = buffer.withSpan { span in span.indices.reduce(0) { $0 + Int(span[$1]) } }
    #expect(sum == 6)
  }

  @Test func positionsCountLinesRowsAndBytes() {
    var chunk = RowChunk(capacity: 64)
    // The second row holds a line end inside quotes.
    chunk.bytes.append(contentsOf: Array("a\n\"b\nc\"\nd\n".utf8).span)
    for (start, end) in [(0, 1), (2, 7), (8, 9)] {
      chunk.rows.append(RowExtent(start: UInt32(start), end: UInt32(end)))
    }
    chunk.firstLine = 11
    chunk.rowsBefore = 5
    chunk.offset = 100
    chunk.file = 2
    #expect(
      chunk.position(ofRow: 2) == InputPosition(file: 2, row: 8, line: 14, offset: 108))
    let earlier = chunk.position(ofRow: 1)
    #expect(chunk.position(ofRow: 2, after: earlier) == chunk.position(ofRow: 2))
    #expect(chunk.copy(of: chunk.rows[1]) == Array("\"b\nc\"".utf8))
  }

  @Test func aBatchKnowsWhichFeaturesARowHas() {
    var batch = SparseBatch()
    batch.addFeature(3, 1)
    batch.addFeature(4, 2)
    batch.endRow(label: 1, weight: 1, rowInChunk: 0)
    batch.endRow(label: 0, weight: 1, rowInChunk: 2)
    batch.addFeature(5, 1)
    batch.endRow(label: 0, weight: 1, rowInChunk: 3)
    #expect((0..<3).map { batch.features(ofRow: $0) } == [0..<2, 2..<2, 2..<3])
    batch.removeAll()
    #expect(batch.rowCount == 0 && batch.slots.isEmpty)
  }
}
