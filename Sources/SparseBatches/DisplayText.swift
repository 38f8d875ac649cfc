/// Bytes of unknown encoding, made safe to print: control bytes, terminal escapes and bytes that
/// are not UTF-8 become `\xHH`, a backslash becomes `\\`. Reversible when nothing was cut.
package enum DisplayText {
  /// - Parameter limit: the most input bytes shown; an ellipsis marks what was cut.
  package static func escape(_ bytes: some Collection<UInt8>, limit: Int = .max) -> String {
    let shown = Array(bytes.prefix(limit))
    var text = ""
    var rest = shown[...]
    while let byte = rest.first {
      let length = scalarLength(rest)
      if length > 0 {
        text += String(decoding: rest.prefix(length), as: UTF8.self)
        rest = rest.dropFirst(length)
        continue
      }
      text += byte == UInt8(ascii: "\\") ? "\\\\" : hexadecimal(byte)
      rest = rest.dropFirst()
    }
    return shown.count < bytes.count ? text + "…" : text
  }

  /// A text from a file that nobody vouches for: as it is when all of it is printable, else escaped.
  package static func harmless(_ text: String) -> String {
    let isPrintable = text.unicodeScalars.allSatisfy { !isControl($0) }
    return isPrintable ? text : escape(Array(text.utf8))
  }

  /// The bytes that `escape` was given.
  ///
  /// - Returns: nil when `text` holds an escape that `escape` never writes.
  package static func unescape(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let next = rest.popFirst() else { return nil }
      if next == UInt8(ascii: "\\") {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard next == UInt8(ascii: "x"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Bytes of the printable UTF-8 scalar at the start of `bytes`; 0 when there is none.
  private static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int {
    guard let first = bytes.first, first != UInt8(ascii: "\\") else { return 0 }
    var decoder = UTF8()
    var iterator = bytes.prefix(4).makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return 0 }
    return isControl(scalar) ? 0 : UTF8.width(scalar)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
  }
}
