internal import SparseBatches

/// The values of integers in symlog columns that were met before: counts repeat, and a logarithm
/// costs as much as all else that is done with a number (measured: 36 ns of a row's 1,100).
///
/// One for each featurizer, so that it needs no lock; bounded, so that wide tables cost no more.
struct LogarithmMemo: ~Copyable {
  private static let entryLimit = 1 << 18
  /// A table, of `integers` entries, for each column. 0 where nothing was met, and where the value is
  /// 0: that one is computed each time.
  private var values: GrowableBuffer<Float>
  private let integers: Int

  /// - Parameter tables: columns with logarithms.
  init(tables: Int) {
    integers = max(256, min(1 << 14, Self.entryLimit / max(tables, 1)))
    values = GrowableBuffer(capacity: integers * tables)
    for _ in 0..<integers * tables { values.append(0) }
  }

  /// The same as `scale.value`, where `scale` is that of the column of `table`.
  ///
  /// - Parameter integer: the number, where it was written as a short integer.
  @inline(__always)
  mutating func value(
    of number: Double, _ integer: UInt64?, _ scale: NumericScale, table: Int, clip: Double
  ) -> Float {
    guard let integer, integer < UInt64(integers) else {
      return scale.value(of: number, clip: clip)
    }
    let place = table &* integers &+ Int(truncatingIfNeeded: integer)
    let known = values[place]
    if known != 0 { return known }
    values[place] = scale.value(of: number, clip: clip)
    return values[place]
  }
}
