internal import ModelFile
internal import SparseBatches

/// Gives rows out in a seeded random order, a window of rows at a time.
///
/// A window as long as the input is a full shuffle. The order depends on the seed, the epoch and the
/// rows alone.
struct ShuffleBuffer: ~Copyable {
  /// Rows of a window, and what becomes of those that it has no room for.
  enum Capacity {
    /// A window that is full is given out in random order, and the next one begins.
    case window(rows: Int)
    /// All rows, or none: when they take more bytes than this (`WaitingRows.bytes`), they are given
    /// out in the order in which they came, and all later ones with them.
    case whole(bytes: Int)
  }

  private let capacity: Capacity
  /// Whether the rows were too many for `whole`.
  private(set) var hasGivenUp = false
  var waiting = WaitingRows()
  private var out = SparseBatch()
  private var random: UInt64

  /// Rows that waited are handed on so many at once.
  static let rowsAtOnce = 256

  /// - Parameter capacity: at least 2 rows.
  init(capacity: Capacity, seed: UInt64, epoch: Int) {
    self.capacity = capacity
    random = RowLottery(seed: seed, .shuffle).draw(epoch)
  }

  /// What becomes of rows that come out, and of where each of them, by its number in the batch's
  /// `rowsInChunk`, stands.
  typealias Learning = (borrowing SparseBatch, (Int) -> RowPlace?) throws(RunFailure) -> Void

  /// Takes rows in; gives a window out whenever one is full.
  mutating func add(
    _ batch: borrowing SparseBatch, place: (Int) -> RowPlace?, _ learn: Learning
  ) throws(RunFailure) {
    for row in 0..<batch.rowCount {
      waiting.append(batch, row: row, place: place(Int(batch.rowsInChunk[row])))
      switch capacity {
      case .window(let rows):
        if waiting.count == rows { try flush(learn) }
      case .whole(let bytes):
        if waiting.bytes > bytes { hasGivenUp = true }
      }
    }
    if hasGivenUp { try giveOut(Array(0..<waiting.count), learn) }
  }

  /// Gives out what is left.
  mutating func flush(_ learn: Learning) throws(RunFailure) {
    try giveOut(ShuffledOrder.of(waiting.count, &random), learn)
  }

  private mutating func giveOut(_ order: [Int], _ learn: Learning) throws(RunFailure) {
    for start in stride(from: 0, to: order.count, by: Self.rowsAtOnce) {
      out.removeAll()
      for row in order[start..<min(start + Self.rowsAtOnce, order.count)] {
        out.appendRow(of: waiting.batch, row: row)
      }
      try learn(out) { waiting.place($0) }
    }
    waiting.removeAll()
  }

  func encode(into writer: inout ByteWriter) {
    writer.append(random)
    writer.append(waiting.batch)
    if case .whole = capacity { writer.append(hasGivenUp) }
  }

  /// Takes over the window of a buffer of the same capacity.
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    random = try reader.readUInt64()
    try waiting.restore(from: &reader, limits)
    switch capacity {
    case .window(let rows):
      guard waiting.count < rows else { throw reader.failure("the window is over-full") }
    case .whole(let bytes):
      hasGivenUp = try reader.readBool()
      guard hasGivenUp ? waiting.count == 0 : waiting.bytes <= bytes else {
        throw reader.failure("the window is over-full")
      }
    }
  }
}

/// A random order of the first numbers.
enum ShuffledOrder {
  /// 0 ..< count in an order that `random`, the state of a generator, decides.
  static func of(_ count: Int, _ random: inout UInt64) -> [Int] {
    var order = Array(0..<count)
    // Fisher and Yates, from the end.
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      random &+= SplitMix64.increment
      order.swapAt(last, Int(below: UInt64(last + 1), drawing: RowLottery.mixed(random)))
    }
    return order
  }
}

extension Int {
  /// An even choice of 0 ..< bound from 64 even bits (Lemire 2019; the bias is below bound / 2^64).
  fileprivate init(below bound: UInt64, drawing bits: UInt64) {
    self = Int(bits.multipliedFullWidth(by: bound).high)
  }
}
