package import SparseBatches

/// The values of those rows of a chunk that a profile looks at.
///
/// A class, so that threads that learn side by side may read it: it is written while its chunk is
/// featurized, and by nobody after that.
package final class ProfiledRows: @unchecked Sendable {
  /// Cells of a row: its label and weight, then one a column.
  package let stride: Int
  /// Indices in the chunk, ascending.
  package private(set) var rows = GrowableBuffer<UInt32>()
  /// `stride` of them a row.
  package private(set) var cells = GrowableBuffer<UInt64>()
  /// Which of `rows` have their texts kept.
  package private(set) var rowsWithTexts = GrowableBuffer<UInt32>()
  private var texts = GrowableBuffer<UInt8>()
  /// For each of these rows and each column the end of its text, which is empty but for categories.
  private var textEnds = GrowableBuffer<Int>()
  private let wish: ProfileWish
  /// The longest text that is kept of a value.
  private static let longestText = 64

  init(columns: Int, _ wish: ProfileWish) {
    stride = columns + 1
    self.wish = wish
  }

  /// - Returns: which rows of the chunk are wanted.
  func beginChunk() -> ProfileGate {
    rows.removeAll()
    cells.removeAll()
    rowsWithTexts.removeAll()
    texts.removeAll()
    textEnds.removeAll()
    return ProfileGate(lottery: wish.lot.lottery, level: wish.lot.level)
  }

  /// Begins a row. Its cells follow, then `endRow` or `dropRow`.
  ///
  /// - Returns: whether its texts are wanted.
  func beginRow(ordinal: Int, label: Float, weight: Float) -> Bool {
    cells.append(ProfileLabel(label: label, weight: weight).bits)
    return wish.textStride.map { ordinal % $0 == 0 } ?? false
  }

  @inline(__always)
  func add(_ cell: ProfileCell) { cells.append(cell.bits) }

  /// - Precondition: `count` bytes can be read at `text`.
  @unsafe
  func addText(_ text: UnsafePointer<UInt8>, count: Int) {
    let kept = min(count, Self.longestText)
    // Proof: no more bytes than the caller says.
    unsafe texts.append(contentsOf: Span(_unsafeStart: text, count: kept))
    textEnds.append(texts.count)
  }

  func addNoText() { textEnds.append(texts.count) }

  func endRow(_ row: Int, hasTexts: Bool) {
    if hasTexts { rowsWithTexts.append(UInt32(truncatingIfNeeded: rows.count)) }
    rows.append(UInt32(truncatingIfNeeded: row))
  }

  /// The row at hand cannot be read after all.
  func dropRow() {
    cells.setCount(rows.count * stride)
    textEnds.setCount(rowsWithTexts.count * (stride - 1))
  }

  /// The text of a column in the `index`th of the rows with texts; longer ones are cut.
  package func text(_ index: Int, column: Int) -> [UInt8] {
    let place = index * (stride - 1) + column
    let start = place == 0 ? 0 : textEnds[place - 1]
    return (start..<textEnds[place]).map { texts[$0] }
  }
}
