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
      let tokens = text.split { [0x20, 0x09, 0x0D].contains($0) }
      guard let first = tokens.first else { continue }
      rows += 1
      guard let head = Head(first), head.isWeight, isLabel(head.label, labels) else { return false }
      seen.insert(Array(head.label))
      hasEvidence = hasEvidence || head.index == nil
      for token in tokens.dropFirst() {
        guard let feature = Head(token), let index = feature.index else { continue }
        hasEvidence = hasEvidence || head.index.map { $0 >= index } ?? true
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
