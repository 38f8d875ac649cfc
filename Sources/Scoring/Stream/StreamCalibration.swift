internal import ElementaryMath
package import ModelFile
package import SparseBatches

/// The margins that rows had before they were learned, of the last half of the rows learned
/// (progressive validation; Blum, Kalai & Langford 1999): what a calibrator is fitted on where
/// nothing is held out.
///
/// A row's ordinal is its place in the order of learning, so that what is kept depends on the rows
/// alone. Of each class a thinned list is kept: those whose hash ends in `level` zeros. When a list
/// is full, what lies before the last half goes first, then every other row by hash. The weight of
/// the class in the window is counted block by block, whatever is kept, so that the rows kept stand
/// for the class exactly.
package struct StreamCalibration: Sendable {
  /// Of each class: together with the blocks below 4 MB.
  package static let usualCapacity = 1 << 16

  private let lottery: RowLottery
  private let capacity: Int
  private(set) var blocks = StreamBlocks()
  private(set) var negatives: StreamStratum
  private(set) var positives: StreamStratum

  /// - Parameter capacity: greatest number of rows kept of each class.
  package init(seed: UInt64, capacity: Int = Self.usualCapacity) {
    lottery = RowLottery(seed: seed, .stream)
    self.capacity = capacity
    negatives = StreamStratum(capacity: capacity)
    positives = StreamStratum(capacity: capacity)
  }

  /// Rows that were learned.
  package var rows: Int { blocks.rows }

  /// Takes in rows that were learned.
  ///
  /// - Parameter margins: one for each row, as it was before the row was learned.
  package mutating func add(
    _ batch: borrowing SparseBatch, margins: borrowing GrowableBuffer<Double>
  ) {
    for row in 0..<batch.rowCount {
      add(margin: margins[row], label: batch.labels[row] > 0, weight: batch.weights[row])
    }
  }

  /// - Parameters:
  ///   - margin: finite, as the learner gave it.
  ///   - weight: that the row was learned with; a row of weight 0 counts for nothing.
  package mutating func add(margin: Double, label: Bool, weight: Float) {
    let ordinal = blocks.rows
    blocks.add(label: label, weight: weight)
    guard weight > 0 else { return }
    let draw = lottery.draw(ordinal)
    let row = StreamStratum.Row(margin: margin, ordinal: ordinal, weight: weight)
    let isFull = label ? positives.take(row, draw) : negatives.take(row, draw)
    guard isFull else { return }
    let start = blocks.startForEver
    if label {
      positives.thin(before: start, lottery)
    } else {
      negatives.thin(before: start, lottery)
    }
  }

  /// The last half of the rows, or a little more: margins as they would have been served then.
  ///
  /// - Parameter sampled: nil: no negatives are missing, or nobody knows which.
  package func window(_ sampled: SampledNegatives? = nil) -> StreamWindow {
    let (start, total) = blocks.window
    var window = StreamWindow(negatives: total.negatives, positives: total.positives)
    let excess = sampled?.excess(blocks, from: start / blocks.length)
    // Had more negatives been kept than in the whole, each stands for fewer.
    let negativeFactor = excess.map { Elementary.exp(-$0.window) } ?? 1
    for (isPositive, stratum) in [(false, negatives), (true, positives)] {
      let kept = stratum.rows.drop { $0.ordinal < start }
      let keptWeight = kept.reduce(0) { $0 + Double($1.weight) }
      let share =
        (isPositive ? total.positiveWeight : total.negativeWeight * negativeFactor) / keptWeight
      for row in kept {
        window.rows.append(
          StreamWindow.Row(
            margin: row.margin + (excess?.before[row.ordinal / blocks.length] ?? 0),
            isPositive: isPositive, weight: Double(row.weight) * share,
            draw: lottery.draw(row.ordinal)))
      }
    }
    return window
  }
}

