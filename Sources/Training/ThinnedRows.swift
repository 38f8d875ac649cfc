internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// So many words of some of the rows of a stream, evenly over all of it: of those whose drawn number
/// begins with `level` zeros. The level rises when there is no more room, which leaves every other
/// row. Which rows stay depends on their ordinals alone, so that two of the same seed and capacity
/// keep the same rows. Nothing is allocated once the room was filled.
struct ThinnedRows: ~Copyable {
  /// Words of a row.
  let stride: Int
  private let capacity: Int
  private let lottery: RowLottery
  private(set) var level = 0
  /// Ascending.
  private(set) var ordinals = GrowableBuffer<Int>()
  private(set) var words = GrowableBuffer<UInt64>()

  init(stride: Int, capacity: Int, _ lottery: RowLottery) {
    self.stride = stride
    self.capacity = capacity
    self.lottery = lottery
    ordinals.reserve(capacity + 1)
    words.reserve((capacity + 1) * stride)
  }

  var count: Int { ordinals.count }

  private var gate: ProfileGate { ProfileGate(lottery: lottery, level: level) }

  func wants(_ ordinal: Int) -> Bool { gate.takes(ordinal) }

  /// Takes a row that is wanted. Rows come in their order.
  ///
  /// - Parameter word: gives the words of the row, by their number.
  mutating func append(_ ordinal: Int, _ word: (Int) -> UInt64) {
    ordinals.append(ordinal)
    for index in 0..<stride { words.append(word(index)) }
    while ordinals.count > capacity { thin() }
  }

  /// The same for a row whose words lie in `cells`, from `start` on.
  mutating func append(_ ordinal: Int, _ cells: borrowing GrowableBuffer<UInt64>, at start: Int) {
    append(ordinal) { cells[start + $0] }
  }

  private mutating func thin() {
    level += 1
    let gate = gate
    var kept = 0
    for row in 0..<ordinals.count where gate.takes(ordinals[row]) {
      ordinals[kept] = ordinals[row]
      for index in 0..<stride { words[kept * stride + index] = words[row * stride + index] }
      kept += 1
    }
    ordinals.setCount(kept)
    words.setCount(kept * stride)
  }

  /// A word of the row at `row`.
  func word(_ row: Int, _ index: Int) -> UInt64 { words[row * stride + index] }
}

// MARK: - Checkpoints

extension ThinnedRows {
  func encode(into writer: inout ByteWriter) {
    writer.append(level)
    writer.append(ordinals)
    writer.append(words)
  }

  /// Takes over the rows of one of the same seed, capacity and stride.
  ///
  /// - Parameter end: ordinals lie below it.
  mutating func restore(from reader: inout ByteReader, below end: Int) throws(RunFailure) {
    level = try reader.readTally()
    try reader.readBuffer(into: &ordinals)
    try reader.readBuffer(into: &words)
    guard level < 64, ordinals.count <= capacity, words.count == ordinals.count * stride else {
      throw reader.failure("its sample of rows has too many of them")
    }
    let gate = gate
    var next = 0
    for row in 0..<ordinals.count {
      guard ordinals[row] >= next, ordinals[row] < end, gate.takes(ordinals[row]) else {
        throw reader.failure("a row of its sample is none that the options choose")
      }
      next = ordinals[row] + 1
    }
    // What a program of another capacity made room for is not what this one counts on.
    ordinals.reserve(capacity + 1)
    words.reserve((capacity + 1) * stride)
  }
}
