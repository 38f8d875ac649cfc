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

  /// Around fields.
  public enum Quote: Equatable, Sendable {
    case byte(UInt8)
    /// Quotes are bytes as any other.
    case ordinary
  }

  /// What becomes of the values of LibSVM rows.
  public enum IndexScaling: String, CaseIterable, Sendable {
    case none
    /// Divided by the largest magnitude of their index in the first rows.
    case maxabs
  }

  /// What stands before the fraction of a number.
  public enum Decimal: String, CaseIterable, Sendable {
    case point, comma
  }

  /// How rows are laid out; auto: by the file name, else by the first line.
  public var format: Format?
  // What is nil has its default in `ReadingOptions`.
  /// nil: `"`.
  public var quote: Quote?
  /// nil: found in the header line.
  public var delimiter: UInt8?
  /// Whether the first row of each file names the columns.
  public var hasHeader = true
  /// Lines that start with this byte are no rows; nil: none, but in logs with a `#Fields:` line.
  public var comment: UInt8?
  /// Lines to drop at the start of each file; nil: 0.
  public var skippedLines: Int?
  /// A row with a quoted field of more lines is a bad row; nil: any number may be.
  public var maximumFieldLines: Int?
  /// A header with more columns is refused; nil: 65,536.
  public var maximumColumns: Int?
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
  /// Columns of text that is split into words: names or globs.
  public var text: [String] = []
  /// Columns to leave out: names or globs.
  public var ignored: [String] = []
  /// `TRANSFORM` for all columns of numbers, or `COLUMN=TRANSFORM`: `auto`, which is `bins+slope`,
  /// `standardize`, `symlog`, `quantile` or `raw`.
  public var numericTransforms: [String] = []
  /// Products of columns, `a*b` or `a*b*c`.
  public var crosses: [String] = []
  /// Words in a row of a text column that become one feature: 1…3; nil: 1.
  public var ngrams: Int?
  /// Values of LibSVM rows; nil: as they are.
  public var scale: IndexScaling?
  /// Rows at the start that column types and scales are fitted on; nil: 10,000.
  public var sniffRows: Int?
  /// Texts that mean "no value"; nil: the usual ones, for which `default` stands in a list.
  public var missing: [String]?
  /// What stands before the fraction of the numbers in columns; nil: a point.
  public var decimal: Decimal?
  /// Characters that are left out of numbers, such as thousands separators; a space is every blank.
  public var numberMarks: String?
  /// Bound of a standardized value; nil: 8.
  public var clip: Double?
  /// 2^bits hash slots; nil: 22.
  public var bits: Int?
  /// Seed of the hash; nil: 0.
  public var hashSeed: UInt32?
  /// A longer row is a bad row; bounds the memory.
  public var maximumLineBytes = Self.usualLineBytes
  /// Columns and scales that are known already, instead of the options about them.
  public var schema: SchemaFile?

  /// How long a row may be where nothing is said.
  public static var usualLineBytes: Int { ReadingOptions().maximumRowBytes }
  /// Bits of the slots where nothing is said.
  public static var usualBits: Int { ReadingOptions().hashing.bits }
  /// Seed of the hash where nothing is said.
  public static var usualHashSeed: UInt32 { ReadingOptions().hashing.seed }
  /// Rows that types and scales are fitted on where nothing is said.
  public static var usualSniffRows: Int { ReadingOptions().sniffRows }
  /// Bound of a standardized value where nothing is said.
  public static var usualClip: Double { ReadingOptions().clip }

  /// Columns of a header where nothing is said.
  public static var usualColumns: Int { ReadingOptions().maximumColumns }

  /// The defaults of the command line.
  public init() {}
}
