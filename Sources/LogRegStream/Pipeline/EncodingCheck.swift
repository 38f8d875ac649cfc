internal import SparseBatches

/// Text that no row can be found in, told by its first bytes: better said at once than as a header of
/// one strange column.
enum EncodingCheck {
  /// - Throws: badData when `start` is UTF-16, or ends lines with carriage returns alone.
  static func check(_ start: [UInt8], of name: String) throws(RunFailure) {
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) || isSpreadText(start) {
      throw RunFailure(
        .badData, "\(name): the text is UTF-16 (two bytes a character)",
        cure: "convert it first: iconv -f UTF-16 -t UTF-8 FILE")
    }
    guard !start.contains(0x0A), let end = start.firstIndex(of: 0x0D), end + 1 < start.count else {
      return
    }
    throw RunFailure(
      .badData, "\(name): lines end with a carriage return alone, as old Macintosh files do",
      cure: "convert it first: tr '\\r' '\\n' < FILE")
  }

  /// ASCII with a zero before or after each byte.
  private static func isSpreadText(_ start: [UInt8]) -> Bool {
    let sample = start.prefix(64)
    guard sample.count >= 8 else { return false }
    let pairs = stride(from: 0, to: sample.count - 1, by: 2).map { (start[$0], start[$0 + 1]) }
    return pairs.allSatisfy { $0.0 == 0 && $0.1 != 0 }
      || pairs.allSatisfy { $0.0 != 0 && $0.1 == 0 }
  }
}
