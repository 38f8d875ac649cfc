internal import Featurizing
internal import SparseBatches

/// How rows become features: stored in the model, and used unchanged by predict and evaluate.
///
/// What is nil is found in the input.
public struct ReadingConfiguration: Sendable {
  /// The layout of rows.
  public enum Format: String, CaseIterable, Sendable {
    case auto, csv, libsvm, vw
  }

  /// How rows are laid out; auto: by the file name, else by the first line.
  public var format: Format = .auto
  /// nil: quotes are ordinary bytes.
  public var quote: UInt8? = UInt8(ascii: "\"")
  /// nil: found in the header line.
  public var delimiter: UInt8?
  /// Whether the first row of each file names the columns.
  public var hasHeader = true
  /// Names for rows without a header.
  public var columns: [String]?
  /// The label column; nil: `label`, or `c0` without a header.
  public var label: String?
  /// The label text of the positive class; nil: 0/1, −1/+1 or true/false.
  public var positive: String?
  /// The classes of a softmax model, in the order of its outputs; nil: those of the first rows.
  public var classes: [String]?
  /// The column of importance weights.
  public var weight: String?
  /// Columns of numbers: names or globs.
  public var numeric: [String] = []
  /// Columns of categories: names or globs.
  public var categorical: [String] = []
  /// Columns to leave out: names or globs.
  public var ignored: [String] = []
  /// Rows at the start that column types and scales are fitted on.
  public var sniffRows = 10_000
  /// Texts that mean "no value"; nil: the usual ones.
  public var missing: [String]?
  /// Bound of a standardized value.
  public var clip = 8.0
  /// 2^bits hash slots.
  public var bits = 22
  /// Seed of the hash.
  public var hashSeed: UInt32 = 0
  /// A longer row is a bad row; bounds the memory.
  public var maximumLineBytes = 64 << 20

  /// The defaults of the command line.
  public init() {}

  /// - Parameter loss: decides what a label is.
  /// - Throws: `RunFailure` of kind usage, naming the option.
  func readingOptions(loss: LearnerConfiguration.Loss) throws(RunFailure) -> ReadingOptions {
    if let columns, Set(columns).count < columns.count {
      throw RunFailure(
        .usage, "--columns gives the same name twice", cure: "give every column a name of its own")
    }
    var options = ReadingOptions()
    switch format {
    case .auto: options.format = .automatic
    case .csv: options.format = .csv
    case .libsvm: options.format = .libsvm
    case .vw: options.format = .vw
    }
    options.quote = quote.map { .byte($0) } ?? .none
    options.delimiter = delimiter
    options.hasHeader = hasHeader
    options.columns = columns.map { $0.map { ByteText($0) } }
    options.label = label.map { ByteText($0) }
    options.labels = try labelRule(loss)
    options.weight = weight.map { ByteText($0) }
    options.numeric = numeric.map { ByteText($0) }
    options.categorical = categorical.map { ByteText($0) }
    options.ignored = ignored.map { ByteText($0) }
    options.sniffRows = sniffRows
    if let missing { options.missing = MissingTokens(missing.map { Array($0.utf8) }) }
    options.clip = clip
    options.hashing = FeatureHashing(bits: bits, seed: hashSeed)
    options.maximumRowBytes = maximumLineBytes
    return try options.validated()
  }

  /// - Throws: usage for options about labels that the loss has no use for.
  private func labelRule(_ loss: LearnerConfiguration.Loss) throws(RunFailure) -> LabelRule {
    let isBinary = loss == .logistic || loss == .probit
    if positive != nil, !isBinary {
      throw RunFailure(
        .usage, "--positive is of no use with --loss \(loss.rawValue)",
        cure: "drop it, or use --loss logistic")
    }
    if classes != nil, loss != .softmax {
      throw RunFailure(
        .usage, "--classes is of no use with --loss \(loss.rawValue)",
        cure: "drop it, or use --loss softmax")
    }
    switch loss {
    case .logistic, .probit: return positive.map { .positive(ByteText($0)) } ?? .convention
    case .squared: return .number
    case .softmax: return .classes((classes ?? []).map { ByteText($0) })
    }
  }
}
