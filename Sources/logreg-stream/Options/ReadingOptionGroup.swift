public import ArgumentParser
public import LogRegStream

/// How rows become features: chosen when training, stored in the model.
struct ReadingOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "auto, csv, libsvm or vw. auto: by the file name, else by the first line.",
      valueName: "name"))
  var format: ReadingConfiguration.Format = .auto

  @Option(help: ArgumentHelp("The quote character; none: quotes are ordinary.", valueName: "c"))
  var quote: QuoteChoice = .standard

  @Option(
    help: ArgumentHelp("Between fields (default: found in the header); also tab.", valueName: "c"))
  var delimiter: SeparatorByte?

  @Flag(help: "The first row is data: columns are c0, c1, … or as --columns says.")
  var noHeader = false

  @Option(help: ArgumentHelp("Column names for rows without a header.", valueName: "a,b,…"))
  var columns: NameList?

  @Option(
    help: ArgumentHelp("The label column (default: label; c0 with --no-header).", valueName: "name")
  )
  var label: String?

  // Texts of the data, as for --missing: they may start with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Label text of the positive class (default: 0/1, -1/+1 or true/false).", valueName: "value"))
  var positive: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "softmax: the classes (default: those of the first rows, see --sniff-rows).",
      valueName: "a,b,…"))
  var classes: NameList?

  @Option(help: ArgumentHelp("Column of importance weights.", valueName: "name"))
  var weight: String?

  @Option(help: ArgumentHelp("Columns of numbers (names or globs).", valueName: "a,b,…"))
  var numeric: NameList?

  @Option(help: ArgumentHelp("Columns of categories (names or globs).", valueName: "a,b,…"))
  var categorical: NameList?

  @Option(help: ArgumentHelp("Columns to leave out (names or globs).", valueName: "a,b,…"))
  var ignore: NameList?

  @Option(
    help: ArgumentHelp("Rows that column types and scales are fitted on.", valueName: "n"))
  var sniffRows = 10_000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Texts that mean no value (default: empty, NA, N/A, NaN, nan, NULL, null, None, \\N, ?).",
      valueName: "a,b,…"))
  var missing: NameList?

  @Option(help: ArgumentHelp("A standardized value is clipped to ±K.", valueName: "k"))
  var clip = 8.0

  @Option(help: ArgumentHelp("2^B hash slots, 10…30.", valueName: "b"))
  var bits = 22

  @Option(help: ArgumentHelp("Seed of the hash.", valueName: "s"))
  var hashSeed: UInt32 = 0

  func configuration(maximumLineBytes: Int) -> ReadingConfiguration {
    var reading = ReadingConfiguration()
    reading.format = format
    reading.quote = quote.byte
    reading.delimiter = delimiter?.byte
    reading.hasHeader = !noHeader
    reading.columns = columns?.names
    reading.label = label
    reading.positive = positive
    reading.classes = classes?.names
    reading.weight = weight
    reading.numeric = numeric?.names ?? []
    reading.categorical = categorical?.names ?? []
    reading.ignored = ignore?.names ?? []
    reading.sniffRows = sniffRows
    reading.missing = missing?.names
    reading.clip = clip
    reading.bits = bits
    reading.hashSeed = hashSeed
    reading.maximumLineBytes = maximumLineBytes
    return reading
  }
}

extension ReadingConfiguration.Format: ExpressibleByArgument {}
