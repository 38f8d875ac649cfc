import SparseBatches

/// One input of the stream, in the order given.
package enum InputSource: Sendable, Equatable {
  case standardInput
  case file(String)

  /// The name in messages: the path, made safe to print.
  package var displayName: String {
    switch self {
    case .standardInput: "<stdin>"
    case .file(let path): DisplayText.escape(path.utf8)
    }
  }
}

/// What was read of one input.
package struct InputSummary: Sendable, Equatable {
  package var path: String
  /// Data rows, bad ones included; headers, blank lines and comments are none.
  package var rows: Int
  /// Stored bytes, as they lie in the file or came through the pipe.
  package var bytes: Int
  package var bytesUncompressed: Int

  package init(path: String, rows: Int, bytes: Int, bytesUncompressed: Int) {
    self.path = path
    self.rows = rows
    self.bytes = bytes
    self.bytesUncompressed = bytesUncompressed
  }
}
