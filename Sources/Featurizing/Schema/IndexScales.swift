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
