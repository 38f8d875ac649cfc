internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// What one column held in the rows of a window, in the bins of the profile.
struct ColumnCounts {
  let name: ByteText
  /// In the window: missing, present, clipped, without a weight in the model.
  private(set) var missing = 0
  private(set) var present = 0
  private(set) var clipped = 0
  private(set) var unseen = 0
  /// One a bin; of categories the last one is for all other values.
  private(set) var bins: [Int]
  /// Frequent values that are not among those of the profile.
  private(set) var others = FrequentValues()
  private let edges: [Double]
  private let values: ValueTable
  private let role: Column.Role?
  private let clip: Double

  /// - Parameters:
  ///   - role: in the schema; nil for what stands for a column where rows name their features.
  ///   - clip: of the schema.
  init(_ column: TrainingProfile.Column, role: Column.Role?, clip: Double) {
    name = column.name
    self.role = role
    self.clip = clip
    switch column.content {
    case .numbers(let numbers), .lengths(let numbers):
      edges = numbers.edges
      values = ValueTable([])
      bins = Array(repeating: 0, count: edges.count + 1)
    case .values(let frequent):
      edges = []
      values = ValueTable(frequent.map(\.hash))
      bins = Array(repeating: 0, count: frequent.count + 1)
    }
  }

  /// Begins the next window.
  mutating func removeAll() {
    (missing, present, clipped, unseen) = (0, 0, 0, 0)
    for bin in bins.indices { bins[bin] = 0 }
    others.removeAll()
  }

  /// - Parameter isKnown: whether the model has a weight for the feature with this hash.
  @inline(__always)
  mutating func add(_ cell: ProfileCell, isKnown: (UInt32) -> Bool) {
    switch cell {
    case .missing: missing += 1
    case .number(let number):
      present += 1
      bins[TrainingProfile.Numbers.bin(of: number, edges)] += 1
      if let role, role.clips(number, at: clip) { clipped += 1 }
    case .category(let hash):
      present += 1
      bins[values.place(of: hash) ?? bins.count - 1] += 1
      if !isKnown(hash) { unseen += 1 }
    }
  }

  /// Takes the text of a category, of one row in so many.
  ///
  /// - Parameter text: called where it is wanted.
  mutating func addText(_ cell: ProfileCell, _ text: () -> [UInt8]) {
    guard case .category(let hash) = cell else { return }
    others.add(hash, isOther: values.place(of: hash) == nil, text)
  }
}

/// Hashes and their places: a table at most a quarter full, found with one or two looks.
struct ValueTable {
  private var cells: [(hash: UInt32, place: Int32)]

  init(_ hashes: [UInt32]) {
    var bits = 2
    while 1 << bits < 4 * hashes.count { bits += 1 }
    cells = Array(repeating: (0, -1), count: 1 << bits)
    for (place, hash) in hashes.enumerated() {
      var cell = Int(hash) & (cells.count - 1)
      while cells[cell].place >= 0 { cell = (cell + 1) & (cells.count - 1) }
      cells[cell] = (hash, Int32(place))
    }
  }

  @inline(__always)
  func place(of hash: UInt32) -> Int? {
    var cell = Int(hash) & (cells.count - 1)
    while cells[cell].place >= 0 {
      if cells[cell].hash == hash { return Int(cells[cell].place) }
      cell = (cell + 1) & (cells.count - 1)
    }
    return nil
  }
}

/// The values that are frequent among those that were looked at: each that is more than one in 33 is
/// among them (Misra & Gries 1982).
struct FrequentValues {
  private static let most = 32
  private var counts: [UInt32: (rows: Int, text: [UInt8])] = [:]
  /// Values looked at.
  private(set) var rows = 0

  mutating func removeAll() {
    counts.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// - Parameter isOther: whether the value is wanted.
  mutating func add(_ hash: UInt32, isOther: Bool, _ text: () -> [UInt8]) {
    rows += 1
    guard isOther else { return }
    if counts[hash] != nil {
      counts[hash]?.rows += 1
    } else if counts.count < Self.most {
      counts[hash] = (1, text())
    } else {
      counts = counts.compactMapValues { $0.rows > 1 ? ($0.rows - 1, $0.text) : nil }
    }
  }

  /// The most frequent one; nil when none is frequent.
  var first: Newcomer? {
    let best = counts.max { ($0.value.rows, $1.key) < ($1.value.rows, $0.key) }
    guard let best, 50 * best.value.rows >= rows else { return nil }
    return Newcomer(text: best.value.text, rows: best.value.rows, looked: rows)
  }

  /// One of so many may have been chosen, for being the most frequent.
  static let choices = Double(most + 1)
}

/// A frequent value of a window that is not among those of the profile.
package struct Newcomer: Equatable, Sendable {
  package var text: [UInt8]
  /// How many of the values looked at it is.
  package var rows: Int
  package var looked: Int
  /// In how many rows of the profile's sample it was, at most.
  package var before = 0

  package var share: Double { Double(rows) / Double(max(looked, 1)) }
}
