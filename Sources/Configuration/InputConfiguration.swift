internal import Featurizing
internal import InputBytes
internal import Notices
package import SparseBatches

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
  /// A descriptor that this process has open, which is read wherever standard input is named: for a
  /// process whose standard input is not its own to read. It is read to its end and not closed.
  public var standardInput: Int32?
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
  /// Whether rows are handed on as soon as no more of them are waiting: for a run whose output
  /// somebody waits for before the next row is written.
  package var answersAtOnce = false
  /// What else the run reads, such as a config file: no output may fall on one of them.
  public var otherFiles: [String] = []

  /// - Parameters:
  ///   - files: paths, read in this order; `-` is standard input, and so is none.
  ///   - threads: nil means one for each core.
  public init(files: [String] = [], threads: Int? = nil) {
    self.files = files
    self.threads = threads ?? Machine.coreCount
  }

  package var readsStandardInput: Bool { files.isEmpty || files.contains("-") }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    guard files.filter({ $0 == "-" }).count <= 1 else {
      throw RunFailure(
        .usage, "standard input (-) can be read only once", cure: "name it once among the files")
    }
    guard (1...1024).contains(threads) else {
      throw RunFailure(.usage, "--threads must be from 1 to 1024")
    }
    guard (1...1 << 30).contains(chunkBytes) else {
      throw RunFailure(.usage, "--chunk-bytes must be from 1 to 1073741824")
    }
    if let expectedRows, expectedRows < 0 {
      throw RunFailure(.usage, "--expect-rows must not be negative")
    }
    let isPossible =
      switch badRowBudget {
      case .rows(let rows): rows >= 0
      case .percent(let percent): (0...100).contains(percent)
      }
    guard isPossible else {
      throw RunFailure(.usage, "--max-bad-rows must be 0 or more, or from 0% to 100%")
    }
    try InflateChoice(inflate).validate()
  }

  /// - Throws: usage for a limit that no row could keep, or that would not bound the memory.
  package static func check(maximumLineBytes: Int) throws(RunFailure) {
    var options = ReadingOptions()
    options.maximumRowBytes = maximumLineBytes
    _ = try options.validated()
  }
}

extension InflateChoice {
  package init(_ inflate: InputConfiguration.Inflate) {
    switch inflate {
    case .auto: self = .automatic
    case .isal: self = .isal
    case .zlib: self = .zlib
    }
  }
}
