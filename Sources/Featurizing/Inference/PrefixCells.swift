internal import SparseBatches

/// The prefix's values by row and column, as hashes and numbers: what advice is drawn from.
///
/// Bounded: rows that do not fit any more are left out.
struct PrefixCells: ~Copyable {
  struct Cell: BitwiseCopyable {
    /// Of the value's bytes; `PrefixCells.missing` for a missing one.
    var hash: UInt32
    /// NaN where the value is no number.
    var number: Float
  }

  static let missing = MurmurHash3.hash([], seed: 0)
  private static let maximumCells = 2 << 20

  private let columns: Int
  private var cells = GrowableBuffer<Cell>(capacity: 1024)
  private(set) var rows = 0
  private var isFull = false

  init(columns: Int) { self.columns = columns }

  /// Begins a row without values.
  mutating func addRow() {
    isFull = isFull || cells.count + columns > Self.maximumCells
    guard !isFull else { return }
    for _ in 0..<columns { cells.append(Cell(hash: Self.missing, number: .nan)) }
    rows += 1
  }

  /// Gives the last row the value of a column.
  mutating func set(_ column: Int, _ value: PrefixValue) {
    guard !isFull else { return }
    let place = cells.count - columns + column
    switch value.kind {
    case .missing: break
    case .number(let number): cells[place] = Cell(hash: value.hash, number: Float(number))
    case .notFinite, .text: cells[place] = Cell(hash: value.hash, number: .nan)
    }
  }

  static func hash(_ text: [UInt8]) -> UInt32 { MurmurHash3.hash(text, seed: 0) }

  subscript(row: Int, column: Int) -> Cell { cells[row * columns + column] }

  func distinctValues(in column: Int) -> Int {
    var seen: Set<UInt32> = []
    for row in 0..<rows where self[row, column].hash != Self.missing {
      seen.insert(self[row, column].hash)
    }
    return seen.count
  }

  /// Which rows are positive: nil unless there are two classes, each of some size.
  func classes(of label: Int, positive: ByteText?) -> [Bool]? {
    let hashes = (0..<rows).map { self[$0, label].hash }
    guard let first = positive.map({ Self.hash($0.bytes) }) ?? hashes.first,
      positive != nil || Set(hashes).count == 2
    else { return nil }
    let classes = hashes.map { $0 == first }
    let count = classes.count { $0 }
    return min(count, rows - count) >= Self.smallestClass ? classes : nil
  }

  private static let smallestClass = 20
}
