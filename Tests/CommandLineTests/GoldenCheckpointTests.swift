import Checkpoints
import Foundation
import InputBytes
import ModelFile
import SparseBatches
import Testing

/// Directories of checkpoints that earlier programs wrote go on with this one, or are refused by name.
@Suite struct GoldenCheckpointTests {
  private static let golden = Samples.packageRoot
    .appendingPathComponent("Tests/CommandLineTests/Golden").path

  /// As `version-2/ftrl-csv`.
  static let directories: [String] = {
    let names = { (folder: String) in
      (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
    }
    let versions = names(golden).filter { $0.hasPrefix("version-") }
    return versions.flatMap { version in
      names("\(golden)/\(version)").map { "\(version)/\($0)" }
    }
  }()

  private func lines(_ workspace: Workspace, _ name: String) throws -> [String] {
    let text = String(decoding: try workspace.read(name), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  /// Makes the half-read file of a checkpoint the one that is here: a copy is another file, and would
  /// be read again from its start. All else stays as the earlier program wrote it.
  private func adopt(_ input: String, _ workspace: Workspace) throws {
    let name = try #require(
      try workspace.names(in: "state").first { $0.hasSuffix(".partial.lrs") })
    let checkpoint = "\(workspace.path)/state/\(name)"
    let path = "\(workspace.path)/\(input)"
    let document = try CheckpointDocument.read(from: checkpoint)
    var header = document.header
    #expect(header.ledger.halfRead?.restart != nil)
    header.ledger.halfRead?.source = .file(path)
    header.ledger.halfRead?.stamp = FileStamp(path: path)
    var container = document.container
    container.headerJSON =
      try CheckpointDocument.container(header, [], named: checkpoint).headerJSON
    try container.write(toFile: checkpoint)
  }

  @Test func everyKindIsThere() {
    let kinds = [
      "ftrl-csv", "ftrl-gzip-half", "ftrl-schema", "sgd-vw", "adagrad-libsvm",
      "softmax-stream-half", "sampled-stream", "ftrl-epochs", "newton-csv", "lbfgs-gzip",
    ]
    for version in 2...3 {
      for kind in kinds { #expect(Self.directories.contains("version-\(version)/\(kind)")) }
    }
    for kind in ["ftrl-gzip-entered-half", "lbfgs-midway"] {
      #expect(Self.directories.contains("version-3/\(kind)"))
    }
  }

  /// What the defaults were when the directories were made.
  private static func optionsThen(_ arguments: [String]) -> [String] {
    var then = ["--calibrate-on", "holdout"]
    let optimizer =
      arguments.firstIndex(of: "--optimizer").map { arguments[$0 + 1] } ?? "ftrl"
    if ["ftrl", "sgd", "adagrad"].contains(optimizer) { then += ["--average", "none"] }
    if optimizer == "ftrl", !arguments.contains("--alpha") { then += ["--alpha", "0.1"] }
    if let rate = ["sgd": "0.05", "adagrad": "0.1"][optimizer],
      !arguments.contains("--learning-rate"), !arguments.contains("optimal")
    {
      then += ["--learning-rate", rate]
    }
    return then
  }

  @Test(arguments: directories)
  func goesOnToTheSameModel(_ directory: String) throws {
    let workspace = try Workspace()
    try #require(
      try workspace.shell(
        "cp -r \(Self.golden)/inputs/. . && cp -r \(Self.golden)/\(directory)/. ."
      )
      .status == 0)
    let arguments = try lines(workspace, "arguments")
    let inputs = try lines(workspace, "inputs")
    let input: Stream =
      workspace.exists("stdin") ? .file(try lines(workspace, "stdin")[0]) : .null
    let inspected = try workspace.inspected("state")
    let options = try #require(inspected["options"] as? [String: String])
    #expect(options["bits"] == "10")
    let then = Self.optionsThen(arguments)
    func train(_ state: String, _ model: String, _ more: [String] = []) throws -> Outcome {
      try workspace.run(
        ["train", "--checkpoint", state, "-o", model] + then + more + arguments + inputs,
        input: input)
    }
    let isOnline = ["epochs", "newton", "lbfgs", "softmax"].allSatisfy { !directory.contains($0) }
    if isOnline, !arguments.contains("--holdout"), !arguments.contains("--calibrator") {
      let now = try workspace.run(
        ["train", "--checkpoint", "state", "-o", "x.lrs"] + arguments + inputs, input: input)
      #expect(now.status == 64, "\(now.errors)")
      #expect(now.errors.contains("--calibrate-on is stream and was holdout"), "\(now.errors)")
    }
    let isEntered = directory.contains("gzip-entered")
    if isEntered { try adopt(inputs[0], workspace) }
    let resumed = try train("state", "resumed.lrs", ["--verbose"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    let isHalf = directory.hasSuffix("-half")
    #expect(resumed.errors.contains("going on in") == isHalf, "\(resumed.errors)")
    #expect(resumed.errors.contains("the gzip file was entered") == isEntered, "\(resumed.errors)")
    let isMidway = directory.hasSuffix("-midway")
    #expect(resumed.errors.contains("going on after iteration") == isMidway, "\(resumed.errors)")
    // The directory keeps the missing texts and the transforms that were the default then; other
    // formats have none.
    let hasTodays = options["missing"]?.contains("#NA") ?? false
    let missing = ["--missing", ",NA,N/A,NaN,nan,NULL,null,None,\\N,?"]
    let columns = try workspace.inspected("resumed.lrs")["columns"] as? [[String: Any]] ?? []
    let transforms = columns.compactMap { column in
      (column["transform"] as? String).map { "\(column["name"] ?? "")=\($0)" }
    }
    #expect(transforms.allSatisfy { !$0.hasSuffix("=bins+slope") })
    var fresh = try train(
      "other", "fresh.lrs",
      (hasTodays ? [] : missing) + transforms.flatMap { ["--numeric-transform", $0] })
    if fresh.status == 64 { fresh = try train("other", "fresh.lrs") }
    #expect(fresh.status == 0, "\(fresh.errors)")
    // A profile knows the rows from the old program's checkpoint on; all else is the same.
    let script =
      "logreg-stream inspect --weights $1.lrs | cksum; logreg-stream inspect --json $1.lrs"
    func described(_ name: String) throws -> (weights: String, json: NSDictionary) {
      let outcome = try workspace.shell("set -- \(name); \(script)")
      let lines = outcome.text.split(separator: "\n", maxSplits: 1)
      var json = try #require(
        try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
      json["profile"] = nil
      return (String(lines[0]), NSDictionary(dictionary: json))
    }
    let (old, new) = (try described("resumed"), try described("fresh"))
    #expect(old.weights == new.weights && old.json == new.json)
    // And what decides is compared.
    let other = try workspace.run(
      ["train", "--checkpoint", "state", "-o", "x.lrs", "--hash-seed", "7"] + then + arguments
        + inputs, input: input)
    #expect(other.status == 64 && other.errors.contains("--hash-seed is 7 and was 0"))
  }
}
