internal import SparseBatches

/// Text of unknown encoding (a column's name, a label): raw bytes, because they are what is hashed.
///
/// Coded as text with `DisplayText`'s reversible escapes.
package struct ByteText: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  /// Safe to print.
  /// For lists in messages.
  package var shortDisplay: String { DisplayText.escape(bytes, limit: 40) }

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

/// The known name that a mistyped one was most likely meant to be.
package enum NearestName {
  /// - Returns: nil when nothing is near: more than a third of the letters differ, and they are not
  ///   the same in another order, which is one slip.
  package static func find(_ name: String, among known: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    let scored = known.prefix(10_000).map {
      (name: $0, distance: distance(wanted, Array($0.lowercased().utf8.prefix(64))))
    }
    guard let best = scored.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, wanted.count / 3)
    else { return known.first { $0.utf8.sorted() == name.lowercased().utf8.sorted() } }
    return best.name
  }

  /// Levenshtein's edit distance.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let substituted = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
