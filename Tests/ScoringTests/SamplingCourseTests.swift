import Foundation
import ModelFile
import SparseBatches
import Testing

@testable import Scoring

/// What sampling left out, and where in the stream: shifts and weights of the margins.
@Suite struct SamplingCourseTests {
  /// Rows of an input, of which some negatives are left out and every 41st is bad.
  private struct Input {
    var labels: [Bool] = []
    /// In the order of the input: whether it is learned.
    var isKept: [Bool] = []

    /// - Parameter share: of the negatives that are kept, by the number of the row.
    init(_ count: Int, share: (Int) -> Double) {
      for row in 0..<count {
        let label = (row &* 7907) % 100 < 20
        let draw = Double((row &* 7919) % 1009) / 1009
        labels.append(label)
        isKept.append(row % 41 != 40 && (label || draw < share(row)))
      }
    }

    var kept: [Int] { labels.indices.filter { isKept[$0] } }
    var leftOut: Int { labels.indices.count { !isKept[$0] && $0 % 41 != 40 } }

    /// Read in chunks of `size` rows.
    func learned(chunk size: Int) -> (StreamCalibration, SamplingCourse) {
      var (stream, course) = (StreamCalibration(seed: 5), SamplingCourse())
      for first in stride(from: 0, to: labels.count, by: size) {
        var batch = SparseBatch()
        var margins = GrowableBuffer<Double>()
        for row in first..<min(first + size, labels.count) where isKept[row] {
          batch.endRow(label: labels[row] ? 1 : 0, weight: 1, rowInChunk: row - first)
          margins.append(0)
        }
        stream.add(batch, margins: margins)
        course.add(batch, ordinal: first)
      }
      return (stream, course)
    }

    func counted(_ course: SamplingCourse) -> SampledNegatives {
      .counted(course, rows: labels.count, learned: kept.count, leftOut: leftOut)
    }
  }

  private static func sampled(_ count: Int) -> Input {
    Input(count) { $0 < count * 3 / 4 ? 0.3 : 0.1 }
  }

  @Test(arguments: [1, 7, 1000, 5000], [0, 15, 900, 20_000])
  func rowsOfTheInputAreThoseBeforeEachBlock(size: Int, count: Int) throws {
    let input = Self.sampled(count)
    let (stream, course) = input.learned(chunk: size)
    let rows = try #require(course.rows(before: stream.blocks))
    let kept = input.kept
    #expect(rows.count == stream.blocks.full.count + 1)
    for (block, row) in rows.enumerated() {
      let last = block * stream.blocks.length - 1
      #expect(row == (last < 0 ? 0 : kept[last] + 1))
    }
    // Rows learned twice, as in a second epoch, are not those that were kept.
    var more = stream
    more.add(margin: 0, label: true, weight: 1)
    #expect(course.rows(before: more.blocks) == nil)
  }

  /// The share kept up to a row, against the count of every row.
  @Test func marginsAreShiftedByTheShareKeptSoFar() throws {
    let input = Self.sampled(20_000)
    let (stream, course) = input.learned(chunk: 64)
    let window = stream.window(input.counted(course))
    func share(_ rows: some Collection<Int>) -> Double {
      let negatives = rows.filter { !input.labels[$0] && $0 % 41 != 40 }
      return Double(negatives.count { input.isKept[$0] }) / Double(negatives.count)
    }
    let whole = share(input.labels.indices)
    let kept = input.kept
    let before = try #require(course.rows(before: stream.blocks))
    let first = stream.blocks.window.start / stream.blocks.length
    for block in first..<before.count where before[block] < input.labels.count - 500 {
      let ordinal = block * stream.blocks.length
      let expected = log(share(0..<before[block]) / whole)
      // Bad rows are taken for evenly spread.
      let shift = shiftOf(ordinal, in: stream, window)
      #expect(abs(shift - expected) < 0.004, "block \(block): \(shift), not \(expected)")
    }
    // The negatives of the window stand for all that it had.
    let weight = window.rows.reduce(0) { $0 + ($1.isPositive ? 0 : $1.weight) } / whole
    let rows = kept[stream.blocks.window.start - 1] + 1..<input.labels.count
    let negatives = rows.count { !input.labels[$0] && $0 % 41 != 40 }
    #expect(abs(weight / Double(negatives) - 1) < 0.004)
    // Where the share changed there is something to be shifted.
    #expect(abs(log(share(rows) / whole)) > 0.1)
    let positives = window.rows.reduce(0) { $0 + ($1.isPositive ? $1.weight : 0) }
    #expect(positives == Double(rows.count { input.labels[$0] && input.isKept[$0] }))
  }

