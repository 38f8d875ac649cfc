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

/// Paths of the system as Swift text, without loss.
///
/// A path is bytes, of any encoding or none; a `String` holds only Unicode. A byte that is not UTF-8
/// becomes a private-use scalar, U+10FE00 plus the byte, and so does each byte of a scalar that looks
/// like one of these: every path has a text of its own, and comes back byte by byte.
///
/// If you change this, also look at `Terminal.harmless`, which shows such scalars as `\xHH`.
package enum PathText {
  private static let base: UInt32 = 0x10_FE00

  /// The byte that a scalar stands for; nil for all others.
  package static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    (base + 0x80...base + 0xFF).contains(scalar.value)
      ? UInt8(truncatingIfNeeded: scalar.value - base) : nil
  }

  /// The text of a path.
  package static func text(_ path: some Sequence<UInt8>) -> String {
    let bytes = Array(path)
    if let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: { byte($0) != nil })
    {
      return text
    }
    var text = String.UnicodeScalarView()
    var rest = bytes[...]
    while let first = rest.first {
      var decoder = UTF8()
      var iterator = rest.prefix(4).makeIterator()
      if case .scalarValue(let scalar) = decoder.decode(&iterator), byte(scalar) == nil {
        text.append(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      } else {
        // From 0x80 on: smaller ones are UTF-8.
        if let scalar = Unicode.Scalar(base + UInt32(first)) { text.append(scalar) }
        rest = rest.dropFirst()
      }
    }
    return String(text)
  }

  /// The bytes of a path.
  package static func bytes(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if let byte = byte(scalar) {
        bytes.append(byte)
      } else {
        bytes += String(scalar).utf8
      }
    }
    return bytes
  }

  /// The text of a path that the system gave.
  package static func text(cString: UnsafePointer<CChar>) -> String {
    var bytes: [UInt8] = []
    var next = unsafe cString
    // The system ends every path with a NUL.
    while unsafe next.pointee != 0 {
      unsafe bytes.append(UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
    return text(bytes)
  }
}

extension String {
  /// The path that this text stands for, as the calls of the system take it: ended by a NUL.
  package var systemPath: [CChar] {
    PathText.bytes(self).map { CChar(bitPattern: $0) } + [0]
  }
}

extension DisplayText {
  /// A path as messages show it.
  package static func escape(path: String) -> String { escape(PathText.bytes(path)) }
}
