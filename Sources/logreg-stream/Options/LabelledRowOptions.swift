import ArgumentParser
import LogRegStream

/// Where label and weight stand in rows that no model describes: `evaluate --predictions`.
struct LabelledRowOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Probabilities that any tool wrote, one for each row, instead of a model.",
      valueName: "file"))
  var predictions: String?

  @Option(
    help: ArgumentHelp("The predictions' column, where the file has several.", valueName: "name"))
  var predictionColumn: String?

  @Option(help: ArgumentHelp("The rows' layout: auto, csv, libsvm or vw.", valueName: "name"))
  var format: ReadingConfiguration.Format?

  @Option(help: ArgumentHelp("The quote character; none: quotes are ordinary.", valueName: "c"))
  var quote: QuoteChoice?

  @Option(help: ArgumentHelp("Between fields (default: found in the header).", valueName: "c"))
  var delimiter: SeparatorByte?

  @Flag(help: "The first row is data: columns are c0, c1, … or as --columns says.")
  var noHeader = false

  @Option(help: ArgumentHelp("Lines that start with C are no rows.", valueName: "c"))
  var comment: SeparatorByte?

  @Option(help: ArgumentHelp("Lines to drop at the start of each file.", valueName: "n"))
  var skipLines: Int?

  @Option(help: ArgumentHelp("Column names for rows without a header.", valueName: "a,b,…"))
  var columns: [NameList] = []

  @Option(help: ArgumentHelp("The label column (default: label).", valueName: "name"))
  var label: String?

  // A text of the data: it may start with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Label text of the positive class.", valueName: "value"))
  var positive: String?

  @Option(help: ArgumentHelp("Column of importance weights.", valueName: "name"))
  var weight: String?

  /// - Returns: nil when predictions come from a model.
  /// - Throws: usage when an option stands there that the model decides.
  func source(maximumLineBytes: Int) throws -> EvaluationConfiguration.PredictionsSource? {
    guard let predictions else {
      if let option = given.first(where: \.1)?.0 {
        throw ValidationError("\(option) belongs to --predictions: a model knows its own")
      }
      return nil
    }
    var reading = ReadingConfiguration()
    reading.format = format ?? .auto
    reading.quote = quote.map { $0.byte.map { .byte($0) } ?? .ordinary }
    reading.delimiter = delimiter?.byte
    reading.hasHeader = !noHeader
    reading.comment = comment?.byte
    reading.skippedLines = skipLines
    reading.columns = columns.names
    reading.label = label
    reading.positive = positive
    reading.weight = weight
    reading.maximumLineBytes = maximumLineBytes
    return EvaluationConfiguration.PredictionsSource(
      path: predictions, column: predictionColumn, reading: reading)
  }

  private var given: [(String, Bool)] {
    [
      ("--prediction-column", predictionColumn != nil), ("--format", format != nil),
      ("--quote", quote != nil), ("--delimiter", delimiter != nil), ("--no-header", noHeader),
      ("--comment", comment != nil), ("--skip-lines", skipLines != nil),
      ("--columns", !columns.isEmpty), ("--label", label != nil), ("--positive", positive != nil),
      ("--weight", weight != nil),
    ]
  }
}
