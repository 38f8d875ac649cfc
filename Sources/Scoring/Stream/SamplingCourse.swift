internal import ElementaryMath
package import ModelFile
package import SparseBatches

// Design note
//
// With a share R of the negatives kept, odds are learned too high by 1/R, and the served model is shifted
// by ln R. R as counted over all rows is that of the finished weights. Margins of the middle of the
// stream come from weights that had seen its beginning only, where by chance more or fewer negatives were
// kept: with k of them, odds are off by 1/√k, four percent at 600. A calibrator fitted on such
// margins takes back an error that the finished weights do not have. So each margin is shifted by
// the share kept up to its row, as it would have been served then, and the negatives of the window
// stand for those that the window had.
//
// Measured on flights with 2 % of the negatives kept (620 in the window, eight orders of the rows): the
// ratio of predictions to labels on new rows spreads by .064 with one R for all.
//
// If you change when a block ends, change `StreamBlocks` with it: both are read side by side.

/// How many rows the input had when so many of them were kept: what sampling left out, and where.
package struct SamplingCourse: Equatable, Sendable {
  private var length = StreamBlocks.firstLength
  /// Rows of the input, with all left out of them, up to the last row of each full block of kept ones.
  private var ends: [Int] = []
  private var kept = 0

  package init() { ends.reserveCapacity(StreamBlocks.most) }

  /// Takes in rows that were kept, in the order of the input.
  ///
  /// - Parameter ordinal: number of the chunk's first row in the input.
  package mutating func add(_ batch: borrowing SparseBatch, ordinal: Int) {
    var row = length - kept % length - 1
    while row < batch.rowCount {
      ends.append(ordinal + Int(batch.rowsInChunk[row]) + 1)
      if ends.count == StreamBlocks.most {
        ends = stride(from: 1, to: ends.count, by: 2).map { ends[$0] }
        length *= 2
      }
      row += length - (kept + row + 1) % length
    }
    kept += batch.rowCount
  }

  /// Rows of the input before each block of `blocks`; nil where the rows learned are not those kept.
  func rows(before blocks: StreamBlocks) -> [Int]? {
    guard blocks.length == length, blocks.rows == kept else { return nil }
    return [0] + ends
  }
}

/// By what the negatives that were left out up to a row are counted.
package enum SampledNegatives: Sendable {
  /// By the rows of the input, as rows were learned in its order.
  ///
  /// - rows: that the input has.
  /// - learned: of these.
  /// - leftOut: negatives that sampling left out.
  case counted(SamplingCourse, rows: Int, learned: Int, leftOut: Int)
  /// By the positives: rows were learned in random order, or all that is known is the base rate.
  case byPositives

  /// ln of the share of negatives kept before each block, and in the window from block `first` on,
  /// less that of all rows; 0 where it is not known.
  func excess(_ blocks: StreamBlocks, from first: Int) -> (before: [Double], window: Double) {
    let all = blocks.full + [blocks.last]
    var sums = [StreamBlocks.Block()]
    for block in all {
      var sum = sums[sums.count - 1]
      sum.add(block)
      sums.append(sum)
    }
    let learned = all.indices.map { $0 * blocks.length } + [blocks.rows]
    let leftOutBefore: [Double]?
    switch self {
    case .byPositives: leftOutBefore = nil
    case .counted(let course, let rows, let inAll, let leftOut):
      guard let before = course.rows(before: blocks) else {
        return (Array(repeating: 0, count: all.count), 0)
      }
      // Rows that are neither learned nor sampled out, as bad ones, are taken for evenly spread.
      let share = Double(leftOut) / Double(max(1, rows - inAll))
      leftOutBefore = zip(before + [rows], learned).map { share * Double($0 - $1) }
    }
    /// ln of the kept by those there were, up to a constant.
    func level(_ end: Int, after start: Int = 0) -> Double {
      guard let leftOutBefore else {
        return Elementary.log(sums[end].negativeWeight - sums[start].negativeWeight)
          - Elementary.log(sums[end].positiveWeight - sums[start].positiveWeight)
      }
      let negatives = Double(sums[end].negatives - sums[start].negatives)
      return Elementary.log(negatives / (negatives + leftOutBefore[end] - leftOutBefore[start]))
    }
    let whole = level(all.count)
    func excess(_ level: Double) -> Double { (level - whole).isFinite ? level - whole : 0 }
    return (all.indices.map { excess(level($0)) }, excess(level(all.count, after: first)))
  }
}

// MARK: - Checkpoints

extension SamplingCourse {
  package func encode(into writer: inout ByteWriter) {
    writer.append(kept)
    writer.append(length)
    writer.append(ends.count)
    for end in ends { writer.append(end) }
  }

  /// - Parameters:
  ///   - kept: rows that were learned.
  ///   - rows: of the input.
  package init(
    from reader: inout ByteReader, kept: Int, rows: Int
  ) throws(RunFailure) {
    self.init()
    self.kept = try reader.readTally()
    length = try reader.readTally()
    for _ in 0..<(try reader.readCount(elementBytes: 8)) { ends.append(try reader.readTally()) }
    // Each row that was kept is one of the input.
    let isSound =
      self.kept == kept && length >= StreamBlocks.firstLength && length <= 1 << 50
      && length & (length - 1) == 0 && ends.count < StreamBlocks.most
      && ends.count == kept / length && zip([0] + ends, ends).allSatisfy { $1 - $0 >= length }
      && (ends.last ?? 0) <= rows
    guard isSound else {
      throw reader.failure("the rows that it counts beside those sampled out are none")
    }
  }
}
