internal import SparseBatches

/// Text of unknown encoding (a column's name, a label): raw bytes, because they are what is hashed.
///
/// Coded as text with `DisplayText`'s reversible escapes.
package struct ByteText: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  /// Safe to print.
  package var display: String { DisplayText.escape(bytes, limit: 200) }
}

extension ByteText: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let bytes = DisplayText.unescape(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a text holds an unknown escape")
    }
    self.bytes = bytes
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(DisplayText.escape(bytes))
  }
}
