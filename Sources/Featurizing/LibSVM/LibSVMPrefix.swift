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

/// Whether rows of LibSVM begin with `label:weight`, as XGBoost writes rows with weights, told by the
/// first rows and then true for all of the input.
///
/// A row without a label begins with a feature, `index:value`, which looks the same. So every first
/// token must be a label and a weight, and something must speak against an index: it is not below
/// the index after it, or is written as none (`-1`, `+1`, `1.0`); or, where labels are needed, both
/// labels of a pair occur.
package enum LabelWeightSniffer {
  private static let rowsLookedAt = 100

  /// - Parameters:
  ///   - start: of the input; its last line may be cut.
  ///   - needsLabel: whether rows cannot be without one.
  package static func carriesWeights(
    _ start: [UInt8], labels: LabelRule, needsLabel: Bool
  ) -> Bool {
    var lines = start.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.count > 1 { lines.removeLast() }
    var hasEvidence = false
    var seen: Set<[UInt8]> = []
    var rows = 0
    for line in lines where rows < rowsLookedAt {
      let text = line.prefix { $0 != UInt8(ascii: "#") }
      // A row can be long: its tokens are looked at one by one.
      var tokens = Tokens(rest: text)
      guard let first = tokens.next() else { continue }
      rows += 1
      guard let head = Head(first), head.isWeight, isLabel(head.label, labels) else { return false }
      seen.insert(Array(head.label))
      hasEvidence = hasEvidence || head.index == nil
      while !hasEvidence, let token = tokens.next() {
        guard let feature = Head(token), let index = feature.index else { continue }
        hasEvidence = head.index.map { $0 >= index } ?? true
      }
    }
    guard !seen.isEmpty else { return false }
    if hasEvidence { return true }
    return needsLabel && labels == .convention && seen.count == 2
  }

  private static func isLabel(_ text: ArraySlice<UInt8>, _ rule: LabelRule) -> Bool {
    switch rule {
    case .positive(let positive): return positive.bytes.elementsEqual(text) || isNumber(text)
    case .convention:
      if case .number(let number) = DecimalNumber.parse(text) {
        return [0, 1, -1].contains(number)
      }
      return ["true", "false"].contains(String(decoding: text, as: UTF8.self).lowercased())
    case .number: return isNumber(text)
    case .classes(let names):
      return names.isEmpty ? isNumber(text) : names.contains { $0.bytes.elementsEqual(text) }
    }
  }

  private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
    if case .number = DecimalNumber.parse(text) { true } else { false }
  }

  /// What blanks part.
  private struct Tokens {
    var rest: ArraySlice<UInt8>

    mutating func next() -> ArraySlice<UInt8>? {
      rest = rest.drop(while: Self.isBlank)
      guard !rest.isEmpty else { return nil }
      let token = rest.prefix { !Self.isBlank($0) }
      rest = rest[token.endIndex...]
      return token
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
  }

  /// The two parts of `a:b`, of which b is a number.
  private struct Head {
    var label: ArraySlice<UInt8>
    /// nil when the label is not written as an index.
    var index: UInt64?
    var isWeight: Bool

    init?(_ token: ArraySlice<UInt8>) {
      guard let colon = token.firstIndex(of: UInt8(ascii: ":")), colon > token.startIndex else {
        return nil
      }
      guard case .number(let value) = DecimalNumber.parse(token[(colon + 1)...]) else { return nil }
      label = token[..<colon]
      let digits = label.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      index = digits ? UInt64(String(decoding: label, as: UTF8.self)) : nil
      isWeight = value >= 0
    }
  }
}