  private func shiftOf(
    _ ordinal: Int, in stream: StreamCalibration, _ window: StreamWindow
  ) -> Double {
    let plain = stream.window().rows
    let kept = stream.negatives.rows + stream.positives.rows
    let margins = kept.filter { $0.ordinal >= stream.blocks.window.start }
    guard let index = margins.firstIndex(where: { $0.ordinal == ordinal }) else { return .nan }
    return window.rows[index].margin - plain[index].margin
  }

  /// Where all parts of the stream are alike, its odds are those of the whole.
  @Test func positivesCountWhereTheOrderIsAnother() {
    let input = Self.sampled(20_000)
    let (stream, _) = input.learned(chunk: 64)
    let window = stream.window(.byPositives)
    let kept = input.kept
    func odds(_ rows: some Collection<Int>) -> Double {
      let negatives = rows.count { !input.labels[$0] }
      return Double(negatives) / Double(rows.count - negatives)
    }
    let start = stream.blocks.window.start
    let shift = shiftOf(start, in: stream, window)
    #expect(abs(shift - log(odds(kept[..<start]) / odds(kept))) < 1e-12)
    func weight(_ label: Bool) -> Double {
      window.rows.reduce(0) { $0 + ($1.isPositive == label ? $1.weight : 0) }
    }
    #expect(abs(weight(false) / weight(true) / odds(kept) - 1) < 1e-12)
  }

  @Test func nothingIsShiftedWhereNothingIsKnown() {
    let input = Self.sampled(5000)
    let (stream, _) = input.learned(chunk: 64)
    let plain = stream.window()
    let other = stream.window(input.counted(SamplingCourse()))
    #expect(other.rows.map(\.margin) == plain.rows.map(\.margin))
    #expect(other.rows.map(\.weight) == plain.rows.map(\.weight))
    // No row, no positive, no negative.
    for input in [Input(0) { _ in 1 }, Input(1) { _ in 1 }, Input(900) { _ in 0 }] {
      let (stream, course) = input.learned(chunk: 64)
      for sampled in [input.counted(course), .byPositives] {
        let rows = stream.window(sampled).rows
        #expect(rows.allSatisfy { $0.margin.isFinite && $0.weight.isFinite })
      }
    }
  }

  // MARK: - Checkpoints

  private func bytes(_ course: SamplingCourse) -> [UInt8] {
    var writer = ByteWriter()
    course.encode(into: &writer)
    return writer.bytes
  }

  private func restored(_ bytes: [UInt8], kept: Int, rows: Int) throws -> SamplingCourse {
    var reader = ByteReader(bytes[...], subject: "test")
    let course = try SamplingCourse(from: &reader, kept: kept, rows: rows)
    try reader.expectEnd()
    return course
  }

  @Test func itGoesOnWhereItWas() throws {
    let input = Self.sampled(6000)
    let (_, course) = input.learned(chunk: 100)
    let again = try restored(bytes(course), kept: input.kept.count, rows: 6000)
    #expect(again == course)
    #expect(throws: RunFailure.self) {
      try restored(bytes(course), kept: input.kept.count - 1, rows: 6000)
    }
    #expect(throws: RunFailure.self) {
      try restored(bytes(course), kept: input.kept.count, rows: 100)
    }
  }

  /// Changed bytes are refused, or are a course that can be gone on with.
  @Test func changedBytesDoNoHarm() throws {
    let input = Self.sampled(3000)
    let (stream, course) = input.learned(chunk: 100)
    let bytes = bytes(course)
    var refused = 0
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      guard var course = try? restored(changed, kept: input.kept.count, rows: 3000) else {
        refused += 1
        continue
      }
      let rows = stream.window(input.counted(course)).rows
      #expect(rows.allSatisfy { $0.margin.isFinite && $0.weight.isFinite })
      var batch = SparseBatch()
      for row in 0..<200 { batch.endRow(label: 1, weight: 1, rowInChunk: row) }
      course.add(batch, ordinal: 3000)
    }
    #expect(refused > bytes.count / 2)
  }
}
