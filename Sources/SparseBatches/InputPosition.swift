/// A place in the input, as a person would look it up.
package struct InputPosition: Equatable, Sendable {
  /// Index of the file among the inputs.
  package var file: Int
  /// 1-based number of the data row in its file (headers and blank lines do not count).
  package var row: Int
  /// 1-based number of the line on which the row starts.
  package var line: Int
  /// Offset of the row's first byte in the file's uncompressed bytes.
  package var offset: Int

  package init(file: Int, row: Int, line: Int, offset: Int) {
    self.file = file
    self.row = row
    self.line = line
    self.offset = offset
  }
}
