internal import Configuration
internal import Export
internal import Notices
internal import Scoring
public import SparseBatches

/// The `export` command: a model for another program.
public enum Export {
  /// Writes the artefact, and scores rows with it where that is asked for.
  ///
  /// - Throws: `RunFailure`, whose kind is the exit code; usage where the target cannot say exactly
  ///   what the model does, and then nothing is written.
  public static func run(
    _ configuration: ExportConfiguration, notices: NoticeBoard
  ) throws(RunFailure) -> ExportSummary {
    try configuration.validate()
    let artefact = try Artefact(configuration)
    try artefact.publish()
    return ExportSummary(configuration, artefact, check: try artefact.check(notices))
  }
}

/// What was written, and how it fared.
public struct ExportSummary: Sendable {
  private let configuration: ExportConfiguration
  private let artefact: Artefact
  private let check: CheckOutcome?

  init(_ configuration: ExportConfiguration, _ artefact: Artefact, check: CheckOutcome?) {
    self.configuration = configuration
    self.artefact = artefact
    self.check = check
  }

  /// A line or two for people.
  public var text: String {
    let files = artefact.paths.map { DisplayText.escape(path: $0) }.joined(separator: " and ")
    let bytes = NumberText.grouped(artefact.byteCount)
    let written = files.isEmpty ? "" : "wrote \(files) (\(bytes) bytes)\n"
    return written + (check.map { $0.text + "\n" } ?? "")
  }

  /// The same as one object.
  public var json: JSONValue {
    .object([
      ("schema", .integer(1)), ("command", .string("export")),
      ("target", .string(configuration.target.rawValue)),
      ("dialect", configuration.dialect.map { .string($0.rawValue) } ?? .null),
      ("files", .array(artefact.paths.map { .path($0) })),
      ("bytes", .integer(artefact.byteCount)),
      ("nonzero_weights", .integer(artefact.weightCount)),
      ("check", check?.json ?? .null),
    ])
  }
}
