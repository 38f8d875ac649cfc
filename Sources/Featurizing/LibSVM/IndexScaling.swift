package import SparseBatches

/// Finds the largest magnitudes while the prefix is read.
package struct IndexScaleFitting: ~Copyable {
  private var magnitudes: [UInt64: Float] = [:]
  private var rowsSeen = 0
  private var bytesSeen = 0
  private let rows: Int
  private let prefixBytes: Int
  private let labelsCarryWeights: Bool

  package init(rows: Int, labelsCarryWeights: Bool = false, prefixBytes: Int = 64 << 20) {
    self.rows = rows
    self.labelsCarryWeights = labelsCarryWeights
    self.prefixBytes = prefixBytes
  }

  /// Whether more rows would change nothing.
  package var isComplete: Bool { rowsSeen >= rows || bytesSeen >= prefixBytes }

  /// Takes in the rows of a chunk, up to the end of the prefix. Tokens that are no features are
  /// left out: they are reported when their row is featurized.
  package mutating func add(_ chunk: borrowing RowChunk) {
    for row in 0..<chunk.rows.count where !isComplete {
      rowsSeen += 1
      bytesSeen += Int(chunk.rows[row].end - chunk.rows[row].start)
      LibSVMFeaturizer.forEachFeature(chunk, row, skipsFirst: labelsCarryWeights) { index, value in
        let magnitude = value.magnitude
        guard magnitude > 0 else { return }
        if let known = magnitudes[index] {
          if magnitude > known { magnitudes[index] = magnitude }
        } else if magnitudes.count < IndexScales.maximumCount {
          magnitudes[index] = magnitude
        }
      }
    }
  }

  package func scales(clip: Double) -> IndexScales {
    let sorted = magnitudes.sorted { $0.key < $1.key }
    return IndexScales(
      indices: sorted.map(\.key), magnitudes: sorted.map(\.value), clip: clip)
  }
}

/// Looks scales up by index: open addressing, at most half full, nothing allocated after the start.
final class IndexScaleTable: Sendable {
  /// 0: free.
  private let magnitudes: GrowableBuffer<Float>
  private let indices: GrowableBuffer<UInt64>
  private let shift: UInt64
  let clip: Float
  /// Whether indices without a scale will get one.
  let isWatching: Bool
  /// Bound of their values.
  private let unknownClip: Float

  /// - Parameter isWatched: values of other indices are bounded by 1 then, as scaled ones are.
  init(_ scales: IndexScales, watch isWatched: Bool = false) {
    var bits = 1
    while 1 << bits < 2 * scales.indices.count { bits += 1 }
    var magnitudes = GrowableBuffer<Float>(capacity: 1 << bits)
    var indices = GrowableBuffer<UInt64>(capacity: 1 << bits)
    for _ in 0..<1 << bits {
      magnitudes.append(0)
      indices.append(0)
    }
    let mask = 1 << bits - 1
    for (index, magnitude) in zip(scales.indices, scales.magnitudes) {
      var cell = Self.cell(of: index, shift: UInt64(64 - bits))
      while magnitudes[cell] != 0 { cell = (cell + 1) & mask }
      indices[cell] = index
      magnitudes[cell] = magnitude
    }
    self.magnitudes = magnitudes
    self.indices = indices
    shift = UInt64(64 - bits)
    // A bound beyond 32-bit floats bounds nothing.
    clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
    isWatching = isWatched
    unknownClip = isWatched ? min(1, clip) : clip
  }

  /// - Returns: 0 for an index without a scale.
  @inline(__always)
  func magnitude(of index: UInt64) -> Float {
    var cell = Self.cell(of: index, shift: shift)
    while magnitudes[cell] != 0 {
      if indices[cell] == index { return magnitudes[cell] }
      cell = cell + 1 == magnitudes.count ? 0 : cell + 1
    }
    return 0
  }

  @inline(__always)
  func boundedUnknown(_ value: Float) -> Float { max(-unknownClip, min(unknownClip, value)) }

  @inline(__always)
  func bounded(_ value: Float) -> Float { max(-clip, min(clip, value)) }

  /// Fibonacci hashing: the top bits of a product with 2^64 / φ.
  @inline(__always)
  private static func cell(of index: UInt64, shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (index &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }
}
