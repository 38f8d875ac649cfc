internal import Glibc

/// What the system says of an error number.
package enum SystemErrorText {
  /// Of the last failed call of this thread.
  package static var last: String { text(of: errno) }

  package static func text(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // At most as many bytes as the array has are written, NUL included.
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
  }
}
