public import ArgumentParser
public import LogRegStream

/// Where rows come from: the same for every command that reads rows.
struct InputOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Input files; - is standard input.", valueName: "file"))
  var files: [String] = []

  @Option(help: ArgumentHelp("Threads in all (default: one a core).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Decompressor: auto, isal or zlib. Never changes a result.", valueName: "name"))
  var inflate: InputConfiguration.Inflate = .auto

  @Option(
    help: ArgumentHelp(
      "Bytes handed from thread to thread at once. Never changes a result.", valueName: "size"))
  var chunkBytes: ByteSize = ByteSize(InputConfiguration().chunkBytes)

  @Option(
    help: ArgumentHelp("Refuse a stream that holds another number of rows.", valueName: "n"))
  var expectRows: Int?

  @Option(
    help: ArgumentHelp(
      "How many rows may be bad (a number, or a percentage such as 0.1%).", valueName: "n"))
  var maxBadRows: BadRowLimit = BadRowLimit(.rows(0))

  @Option(
    help: ArgumentHelp("Write bad rows here, with their place and reason.", valueName: "file"))
  var quarantine: String?

  @Option(
    help: ArgumentHelp("A longer row is a bad row; bounds the memory.", valueName: "size"))
  var maxLineBytes: ByteSize = ByteSize(ReadingConfiguration.usualLineBytes)

  /// - Parameter config: the file that options came from, if any.
  /// - Throws: usage when rows would be read from a person's keyboard.
  func configuration(config: String?) throws -> InputConfiguration {
    if files.isEmpty, Terminal.standardInputIsTerminal {
      throw ValidationError("no input: name a FILE, or pipe rows into standard input")
    }
    var configuration = InputConfiguration(files: files, threads: threads)
    configuration.inflate = inflate
    configuration.chunkBytes = chunkBytes.bytes
    configuration.expectedRows = expectRows
    configuration.badRowBudget = maxBadRows.budget
    configuration.quarantine = quarantine
    configuration.otherFiles = [config].compactMap { $0 }
    return configuration
  }
}

extension InputConfiguration.Inflate: ExpressibleByArgument {}
