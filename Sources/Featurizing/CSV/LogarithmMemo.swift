internal import SparseBatches

/// The values of small integers in symlog columns that were met before: counts are mostly small, and
/// a logarithm costs as much as all else that is done with a number.
///
/// One for each featurizer, so that it needs no lock. Small, so that it stays in the nearest cache:
/// with 16,384 integers a column, looking up took longer than computing.
struct LogarithmMemo: ~Copyable {
  private static let integers = 256
  /// A table of `integers` entries for each column. 0 where nothing was met, and where the value is
  /// 0: that one is computed each time.
  private var values: GrowableBuffer<Float>

  /// - Parameter tables: columns with logarithms.
  init(tables: Int) {
    values = GrowableBuffer(capacity: Self.integers * tables)
    for _ in 0..<Self.integers * tables { values.append(0) }
  }

  /// The same as `scale.value`, where `scale` is that of the column of `table`.
  ///
  /// - Parameter integer: the number, where it was written as a short integer.
  @inline(__always)
  mutating func value(
    of number: Double, _ integer: UInt64?, _ scale: NumericScale, table: Int, clip: Double
  ) -> Float {
    guard let integer, integer < UInt64(Self.integers) else {
      return scale.value(of: number, clip: clip)
    }
    let place = table &* Self.integers &+ Int(truncatingIfNeeded: integer)
    let known = values[place]
    if known != 0 { return known }
    values[place] = scale.value(of: number, clip: clip)
    return values[place]
  }
}
