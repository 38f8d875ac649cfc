/// LibSVM indices that have no scale yet: those that the rows before did not hold.
///
/// At fixed rows, each about a quarter further than the one before, the indices met since the last
/// one get their largest magnitude so far as their scale. Until then their values are bounded by 1,
/// as scaled values are.
package struct WatchedIndices: Codable, Equatable, Sendable {
  /// Rows before the next fixed row.
  private(set) var boundary: Int
  private(set) var pending: [UInt64: Float] = [:]

  init(boundary: Int) { self.boundary = boundary }

  mutating func add(_ index: UInt64, _ magnitude: Float, known: Int) {
    if let met = pending[index] {
      if magnitude > met { pending[index] = magnitude }
    } else if known + pending.count < IndexScales.maximumCount {
      pending[index] = magnitude
    }
  }

  /// Goes on to the next fixed row.
  ///
  /// - Parameter step: the least distance.
  mutating func advance(step: Int) {
    pending = [:]
    boundary += max(step, boundary / 4)
  }

  /// Scales with those that wait.
  ///
  /// - Parameter atLeast: bound from below of their magnitudes.
  func joined(_ scales: IndexScales, atLeast: Float = 0) -> IndexScales {
    guard !pending.isEmpty else { return scales }
    let fresh = pending.map { ($0.key, max($0.value, atLeast)) }
    let all = (Array(zip(scales.indices, scales.magnitudes)) + fresh).sorted { $0.0 < $1.0 }
    return IndexScales(indices: all.map(\.0), magnitudes: all.map(\.1), clip: scales.clip)
  }

  func isValid(_ scales: IndexScales) -> Bool {
    let known = Set(scales.indices)
    return (1..<1 << 50).contains(boundary)
      && pending.allSatisfy { $0.value > 0 && $0.value.isFinite && !known.contains($0.key) }
  }

  private enum Key: String, CodingKey { case boundary, pending }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    boundary = try container.decode(Int.self, forKey: .boundary)
    let pairs = IndexScales.pairs(try container.decode(String.self, forKey: .pending))
    guard let pairs, Set(pairs.map(\.0)).count == pairs.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .pending, in: container, debugDescription: "a scale is malformed")
    }
    pending = Dictionary(uniqueKeysWithValues: pairs)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(boundary, forKey: .boundary)
    let text = pending.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    try container.encode(text.joined(separator: " "), forKey: .pending)
  }
}
