package import Featurizing
internal import SparseBatches

/// Values as they are written on the command line: what checkpoints store and messages show.
package enum OptionText {
  /// `8` and not `8.0`; reads back as the same number.
  package static func number(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  package static func text(_ value: String) -> String { DisplayText.escape(Array(value.utf8)) }

  package static func byte(_ byte: UInt8) -> String {
    byte == UInt8(ascii: "\t") ? "tab" : DisplayText.escape([byte])
  }

  /// Texts with commas between them; a comma inside one is escaped, so that no two lists look alike.
  package static func list(_ texts: [ByteText]) -> String {
    texts.map { $0.display.replacing(",", with: "\\x2C") }.joined(separator: ",")
  }

  package static func list(_ texts: [String]) -> String { list(texts.map { ByteText($0) }) }
}
