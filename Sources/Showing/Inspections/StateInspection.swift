internal import Checkpoints
internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
public import Notices
public import SparseBatches
internal import Training

/// What `inspect` says of a state: what a learner knew at the end of its rows, and what it learned
/// them from.
public struct StateInspection: Sendable {
  private let header: StateHeader
  private let identity: ContentIdentity
  private let name: String

  /// - Parameter path: a state; `-` is a model.
  /// - Returns: nil when there is something else at `path`.
  /// - Throws: badData for a damaged one.
  public init?(path: String) throws(RunFailure) {
    guard path != "-", Container.claimedKind(ofFile: path) == .state else { return nil }
    let document = try StateDocument.read(from: path)
    // As whoever starts from it does: the header alone may be sound.
    _ = try StateLearner(of: document)
    header = document.header
    identity = document.identity
    name = path
  }

  /// How rows become features, as a file for `--schema`.
  public var schemaText: String { SchemaYAML.text(header.model.schema.source) }

  private var loss: ModelLoss { header.model.loss ?? .logistic }

  private var progressive: Double? {
    header.model.statistics.progressiveLoss.map { loss.shownMean($0) }
  }

  private var isMerged: Bool { header.evidence != nil }

  // MARK: - Text

  /// A description for people.
  public var text: String {
    let totals = header.totals
    var lines = [
      "a state of logreg-stream: \(DisplayText.escape(path: name))", "",
      "identity    \(identity.words)",
      "objective   \(ModelText.objective(header.model.learner))",
      "optimizer   \(ModelText.optimizer(header.model.learner))",
      "started     \(started)",
      "learners    \(learners)",
      "rows        \(NumberText.grouped(totals.rows)) read, "
        + "\(NumberText.grouped(totals.badRows)) bad"
        + (loss.isBinary ? ", \(NumberText.grouped(totals.positives)) positive" : ""),
      "loss        \(progressive.map { NumberText.fixed($0, 6) } ?? "undefined")"
        + " (progressive \(loss.meanName))",
      "bias        \(ModelText.biases(header.model))",
      "labels      \(ModelText.labels(header.model))", "",
      "inputs learned since it started",
      "            rows           bytes      crc-32",
    ]
    lines += inputs.map { input in
      [
        NumberText.padded(NumberText.grouped(input.rows), 16),
        NumberText.padded(NumberText.grouped(input.bytes), 16),
        NumberText.padded(NumberText.hexadecimal(input.checksum), 12),
      ].joined()
    }
    lines += ["", "options"]
    lines += options.map { "  --\($0.key) \($0.value)" }
    lines += [""] + ModelText.columns(header.model.schema)
    return lines.joined(separator: "\n") + "\n"
  }

  private var started: String {
    guard let outset = header.outset else { return "from nothing" }
    return "from a \(outset.kind.rawValue) of \(NumberText.grouped(outset.rows)) rows ("
      + "\(outset.identity.words))"
  }

  private var learners: String {
    guard let evidence = header.evidence else { return "1" }
    return "\(header.shares.count), merged; evidence is that of \(evidence.rawValue) shards"
  }

  private var inputs: [StateInput] { header.shares.flatMap(\.inputs).sorted() }

  private var options: [(key: String, value: String)] {
    header.options.sorted { $0.key < $1.key }.map {
      (DisplayText.harmless($0.key), DisplayText.harmless($0.value))
    }
  }

  // MARK: - JSON

  /// Everything as one object.
  public var json: JSONValue {
    let totals = header.totals
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("inspect")), ("kind", .string("state")),
      ("state", .path(name)), ("identity", Self.json(identity)),
      ("loss", .string(header.model.learner.loss)),
      ("optimizer", .string(header.model.learner.optimizer)),
      ("rate", .optional(header.model.learner.online?.stepSize)),
      ("started_from", header.outset.map(Self.json) ?? .null),
      ("merged", .bool(isMerged)), ("shards", .integer(header.shares.count)),
      ("evidence", header.evidence.map { .string($0.rawValue) } ?? .null),
      ("rows", .integer(totals.rows)), ("rows_bad", .integer(totals.badRows)),
      ("positives", .integer(totals.positives)), ("features", .integer(totals.features)),
      ("progressive_" + loss.meanKey, .optional(progressive)),
      (
        "bad_rows_by_reason",
        .object(
          header.badRows.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
      ),
      ("bits", .integer(header.model.schema.hashing.bits)),
      ("hash_seed", .integer(Int(header.model.schema.hashing.seed))),
      ("inputs", .array(inputs.map(Self.json))),
      ("options", .object(options.map { ($0.key, .string($0.value)) })),
      ("format", .string(header.model.schema.formatName)),
    ]
    members += ModelText.reading(header.model.schema)
    return .object(members)
  }

  private static func json(_ identity: ContentIdentity) -> JSONValue {
    .object([
      ("crc32", .string(NumberText.hexadecimal(identity.checksum))),
      ("bytes", .integer(identity.bytes)),
    ])
  }

  private static func json(_ outset: StateOutset) -> JSONValue {
    .object([
      ("kind", .string(outset.kind.rawValue)), ("identity", json(outset.identity)),
      ("rows", .integer(outset.rows)),
    ])
  }

  private static func json(_ input: StateInput) -> JSONValue {
    .object([
      ("rows", .integer(input.rows)), ("bytes_uncompressed", .integer(input.bytes)),
      ("crc32", .string(NumberText.hexadecimal(input.checksum))),
    ])
  }
}
