internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import Glibc
internal import InputBytes
internal import ModelFile
public import Notices
public import SparseBatches

/// What `inspect` says of a checkpoint: how far a training has come, and what it has learned from.
public struct CheckpointInspection: Sendable {
  private let header: CheckpointHeader
  private let name: String

  /// - Parameters:
  ///   - path: a checkpoint directory, of which the newest checkpoint counts, or a checkpoint.
  ///   - notice: told of damaged checkpoints that were passed over.
  /// - Returns: nil when there is something else at `path`.
  /// - Throws: missingInput for a directory without a checkpoint, badData for a damaged one.
  public init?(path: String, notice: (String) -> Void) throws(RunFailure) {
    if Self.isDirectory(path) {
      guard let newest = try CheckpointDirectory.newest(in: path, notice: notice) else {
        throw RunFailure(
          .missingInput, "there is no checkpoint in \(DisplayText.escape(path: path))",
          cure: "name a directory that was given to --checkpoint")
      }
      header = newest.document.header
      name = newest.file.name
    } else {
      guard path != "-", Container.claimedKind(ofFile: path) == .checkpoint else { return nil }
      header = try CheckpointDocument.read(from: path).header
      name = path
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    // Proof: the call fills a struct of ours.
    return unsafe stat(path.systemPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private var badRows: Int { header.badRows.values.reduce(0, +) }

  // MARK: - Text

  /// A description for people.
  public var text: String {
    var lines = [
      "a checkpoint of logreg-stream: \(Self.shown(name))", "",
      "stage       \(stage)",
      "rows        \(NumberText.grouped(header.rows)) read, \(NumberText.grouped(badRows)) bad",
      "labels      \(header.labelConvention.description)", "",
      "inputs learned",
      "            rows           bytes      crc-32  name",
    ]
    lines += header.ledger.entries.map { entry in
      [
        NumberText.padded(NumberText.grouped(entry.rows), 16),
        NumberText.padded(NumberText.grouped(entry.bytes), 16),
        NumberText.padded(NumberText.hexadecimal(entry.checksum), 12),
        " " + Self.describe(entry.source, entry.path),
      ].joined()
    }
    if let half = header.ledger.halfRead {
      lines += [
        "", "half learned",
        "  \(Self.describe(half.source, half.path)): \(NumberText.grouped(half.rows)) rows, up to line "
          + "\(NumberText.grouped(half.line)), byte \(NumberText.grouped(half.offset)) uncompressed",
      ]
    }
    lines += ["", "options"]
    lines += options.map { "  --\($0.key) \($0.value)" }
    lines += [""] + ModelText.columns(header.schema)
    return lines.joined(separator: "\n") + "\n"
  }

  private var stage: String {
    switch header.stage {
    case .reading where header.ledger.halfRead != nil: "inside an input"
    case .reading: header.isOpen ? "between inputs" : "all inputs learned"
    case .repeating: "in a later pass over the rows"
    case .finished: "finished: nothing can be learned on top"
    }
  }

  private var options: [(key: String, value: String)] {
    StoredOptions(header).texts.sorted { $0.key < $1.key }.map {
      (DisplayText.harmless($0.key), DisplayText.harmless($0.value))
    }
  }

  private static func describe(_ source: Ledger.Source, _ path: String) -> String {
    switch source {
    case .file, .pipe: shown(path)
    case .stream(nil): "standard input"
    case .stream(let name?): "standard input as \(shown(name))"
    }
  }

  private static func shown(_ text: String) -> String { DisplayText.escape(path: text) }

  // MARK: - JSON

  /// Everything as one object.
  public var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("inspect")), ("kind", .string("checkpoint")),
      ("checkpoint", .string(Self.shown(name))), ("stage", .string(header.stage.rawValue)),
      ("rows", .integer(header.rows)), ("rows_bad", .integer(badRows)),
      (
        "bad_rows_by_reason",
        .object(
          header.badRows.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
      ),
      ("labels", .string(header.labelConvention.description)),
      ("inputs", .array(header.ledger.entries.map(Self.json))),
      ("half_learned", header.ledger.halfRead.map(Self.json) ?? .null),
      ("options", .object(options.map { ($0.key, .string($0.value)) })),
      ("format", .string(header.schema.formatName)),
    ]
    members += ModelText.reading(header.schema)
    return .object(members)
  }

  private static func members(
    _ source: Ledger.Source, _ path: String
  ) -> [(key: String, value: JSONValue)] {
    var name = JSONValue.null
    if case .stream(let given?) = source { name = .string(shown(given)) }
    return [("path", .string(path == "-" ? "<stdin>" : shown(path))), ("input_name", name)]
  }

  private static func json(_ entry: Ledger.Entry) -> JSONValue {
    .object(
      members(entry.source, entry.path) + [
        ("rows", .integer(entry.rows)), ("bytes", .integer(entry.bytes)),
        ("bytes_uncompressed", .integer(entry.bytesUncompressed)),
        ("crc32", .string(NumberText.hexadecimal(entry.checksum))),
      ])
  }

  private static func json(_ half: Ledger.HalfRead) -> JSONValue {
    .object(
      members(half.source, half.path) + [
        ("rows", .integer(half.rows)), ("line", .integer(half.line)),
        ("offset", .integer(half.offset)),
      ])
  }
}
