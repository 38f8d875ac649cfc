import Evaluation
import Testing

@Suite struct SegmentTableTests {
  private func table(_ rows: [(String, ScoredRow)], capacity: Int = 1000) -> [SegmentSummary] {
    var table = SegmentTable(capacity: capacity, longestName: 8)
    for (name, row) in rows {
      table.add(
        name: Array(name.utf8), prediction: row.probability,
        loss: Probability(row.probability).loss(label: row.label),
        label: row.label, weight: row.weight)
    }
    return table.summaries
  }

  @Test func segmentsAreEvaluationsOfTheirRows() throws {
    let rows = Shape.all[0].rows(3000)
    let names = rows.indices.map { ["a", "b", "b", "c", ""][$0 % 5] }
    let found = table(Array(zip(names, rows)))
    #expect(found.map(\.name) == ["b", "", "a", "c"].map { Array($0.utf8) })
    for segment in found {
      let name = String(decoding: try #require(segment.name), as: UTF8.self)
      let expected = summarize(zip(names, rows).filter { $0.0 == name }.map(\.1))
      #expect(segment.rows == expected.rows && segment.positives == expected.positives)
      #expect(isClose(segment.logLoss, expected.logLoss))
      #expect(isClose(segment.meanPrediction, expected.meanPrediction))
      #expect(isClose(segment.meanLabel, expected.meanLabel))
      #expect(isClose(segment.calibrationRatio, expected.calibrationRatio))
    }
  }

  @Test func theRestIsOneSegment() throws {
    let row = ScoredRow(margin: 1, label: true)
    let names = ["x", "y", "z", "x", "w", "much too long a name", "y"]
    let found = table(names.map { ($0, row) }, capacity: 2)
    #expect(found.map(\.rows) == [2, 2, 3])
    #expect(found.map(\.name) == [Array("x".utf8), Array("y".utf8), nil])
    #expect(found[2].positives == 3)
    // Too long is with the others even where there is room.
    #expect(table([("much too long a name", row)]).map(\.name) == [nil])
  }

  @Test func whatIsUndefinedIsNil() throws {
    let found = table([
      ("a", ScoredRow(margin: 1, label: false)),
      ("b", ScoredRow(margin: 1, label: true, weight: 0)),
    ])
    #expect(found[0].calibrationRatio == nil && found[0].meanLabel == 0)
    #expect(found[1].rows == 1 && found[1].logLoss == nil)
    var impossible = SegmentTable()
    impossible.add(name: [], prediction: 0, loss: .infinity, label: true, weight: 1)
    #expect(impossible.summaries[0].logLoss == nil)
    #expect(impossible.summaries[0].calibrationRatio == 0)
  }
}
