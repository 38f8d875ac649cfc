internal import SparseBatches

/// The largest magnitude of each LibSVM index in the prefix: values are divided by it, so that
/// zeros stay zeros.
///
/// An index that the prefix does not hold keeps its values. After that, all are clipped.
package struct IndexScales: Equatable, Sendable {
  /// The most indices that are kept; the first in the prefix win.
  package static let maximumCount = 1 << 20

  /// Ascending.
  package let indices: [UInt64]
  /// Positive and finite, one for each index.
  package let magnitudes: [Float]
  /// Bound of a scaled value.
  package let clip: Double

  package init(indices: [UInt64], magnitudes: [Float], clip: Double) {
    self.indices = indices
    self.magnitudes = magnitudes
    self.clip = clip
  }

  var defect: String? {
    guard clip > 0, clip.isFinite else { return "clip is invalid: \(clip)" }
    guard zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }) else {
      return "scales are invalid: their indices do not ascend"
    }
    return magnitudes.allSatisfy { $0 > 0 && $0.isFinite } && magnitudes.count == indices.count
      ? nil : "scales are invalid: one is not positive and finite"
  }
}

/// One text in LibSVM's own notation, `3:0.5 7:2`: compact, and its length bounds what is
/// allocated.
extension IndexScales: Codable {
  private enum Key: String, CodingKey { case maximumMagnitudes, clip }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let text = try container.decode(String.self, forKey: .maximumMagnitudes)
    guard let pairs = Self.pairs(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: .maximumMagnitudes, in: container, debugDescription: "a scale is malformed")
    }
    self.init(
      indices: pairs.map(\.0), magnitudes: pairs.map(\.1),
      clip: try container.decode(Double.self, forKey: .clip))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(text, forKey: .maximumMagnitudes)
    try container.encode(clip, forKey: .clip)
  }

  /// `index:magnitude`, separated by blanks.
  package var text: String {
    zip(indices, magnitudes).map { "\($0):\($1)" }.joined(separator: " ")
  }

  /// - Returns: nil when `text` is not what `text` writes.
  package static func pairs(_ text: String) -> [(UInt64, Float)]? {
    var pairs: [(UInt64, Float)] = []
    for token in text.split(separator: " ") {
      let parts = token.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let index = UInt64(parts[0]), let magnitude = Float(parts[1]) else {
        return nil
      }
      pairs.append((index, magnitude))
    }
    return pairs
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
