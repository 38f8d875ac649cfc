internal import Configuration
internal import FoundationEssentials
internal import ModelFile
internal import SparseBatches

/// One run of an artefact in its own runtime: reads the folder's `rows`, writes its `scores`.
struct RuntimeRun {
  let runtime: String
  private let configuration: ExportConfiguration
  private let folder: CheckFolder
  private let outputs: Int
  /// What rows are made of.
  private let form: String

  init(_ configuration: ExportConfiguration, _ model: ExportedModel, in folder: CheckFolder) {
    self.configuration = configuration
    outputs = model.outputs
    form = if case .columns = model.rows { "columns" } else { "indices" }
    self.folder = folder
    runtime =
      switch configuration.target {
      case .c: "the C compiler cc"
      case .json: "Python"
      case .onnx: "ONNX Runtime"
      case .sql: configuration.dialect?.rawValue ?? "SQL"
      }
  }

  /// Margins, then probabilities, of each row: 64 bits each, little-endian.
  var scoresPath: String { "\(folder.path)/scores" }

  private var rowsPath: String { "\(folder.path)/rows" }

  /// - Returns: what is missing; nil when the scores are there.
  /// - Throws: a bug of ours when the runtime fails.
  func execute() throws(RunFailure) -> String? {
    switch configuration.target {
    case .c: try runCompiler()
    case .json, .onnx, .sql: try runPython()
    }
  }

  private func runCompiler() throws(RunFailure) -> String? {
    guard let compiler = ChildProgram.find("cc") else { return "a C compiler (cc)" }
    let driver = "\(folder.path)/check.c"
    try write(CheckPrograms.driver, to: driver)
    let program = "\(folder.path)/check"
    try succeed(
      compiler,
      ["-std=c99", "-O1"] + (outputs > 1 ? ["-DLRS_CHECK_CLASSES"] : [])
        // Whatever the name of the source ends in.
        + ["-o", program, "-x", "c", driver, configuration.destination])
    try succeed(program, [rowsPath, scoresPath])
    return nil
  }

  private func runPython() throws(RunFailure) -> String? {
    guard let python = ChildProgram.find("python3") else { return "Python (python3)" }
    let script = "\(folder.path)/check.py"
    try write(CheckPrograms.python(configuration), to: script)
    let code = try ChildProgram.run(
      python,
      [script, configuration.destination, rowsPath, scoresPath, configuration.tableName, form],
      sayingTo: logPath)
    guard code != Self.missingCode else { return said.isEmpty ? "a package" : said }
    try verify(code)
    return nil
  }

  /// Exit code of a check's program that lacks something; what it says is its name.
  private static let missingCode: Int32 = 69

  private func write(_ text: String, to path: String) throws(RunFailure) {
    try AtomicOutput.write(to: path) { output throws(RunFailure) in
      try output.write(Array(text.utf8).span)
    }
  }

  private var logPath: String { "\(folder.path)/log" }

  /// The last lines that the runtime said.
  private var said: String {
    let bytes = FileManager.default.contents(atPath: logPath).map { Array($0.suffix(400)) } ?? []
    return DisplayText.escape(bytes)
  }

  private func succeed(_ program: String, _ arguments: [String]) throws(RunFailure) {
    try verify(try ChildProgram.run(program, arguments, sayingTo: logPath))
  }

  private func verify(_ code: Int32) throws(RunFailure) {
    guard code == 0 else {
      throw RunFailure(
        .bug, "\(runtime) failed on what was exported (\(code)): \(said)", cure: "report this")
    }
  }
}
