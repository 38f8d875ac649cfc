internal import Featurizing
internal import SparseBatches

/// Tables of a model as C declarations.
enum CTables {
  /// A text as a C string literal: what is no plain ASCII in octal, which cannot run into what
  /// follows.
  static func literal(_ bytes: [UInt8]) -> String {
    var text = "\""
    for byte in bytes {
      switch byte {
      // A question mark could begin a trigraph.
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"), 0..<0x20, 0x7F...0xFF:
        let digits = String(byte, radix: 8)
        text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      default: text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text + "\""
  }

  /// `static const TYPE NAME[N] = { … };`, wrapped; one element that is never read where there is
  /// none, because C has no empty array.
  static func array(_ type: String, _ name: String, _ elements: [String], empty: String) -> String {
    let elements = elements.isEmpty ? [empty] : elements
    var text = "static const \(type) \(name)[\(elements.count)] = {\n"
    var line = " "
    for (index, element) in elements.enumerated() {
      let item = " " + element + (index + 1 < elements.count ? "," : "")
      if line.utf8.count + item.utf8.count > 98 {
        text += line + "\n"
        line = " "
      }
      line += item
    }
    return text + line + "\n};\n\n"
  }

  /// Texts with their lengths: they may hold NUL.
  static func texts(_ name: String, _ texts: [[UInt8]]) -> String {
    let elements = texts.map { "{\(literal($0)), \($0.count)}" }
    return array("lrs_text", name, elements, empty: "{\"\", 0}")
  }

  /// Weights in buckets of their slot's hash, each bucket by slot and output, and where each bucket
  /// begins.
  static func weights(_ weights: ExportedWeights, isLinear: Bool) -> String {
    var bits = 1
    while 1 << bits < weights.count, bits < 30 { bits += 1 }
    let shift = UInt32(32 - bits)
    let buckets = weights.slots.map { Int(($0 &* 0x9e37_79b1) >> shift) }
    var starts = [Int](repeating: 0, count: 1 << bits + 1)
    for bucket in buckets { starts[bucket + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var places = starts
    // Counting sort: keeps the order of slots and outputs within a bucket.
    var entries = [String](repeating: "", count: weights.count)
    for index in 0..<weights.count {
      let output = isLinear ? "" : "\(weights.outputs[index])u, "
      entries[places[buckets[index]]] =
        "{\(weights.slots[index])u, \(output)\(HexFloat.text(Double(weights.values[index])))f}"
      places[buckets[index]] += 1
    }
    let output = isLinear ? "" : "  uint32_t output;\n"
    return "#define LRS_SHIFT \(shift)\n\n"
      + "typedef struct {\n  uint32_t slot;\n\(output)  float weight;\n} lrs_entry;\n\n"
      + array(
        "lrs_entry", "lrs_entries", entries, empty: isLinear ? "{0u, 0.0f}" : "{0u, 0u, 0.0f}")
      + array("uint32_t", "lrs_buckets", starts.map { "\($0)u" }, empty: "0u")
  }
}
