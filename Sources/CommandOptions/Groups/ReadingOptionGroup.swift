public import ArgumentParser
public import LogRegStream
internal import SparseBatches

/// How rows become features: chosen when training, stored in the model.
package struct ReadingOptionGroup: ParsableArguments {
  package init() {}

  @Option(
    help: ArgumentHelp(
      "auto, csv, libsvm or vw. auto (the default): by the file name, else by the first line.",
      valueName: "name"))
  package var format: ReadingConfiguration.Format?

  @Option(
    help: ArgumentHelp(
      "Columns, types and scales as inspect --schema wrote them, instead of the options about them.",
      valueName: "file"))
  package var schema: String?

  @Option(
    help: ArgumentHelp(
      "The quote character (default: \"); none: quotes are ordinary.", valueName: "c"))
  package var quote: QuoteChoice?

  @Option(
    help: ArgumentHelp("Between fields (default: found in the header); also tab.", valueName: "c"))
  package var delimiter: SeparatorByte?

  @Flag(help: "The first row is data: columns are c0, c1, … or as --columns says.")
  package var noHeader = false

  @Option(
    help: ArgumentHelp(
      "Lines that start with C are no rows (default: # in logs with a #Fields: line).",
      valueName: "c"))
  package var comment: SeparatorByte?

  @Option(help: ArgumentHelp("Lines to drop at the start of each file.", valueName: "n"))
  package var skipLines: Int?

  @Option(
    help: ArgumentHelp(
      "A row with a quoted field of more lines is a bad row (default: no limit).", valueName: "n"))
  package var maxFieldLines: Int?

  @Option(
    help: ArgumentHelp(
      "A header with more columns is refused (default: \(ReadingConfiguration.usualColumns)).",
      valueName: "n"))
  package var maxColumns: Int?

  @Option(help: ArgumentHelp("Column names for rows without a header.", valueName: "a,b,…"))
  package var columns: [NameList] = []

  @Option(
    help: ArgumentHelp("The label column (default: label; c0 with --no-header).", valueName: "name")
  )
  package var label: String?

  // Texts of the data, as for --missing: they may start with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Label text of the positive class (default: 0/1, -1/+1 or true/false).", valueName: "value"))
  package var positive: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "softmax: the classes (default: those of the first rows, see --sniff-rows).",
      valueName: "a,b,…"))
  package var classes: [NameList] = []

  @Option(help: ArgumentHelp("Column of importance weights.", valueName: "name"))
  package var weight: String?

  @Option(help: ArgumentHelp("Columns of numbers (names or globs).", valueName: "a,b,…"))
  package var numeric: [NameList] = []

  @Option(help: ArgumentHelp("Columns of categories (names or globs).", valueName: "a,b,…"))
  package var categorical: [NameList] = []

  @Option(
    help: ArgumentHelp("Columns of text, split into words (names or globs).", valueName: "a,b,…"))
  package var text: [NameList] = []

  @Option(help: ArgumentHelp("Columns to leave out (names or globs).", valueName: "a,b,…"))
  package var ignore: [NameList] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "auto (bins+slope), standardize, symlog, quantile or raw; for all numbers or COLUMN=T."
        + " Repeatable.",
      valueName: "t"))
  package var numericTransform: [NameList] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Products of two or three columns; ** is any name. Repeatable.", valueName: "a*b"))
  package var cross: [NameList] = []

  @Option(
    help: ArgumentHelp("Words in a row of a text that become one feature, 1…3.", valueName: "n"))
  package var ngrams: Int?

  @Option(
    help: ArgumentHelp(
      "LibSVM values: none, or maxabs: divided by the index's largest magnitude.",
      valueName: "name"))
  package var scale: ReadingConfiguration.IndexScaling?

  @Option(
    help: ArgumentHelp(
      "Rows that column types and scales are fitted on "
        + "(default: \(ReadingConfiguration.usualSniffRows)).", valueName: "n"))
  package var sniffRows: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Texts that mean no value; default in it: empty, NA, N/A, n/a, #N/A, #NA, <NA>, NaN, nan, "
        + "NULL, null, (null), None, \\N, ? (the default).",
      valueName: "a,b,…"))
  package var missing: [NameList] = []

  @Option(
    help: ArgumentHelp(
      "Before the fraction of numbers in columns: point (default) or comma.", valueName: "name"))
  package var decimal: ReadingConfiguration.Decimal?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Characters left out of numbers, as in $1,234 or 5 %; a space is every blank.",
      valueName: "chars"))
  package var numberMarks: String?

  @Option(
    help: ArgumentHelp(
      "A standardized value is clipped to ±K "
        + "(default: \(OptionText.number(ReadingConfiguration.usualClip))).", valueName: "k"))
  package var clip: Double?

  @Option(
    help: ArgumentHelp(
      "2^B hash slots, 10…30 (default: \(ReadingConfiguration.usualBits)).", valueName: "b"))
  package var bits: Int?

  @Option(
    help: ArgumentHelp(
      "Seed of the hash (default: \(ReadingConfiguration.usualHashSeed)).", valueName: "s"))
  package var hashSeed: UInt32?

  /// - Throws: `RunFailure` when the schema file cannot be used.
  package func configuration(maximumLineBytes: Int) throws(RunFailure) -> ReadingConfiguration {
    var reading = ReadingConfiguration()
    reading.format = format
    reading.quote = quote.map { $0.byte.map { .byte($0) } ?? .ordinary }
    reading.delimiter = delimiter?.byte
    reading.hasHeader = !noHeader
    reading.comment = comment?.byte
    reading.skippedLines = skipLines
    reading.maximumFieldLines = maxFieldLines
    reading.maximumColumns = maxColumns
    reading.columns = columns.names
    reading.label = label
    reading.positive = positive
    reading.classes = classes.names
    reading.weight = weight
    reading.numeric = numeric.names ?? []
    reading.categorical = categorical.names ?? []
    reading.text = text.names ?? []
    reading.ignored = ignore.names ?? []
    reading.numericTransforms = numericTransform.names ?? []
    reading.crosses = cross.names ?? []
    reading.ngrams = ngrams
    reading.scale = scale
    reading.sniffRows = sniffRows
    reading.missing = missing.names
    reading.decimal = decimal
    reading.numberMarks = numberMarks
    reading.clip = clip
    reading.bits = bits
    reading.hashSeed = hashSeed
    reading.maximumLineBytes = maximumLineBytes
    if let schema { reading.schema = try SchemaFile(path: schema) }
    return reading
  }
}

extension ReadingConfiguration.Decimal: ExpressibleByArgument {}
extension ReadingConfiguration.Format: ExpressibleByArgument {}
extension ReadingConfiguration.IndexScaling: ExpressibleByArgument {}
