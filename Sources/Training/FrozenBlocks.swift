internal import Learning
internal import ModelFile
internal import Scoring
internal import SparseBatches

// Design note
//
// Averages of the weights predict better than the last weights while the rows stay of one kind, and
// worse where they drift: then the average is late. The loss of each row before it was learned
// cannot tell, because the last weights were made by its neighbours, and know the next hour better
// than the next month. So now and then the weights are frozen: the next rows wait, are scored by
// both kinds of weights as they stand, and are learned after that, in order, as they would have been.
//
// Blocks begin at fixed numbers of rows learned, each a quarter more than the one before, so that
// there are few of them however long the stream is, and their places depend on the rows alone.

/// Rows that wait now and then, to be scored by averaged and by last weights before they are learned.
struct FrozenBlocks: ~Copyable {
  /// Which rows wait.
  struct Plan: Equatable {
    /// Rows learned before the first block, at least 4.
    var firstStart = 50_000
    /// No more rows, and no more features, wait; but one row of any length.
    var rows = 5000
    var features = 1 << 21
    /// A shorter block, as at the end of the stream, says too little.
    var fewestRows = 1000

    /// Where the first block begins that does not begin before so many rows.
    func start(from learned: Int) -> Int {
      var start = firstStart
      while start < learned { start += start / 4 }
      return start
    }
  }

  /// So many blocks are judged: the last ones.
  static let judged = 3

  private let plan: Plan
  /// Whether margins are kept, for a calibrator.
  private let keepsMargins: Bool
  var waiting = WaitingRows()
  /// The last ones, in order.
  private(set) var blocks: [FrozenBlock] = []
  /// Rows handed on to be learned.
  private var learned = 0
  /// So many rows will have been when the next block begins.
  private var start: Int
  private var part = SparseBatch()
  private var scores = FrozenScores()

  init(keepsMargins: Bool, _ plan: Plan = Plan()) {
    self.keepsMargins = keepsMargins
    self.plan = plan
    start = plan.firstStart
  }

  /// Scores rows at the weights of now.
  typealias Scoring = (borrowing SparseBatch, inout FrozenScores) -> Void

  /// Hands rows on to `learn`, those of a block later than they come.
  mutating func add(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?, score: Scoring,
    _ learn: @escaping ShuffleBuffer.Learning
  ) throws(RunFailure) {
    if learned + batch.rowCount <= start {
      learned += batch.rowCount
      return try learn(batch, place)
    }
    var row = 0
    while row < batch.rowCount {
      if learned < start {
        let end = min(batch.rowCount, row + start - learned)
        part.removeAll()
        part.appendRows(of: batch, row..<end)
        learned += end - row
        row = end
        try learn(part, place)
      } else {
        let features = waiting.batch.slots.count + batch.features(ofRow: row).count
        if waiting.count == plan.rows || waiting.count > 0 && features > plan.features {
          try endBlock(score: score, learn)
        } else {
          waiting.append(batch, row: row, place: place(Int(batch.rowsInChunk[row])))
          row += 1
        }
      }
    }
  }

  /// Hands on what still waits.
  mutating func flush(
    score: Scoring, _ learn: ShuffleBuffer.Learning
  ) throws(RunFailure) {
    if waiting.count > 0 { try endBlock(score: score, learn) }
  }

  private mutating func endBlock(
    score: Scoring, _ learn: ShuffleBuffer.Learning
  ) throws(RunFailure) {
    let count = waiting.count
    if count >= plan.fewestRows {
      score(waiting.batch, &scores)
      let block = FrozenBlock(
        waiting.batch, scores, firstRow: learned, keepsMargins: keepsMargins)
      if block.isSound {
        blocks.append(block)
        blocks = blocks.suffix(Self.judged)
      }
    }
    for first in stride(from: 0, to: count, by: ShuffleBuffer.rowsAtOnce) {
      part.removeAll()
      part.appendRows(of: waiting.batch, first..<min(first + ShuffleBuffer.rowsAtOnce, count))
      try learn(part) { waiting.place($0) }
    }
    learned += count
    start = plan.start(from: learned)
    waiting.removeAll()
  }
}

/// Rows scored at averaged and at last weights.
struct FrozenScores: ~Copyable {
  /// Of the weights scored last; `outputs` a row.
  var margins = GrowableBuffer<Double>()
  var averaged = GrowableBuffer<Double>()
  var last = GrowableBuffer<Double>()
  /// What a loss of 1 is in the unit of the labels.
  var lossUnit = 1.0
}

