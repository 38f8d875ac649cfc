public import ArgumentParser
internal import Glibc
public import LogRegStream
public import Processor

/// Where rows come from: the same for every command that reads rows.
package struct InputOptions: ParsableArguments {
  package init() {}

  @Argument(
    help: ArgumentHelp(
      "Input files; - is standard input, a folder all files in it, @LIST those that a text file names.",
      valueName: "file"))
  package var files: [String] = []

  @Option(help: ArgumentHelp("Threads in all (default: one a core).", valueName: "n"))
  package var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Decompressor: auto, isal or zlib. Never changes a result.", valueName: "name"))
  package var inflate: InputConfiguration.Inflate = .auto

  @Option(
    help: ArgumentHelp(
      "Bytes handed from thread to thread at once. Never changes a result.", valueName: "size"))
  package var chunkBytes: ByteSize = ByteSize(InputConfiguration().chunkBytes)

  @Option(
    help: ArgumentHelp("Refuse a stream that holds another number of rows.", valueName: "n"))
  package var expectRows: Int?

  @Option(
    help: ArgumentHelp(
      "How many rows may be bad (a number, or a percentage such as 0.1%).", valueName: "n"))
  package var maxBadRows: BadRowLimit = BadRowLimit(.rows(0))

  @Option(
    help: ArgumentHelp("Write bad rows here, with their place and reason.", valueName: "file"))
  package var quarantine: String?

  @Option(
    help: ArgumentHelp("A longer row is a bad row; bounds the memory.", valueName: "size"))
  package var maxLineBytes: ByteSize = ByteSize(ReadingConfiguration.usualLineBytes)

  // For tests of the kernels.
  @Option(
    help: ArgumentHelp(
      "Instructions to use: baseline, avx2 or avx512. Never changes a result.", valueName: "name",
      visibility: .hidden))
  package var cpu: ProcessorPath?

  /// - Parameter config: the file that options came from, if any.
  /// - Throws: usage when rows would be read from a person's keyboard.
  package func configuration(config: String?) throws -> InputConfiguration {
    if files.isEmpty, isatty(STDIN_FILENO) == 1 {
      throw ValidationError("no input: name a FILE, or pipe rows into standard input")
    }
    if let cpu, !ProcessorPath.choose(cpu) {
      let names = ProcessorPath.available.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--cpu is \(cpu.rawValue): this processor has \(names)")
    }
    var configuration = InputConfiguration(
      files: try InputConfiguration.files(named: files), threads: threads)
    configuration.inflate = inflate
    configuration.chunkBytes = chunkBytes.bytes
    configuration.expectedRows = expectRows
    configuration.badRowBudget = maxBadRows.budget
    configuration.quarantine = quarantine
    configuration.otherFiles = [config].compactMap { $0 }
    return configuration
  }

  /// A model, and the rows that it is asked about.
  package func rows(of model: String, config: String?) throws -> PredictionConfiguration {
    var rows = PredictionConfiguration(input: try configuration(config: config), model: model)
    rows.maximumLineBytes = maxLineBytes.bytes
    return rows
  }
}

extension InputConfiguration.Inflate: ExpressibleByArgument {}
extension ProcessorPath: ExpressibleByArgument {}

/// Where label and weight stand in rows that no model describes: `evaluate --predictions`.
package struct LabelledRowOptions: ParsableArguments {
  package init() {}

  @Option(
    help: ArgumentHelp(
      "Probabilities that any tool wrote, one for each row, instead of a model.",
      valueName: "file"))
  package var predictions: String?

  @Option(
    help: ArgumentHelp("The predictions' column, where the file has several.", valueName: "name"))
  package var predictionColumn: String?

  @Option(help: ArgumentHelp("The rows' layout: auto, csv, libsvm or vw.", valueName: "name"))
  package var format: ReadingConfiguration.Format?

  @Option(help: ArgumentHelp("The quote character; none: quotes are ordinary.", valueName: "c"))
  package var quote: QuoteChoice?

  @Option(help: ArgumentHelp("Between fields (default: found in the header).", valueName: "c"))
  package var delimiter: SeparatorByte?

  @Flag(help: "The first row is data: columns are c0, c1, … or as --columns says.")
  package var noHeader = false

  @Option(help: ArgumentHelp("Lines that start with C are no rows.", valueName: "c"))
  package var comment: SeparatorByte?

  @Option(help: ArgumentHelp("Lines to drop at the start of each file.", valueName: "n"))
  package var skipLines: Int?

  @Option(help: ArgumentHelp("Column names for rows without a header.", valueName: "a,b,…"))
  package var columns: [NameList] = []

  @Option(help: ArgumentHelp("The label column (default: label).", valueName: "name"))
  package var label: String?

  // A text of the data: it may start with a dash.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Label text of the positive class.", valueName: "value"))
  package var positive: String?

  @Option(help: ArgumentHelp("Column of importance weights.", valueName: "name"))
  package var weight: String?

  /// - Returns: nil when predictions come from a model.
  /// - Throws: usage when an option stands there that the model decides.
  package func source(maximumLineBytes: Int) throws -> EvaluationConfiguration.PredictionsSource? {
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
