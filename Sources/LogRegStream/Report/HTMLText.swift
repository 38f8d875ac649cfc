/// Text for a page: whatever it holds, it stays text.
enum HTMLText {
  /// For content and for quoted attributes. Controls and marks that turn the direction of writing
  /// become the replacement character: names from data are escaped visibly before they get here.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n": escaped += "\n"
      default: escaped.unicodeScalars.append(isInvisible(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return escaped
  }

  /// A JSON document as content: read back as text, it is the same document.
  static func escape(_ json: JSONValue) -> String {
    var text = ""
    for scalar in json.text.unicodeScalars {
      guard isInvisible(scalar) else {
        text.unicodeScalars.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return escape(text)
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
