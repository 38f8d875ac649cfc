/// A place in the input, as a person would look it up.
public struct InputPosition: Equatable, Sendable {
  /// Index of the file among the inputs.
  public var file: Int
  /// 1-based number of the data row in its file (headers and blank lines do not count).
  public var row: Int
  /// 1-based number of the line on which the row starts.
  public var line: Int
  /// Offset of the row's first byte in the file's uncompressed bytes.
  public var offset: Int

  public init(file: Int, row: Int, line: Int, offset: Int) {
    self.file = file
    self.row = row
    self.line = line
    self.offset = offset
  }
}
