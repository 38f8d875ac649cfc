internal import Featurizing
internal import SparseBatches

// Targets whose texts are UTF-8: JSON, SQL and ONNX.

extension ByteText {
  /// The bytes as they are where they are UTF-8, else escaped as in messages.
  var text: String {
    let decoded = String(decoding: bytes, as: UTF8.self)
    return decoded.utf8.elementsEqual(bytes) ? decoded : display
  }

  var isText: Bool { String(decoding: bytes, as: UTF8.self).utf8.elementsEqual(bytes) }
}

extension ExportedColumns {
  /// - Throws: usage where one is not UTF-8, or holds a NUL.
  func missingTexts(target: String) throws(RunFailure) -> [String] {
    try missing.map { token throws(RunFailure) in
      guard ByteText(bytes: token).isText, !token.contains(0) else {
        throw RunFailure(
          .usage,
          "--to \(target) cannot compare with the missing token \"\(DisplayText.escape(token))\": it "
            + "is no text in UTF-8", cure: "export to C, or train without the token")
      }
      return String(decoding: token, as: UTF8.self)
    }
  }
}
