import Foundation
import Testing

/// A directory for one test, gone with it, and the program run inside.
final class Workspace: Sendable {
  let path: String

  init() throws {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    let directory = base.appendingPathComponent("logreg-stream-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    path = directory.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  // MARK: Files

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Data(text.utf8))
  }

  @discardableResult
  func write(_ name: String, _ bytes: Data) throws -> String {
    try bytes.write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return name
  }

  func read(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: name.hasPrefix("/") ? name : "\(path)/\(name)"))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

  /// Names in a directory inside.
  func names(in directory: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(directory)"))
  }

  /// Names in the directory, dot files included.
  func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path))
  }

  // MARK: Programs

  func run(
    _ arguments: String..., input: Stream = .null, terminalErrors: Bool = false,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(
      arguments, input: input, terminalErrors: terminalErrors, environment: environment)
  }

  func run(
    _ arguments: [String], input: Stream = .null, terminalErrors: Bool = false,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let place: Stream =
      if case .file(let name) = input, !name.hasPrefix("/") {
        .file("\(path)/\(name)")
      } else {
        input
      }
    return try Program.run(
      Program.path, arguments, in: path, input: place, terminalErrors: terminalErrors,
      environment: environment)
  }

  /// Runs a script with the program on the path as `logreg-stream`; any failure in it ends it.
  func shell(
    _ script: String, environment: [String: String] = [:], program: String = Program.path
  ) throws -> Outcome {
    let folder = URL(fileURLWithPath: program).deletingLastPathComponent().path
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try Program.run(
      "/bin/bash", ["-euo", "pipefail", "-c", script], in: path,
      environment: ["PATH": "\(folder):\(search)"].merging(environment) { $1 })
  }

  /// Trains on a small table: few slots and one thread, which is all it needs.
  func train(
    _ arguments: String..., model: String = "m.lrs", input: Stream = .null
  ) throws -> Outcome {
    try run(Self.trainArguments(arguments) + ["-o", model, "--json"] + arguments, input: input)
  }

  private static func trainArguments(_ arguments: [String]) -> [String] {
    ["train"] + unless(arguments, give: ["--bits", "10"], ["--threads", "1"])
  }

  /// Options that hold where a test says nothing else: none may be given twice.
  static func unless(_ arguments: [String], give options: [String]...) -> [String] {
    options.filter { option in
      !arguments.contains { $0 == option[0] || $0.hasPrefix(option[0] + "=") }
    }.flatMap(\.self)
  }

  /// Trains as `train` does, but a failure fails the test.
  ///
  /// - Returns: the figures of `--json`.
  @discardableResult
  func trained(_ arguments: String..., model: String = "m.lrs") throws -> [String: Any] {
    try trained(list: arguments, model: model)
  }

  @discardableResult
  func trained(list arguments: [String], model: String = "m.lrs") throws -> [String: Any] {
    let outcome = try run(Self.trainArguments(arguments) + ["-o", model, "--json"] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  /// Trains on rows or with options that cannot be had: there must be an error and no model.
  ///
  /// - Returns: what was said.
  @discardableResult
  func refusal(
    of arguments: String..., status: Int32 = 64, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    try refusal(list: arguments, status: status, sourceLocation: sourceLocation)
  }

  @discardableResult
  func refusal(
    list arguments: [String], status: Int32 = 64,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try run(
      ["train", "--bits", "10", "--threads", "1", "-o", "refused.lrs"] + arguments)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(!exists("refused.lrs"), sourceLocation: sourceLocation)
    return outcome.errors
  }

  /// What `inspect --json` says of a model.
  func inspected(_ model: String = "m.lrs") throws -> [String: Any] {
    let outcome = try run("inspect", "--json", model)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  /// Predictions as the lines of `predict`.
  func predicted(_ arguments: String..., model: String = "m.lrs") throws -> [String] {
    let standard = Self.unless(arguments, give: ["--threads", "1"])
    let outcome = try run(["predict", "-m", model] + standard + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.lines
  }
}
