internal import Notices

/// Where rows come from and how many may be bad: choices of one run, never stored in a model.
public struct InputConfiguration: Sendable {
  /// How many rows may be bad before the run stops.
  public enum BadRowBudget: Equatable, Sendable {
    case rows(Int)
    /// Of all rows so far, 0…100; judged from row 1,000 on and at the end.
    case percent(Double)
  }

  /// The decompressor for gzip. No choice changes a byte of any result.
  public enum Inflate: String, CaseIterable, Sendable {
    case auto, isal, zlib
  }

  /// Paths, read in this order as one stream; `-` is standard input, none means standard input.
  public var files: [String]
  /// Threads in all, the caller's included.
  public var threads: Int
  /// The decompressor.
  public var inflate: Inflate = .auto
  /// Bytes of rows handed from thread to thread at once. No choice changes a byte of any result.
  public var chunkBytes = 256 << 10
  /// The run is refused when the stream holds another number of rows.
  public var expectedRows: Int?
  /// How many bad rows are skipped before the run is refused.
  public var badRowBudget: BadRowBudget = .rows(0)
  /// Bad rows are written here as CSV: file, row, line, column, reason, raw bytes.
  public var quarantine: String?

  /// - Parameters:
  ///   - files: paths, read in this order; `-` is standard input, and so is none.
  ///   - threads: nil means one for each core.
  public init(files: [String] = [], threads: Int? = nil) {
    self.files = files
    self.threads = threads ?? Machine.coreCount
  }

  package var readsStandardInput: Bool { files.isEmpty || files.contains("-") }
}
