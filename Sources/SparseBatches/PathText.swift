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