/// Rows whose margins were kept, weighted to stand for all rows of the window.
package struct StreamWindow: Sendable {
  struct Row: Sendable {
    var margin: Double
    var isPositive: Bool
    var weight: Double
    /// Even bits; the last ones are zeros where rows were thinned.
    var draw: UInt64

    /// Which half of the rows it belongs to.
    var half: Int { Int(draw >> 63) }
    /// Which part of a cross-validation within its half.
    func fold(of folds: Int) -> Int {
      let bits = (draw >> 31) & 0xffff_ffff
      return Int((bits * UInt64(folds)) >> 32)
    }
  }

  /// Rows of a weight above 0 in the window, kept or not.
  var negatives: Int
  var positives: Int
  var rows: [Row] = []
  /// Whether their weights had stood still for some rows.
  var areFrozen = false

  init(negatives: Int, positives: Int) {
    self.negatives = negatives
    self.positives = positives
  }

  var rowCount: Int { negatives + positives }
  /// Of the rarer class.
  var rarer: Int { min(negatives, positives) }
}

/// Counts of the stream in at most 64 blocks of the same length, which doubles with the stream.
struct StreamBlocks: Equatable, Sendable {
  /// What a block holds.
  struct Block: Equatable, Sendable {
    /// Of a weight above 0.
    var negatives = 0
    var positives = 0
    var negativeWeight = 0.0
    var positiveWeight = 0.0

    mutating func add(_ other: Block) {
      negatives += other.negatives
      positives += other.positives
      negativeWeight += other.negativeWeight
      positiveWeight += other.positiveWeight
    }

    /// Whether so many rows can have summed up to it.
    func isPossible(rows: Int) -> Bool {
      negatives >= 0 && positives >= 0 && negatives <= rows && positives <= rows - negatives
        && Self.isPossible(negativeWeight, negatives) && Self.isPossible(positiveWeight, positives)
    }

    private static func isPossible(_ weight: Double, _ rows: Int) -> Bool {
      weight.isFinite && (rows > 0 ? weight > 0 : weight == 0)
    }
  }

  static let most = 64
  static let firstLength = 16

  private(set) var length = firstLength
  private(set) var full: [Block] = []
  private(set) var last = Block()
  private(set) var rowsOfLast = 0

  init() { full.reserveCapacity(Self.most) }

  var rows: Int { full.count * length + rowsOfLast }

  mutating func add(label: Bool, weight: Float) {
    if weight > 0 {
      if label {
        last.positives += 1
        last.positiveWeight += Double(weight)
      } else {
        last.negatives += 1
        last.negativeWeight += Double(weight)
      }
    }
    rowsOfLast += 1
    if rowsOfLast == length { endBlock() }
  }

  private mutating func endBlock() {
    full.append(last)
    last = Block()
    rowsOfLast = 0
    guard full.count == Self.most else { return }
    for pair in 0..<Self.most / 2 {
      var both = full[2 * pair]
      both.add(full[2 * pair + 1])
      full[pair] = both
    }
    full.removeLast(Self.most / 2)
    length *= 2
  }

  /// The first row of the fewest blocks that hold the last half of the rows, and what they hold.
  var window: (start: Int, total: Block) {
    let first = rows / 2 / length
    var total = Block()
    for block in full[first...] { total.add(block) }
    total.add(last)
    return (first * length, total)
  }

  /// No window of now or later begins before it: at the beginning of a block even of twice the length.
  var startForEver: Int { rows / 2 / (2 * length) * (2 * length) }
}

/// The rows of one class whose hash ends in enough zeros, in ascending order.
struct StreamStratum: Equatable, Sendable {
  struct Row: Equatable, Sendable, BitwiseCopyable {
    var margin: Double
    var ordinal: Int
    var weight: Float
  }

  private let capacity: Int
  private(set) var level = 0
  private(set) var rows: [Row] = []

  init(capacity: Int) {
    self.capacity = capacity
    rows.reserveCapacity(capacity + 1)
  }

  /// - Returns: whether there are too many rows now.
  mutating func take(_ row: Row, _ draw: UInt64) -> Bool {
    guard Self.wants(draw, level) else { return false }
    rows.append(row)
    return rows.count > capacity
  }