/// What a block of rows came to at weights that it did not move.
struct FrozenBlock: Equatable {
  /// Sums over some consecutive rows, weighted.
  struct Part: Equatable {
    var weight = 0.0
    var averagedLoss = 0.0
    var lastLoss = 0.0
  }

  static let partCount = 10

  /// Rows learned before it.
  var firstRow: Int
  var rows: Int
  /// Of the rows in their order.
  var parts = Array(repeating: Part(), count: partCount)
  /// Of the last weights; empty where nobody wants them.
  var margins: [FrozenMargin] = []

  fileprivate init(
    _ batch: borrowing SparseBatch, _ scores: borrowing FrozenScores, firstRow: Int,
    keepsMargins: Bool
  ) {
    self.firstRow = firstRow
    rows = batch.rowCount
    for row in 0..<rows {
      let weight = Double(batch.weights[row])
      let part = row * Self.partCount / rows
      parts[part].weight += weight
      parts[part].averagedLoss += weight * scores.averaged[row] * scores.lossUnit
      parts[part].lastLoss += weight * scores.last[row] * scores.lossUnit
    }
    guard keepsMargins else { return }
    margins.reserveCapacity(rows)
    for row in 0..<rows {
      margins.append(
        FrozenMargin(
          margin: scores.margins[row], ordinal: firstRow + row,
          isPositive: batch.labels[row] > 0, weight: batch.weights[row]))
    }
  }

  /// Not where margins or losses left the range of the numbers.
  fileprivate var isSound: Bool {
    parts.allSatisfy { $0.isSound } && margins.allSatisfy { $0.isSound }
  }
}

extension FrozenBlock.Part {
  fileprivate var isSound: Bool {
    weight >= 0 && weight.isFinite && averagedLoss.isFinite && lastLoss.isFinite
  }
}

// MARK: - Checkpoints

extension FrozenBlocks {
  func encode(into writer: inout ByteWriter) {
    writer.append(learned)
    writer.append(waiting.batch)
    writer.append(blocks.count)
    for block in blocks {
      writer.append(block.firstRow)
      writer.append(block.rows)
      for part in block.parts {
        writer.append(part.weight)
        writer.append(part.averagedLoss)
        writer.append(part.lastLoss)
      }
      writer.append(block.margins.count)
      for margin in block.margins { margin.encode(into: &writer) }
    }
  }

  /// - Parameter rows: the most that can have been learned.
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits, atMost rows: Int
  ) throws(RunFailure) {
    learned = try reader.readTally()
    try waiting.restore(from: &reader, limits)
    start = plan.start(from: learned)
    let isPossible =
      waiting.count <= plan.rows && learned <= rows - waiting.count
      && (waiting.count == 0 || learned == start)
    guard isPossible else {
      throw reader.failure("the rows of its frozen block are not those that were learned")
    }
    blocks = []
    var end = plan.firstStart
    for _ in 0..<(try reader.readCount(elementBytes: 16)) {
      let block = try FrozenBlock(from: &reader, keepsMargins: keepsMargins)
      guard blocks.count < Self.judged, block.firstRow >= end,
        (plan.fewestRows...plan.rows).contains(block.rows),
        block.firstRow <= learned - block.rows
      else { throw reader.failure("its frozen blocks do not follow one another") }
      end = block.firstRow + block.rows
      blocks.append(block)
    }
  }
}

extension FrozenBlock {
  fileprivate init(
    from reader: inout ByteReader, keepsMargins: Bool
  ) throws(RunFailure) {
    firstRow = try reader.readTally()
    rows = try reader.readTally()
    for index in parts.indices {
      parts[index] = Part(
        weight: try reader.readDouble(), averagedLoss: try reader.readDouble(),
        lastLoss: try reader.readDouble())
    }
    let count = try reader.readCount(elementBytes: FrozenMargin.encodedBytes)
    guard count == (keepsMargins ? rows : 0) else {
      throw reader.failure("a frozen block of \(rows) rows has \(count) margins")
    }
    for row in 0..<count {
      margins.append(try FrozenMargin(from: &reader, ordinal: firstRow + row))
    }
    guard isSound else { throw reader.failure("a number of a frozen block is out of range") }
  }
}
