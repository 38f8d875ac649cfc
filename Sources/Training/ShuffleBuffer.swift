internal import ModelFile
internal import SparseBatches

/// Gives rows out in a seeded random order, a window of rows at a time.
///
/// A window as long as the input is a full shuffle. The order depends on the seed, the epoch and the
/// rows alone.
struct ShuffleBuffer: ~Copyable {
  private let capacity: Int
  private var window = SparseBatch()
  private var out = SparseBatch()
  private var random: UInt64

  /// Rows that waited are handed on so many at once.
  static let rowsAtOnce = 256

  /// - Parameter capacity: rows of a window, at least 2.
  init(capacity: Int, seed: UInt64, epoch: Int) {
    self.capacity = capacity
    random = RowLottery(seed: seed, .shuffle).draw(epoch)
  }

  /// Takes rows in; gives a window out whenever one is full.
  mutating func add(
    _ batch: borrowing SparseBatch, _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    for row in 0..<batch.rowCount {
      window.appendRow(of: batch, row: row)
      if window.rowCount == capacity { try flush(learn) }
    }
  }

  /// Gives out what is left.
  mutating func flush(
    _ learn: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    let order = ShuffledOrder.of(window.rowCount, &random)
    for start in stride(from: 0, to: order.count, by: Self.rowsAtOnce) {
      out.removeAll()
      for row in order[start..<min(start + Self.rowsAtOnce, order.count)] {
        out.appendRow(of: window, row: row)
      }
      try learn(out)
    }
    window.removeAll()
  }

  func encode(into writer: inout ByteWriter) {
    writer.append(random)
    writer.append(window)
  }

  /// Takes over the window of a buffer of the same capacity.
  mutating func restore(
    from reader: inout ByteReader, _ limits: RowLimits
  ) throws(RunFailure) {
    random = try reader.readUInt64()
    try reader.readBatch(into: &window, limits)
    guard window.rowCount < capacity else { throw reader.failure("the window is over-full") }
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