  private static func wants(_ draw: UInt64, _ level: Int) -> Bool {
    draw & ((1 << UInt64(level)) - 1) == 0
  }

  /// Makes room: a quarter of it at least, so that this is done once for many rows.
  mutating func thin(before start: Int, _ lottery: RowLottery) {
    rows.removeAll { $0.ordinal < start }
    while rows.count > capacity / 4 * 3 {
      level += 1
      rows.removeAll { !Self.wants(lottery.draw($0.ordinal), level) }
    }
  }
}

// MARK: - Checkpoints

extension StreamCalibration {
  package func encode(into writer: inout ByteWriter) {
    blocks.encode(into: &writer)
    negatives.encode(into: &writer)
    positives.encode(into: &writer)
  }

  /// Takes over what one of the same seed and capacity had seen.
  ///
  /// - Parameter rows: the most that can have been learned.
  package mutating func restore(
    from reader: inout ByteReader, atMost rows: Int
  ) throws(RunFailure) {
    blocks = try StreamBlocks(from: &reader)
    guard blocks.rows <= rows else {
      throw reader.failure("it has margins of more rows than were learned")
    }
    let (start, total) = blocks.window
    for isPositive in [false, true] {
      let stratum = try StreamStratum(
        from: &reader, capacity: capacity, ordinalsBelow: blocks.rows, lottery)
      // At level 0 none of them is missing.
      let kept = stratum.rows.lazy.filter { $0.ordinal >= start }.count
      let seen = isPositive ? total.positives : total.negatives
      guard stratum.level == 0 ? kept == seen : kept <= seen else {
        throw reader.failure("the margins that it keeps are not those of the rows that it counts")
      }
      if isPositive { positives = stratum } else { negatives = stratum }
    }
  }
}

extension StreamBlocks {
  func encode(into writer: inout ByteWriter) {
    writer.append(length)
    writer.append(rowsOfLast)
    writer.append(full.count)
    for block in full + [last] {
      writer.append(block.negatives)
      writer.append(block.positives)
      writer.append(block.negativeWeight)
      writer.append(block.positiveWeight)
    }
  }

  init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    length = try reader.readTally()
    rowsOfLast = try reader.readTally()
    let count = try reader.readCount(elementBytes: 32)
    // A length is reached with half of the blocks.
    guard length >= Self.firstLength, length <= 1 << 50, length & (length - 1) == 0,
      rowsOfLast < length, count < Self.most, length == Self.firstLength || count >= Self.most / 2
    else { throw reader.failure("its blocks of rows are none") }
    for index in 0...count {
      let block = Block(
        negatives: try reader.readTally(), positives: try reader.readTally(),
        negativeWeight: try reader.readDouble(), positiveWeight: try reader.readDouble())
      guard block.isPossible(rows: index < count ? length : rowsOfLast) else {
        throw reader.failure("it counts more rows than a block of the stream has")
      }
      if index < count { full.append(block) } else { last = block }
    }
  }
}

extension StreamStratum {
  func encode(into writer: inout ByteWriter) {
    writer.append(level)
    writer.append(rows.count)
    for row in rows {
      writer.append(row.margin)
      writer.append(row.ordinal)
      writer.append(row.weight)
    }
  }

  init(
    from reader: inout ByteReader, capacity: Int, ordinalsBelow end: Int, _ lottery: RowLottery
  ) throws(RunFailure) {
    self.init(capacity: capacity)
    level = try reader.readTally()
    let count = try reader.readCount(elementBytes: 20)
    guard level < 31, count <= capacity else {
      throw reader.failure("it keeps more margins than there is room for")
    }
    var next = 0
    for _ in 0..<count {
      let row = Row(
        margin: try reader.readDouble(), ordinal: try reader.readInt(),
        weight: try reader.readFloat())
      guard row.ordinal >= next, row.ordinal < end, row.margin.isFinite, row.weight > 0,
        row.weight.isFinite, Self.wants(lottery.draw(row.ordinal), level)
      else { throw reader.failure("a margin that it keeps is none of the stream's") }
      rows.append(row)
      next = row.ordinal + 1
    }
  }
}
