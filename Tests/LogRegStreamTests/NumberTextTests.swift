import Foundation
import Glibc
import LogRegStream
import Testing

@testable import Notices

/// Numbers are written with a point whatever the locale of the process is.
@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, "0", "0.00"), (1.5, "1.5", "1.50"), (-0.125, "-0.125", "-0.12"), (1e21, "1e+21", nil),
    (123_456_789.5, "123456790", "123456789.50"), (.infinity, "inf", "inf"), (.nan, "nan", "nan"),
    (.leastNonzeroMagnitude, "4.94065646e-324", "0.00"), (999_999_999.9, "1e+09", "999999999.90"),
  ])
  func knownValues(value: Double, nineDigits: String, twoDecimals: String?) {
    #expect(NumberText.nineDigits(value) == nineDigits)
    if let twoDecimals { #expect(NumberText.fixed(value, 2) == twoDecimals) }
  }

  /// In a process of its own, because a locale is the whole process's.
  @Test(.enabled(if: CommaLocale.isHere, "no locale with decimal commas is there or can be made"))
  func aHostsLocaleChangesNoDigit() async {
    await #expect(processExitsWith: .success) {
      let values = Self.values(300_000)
      // What C writes in its own locale, with which every process starts.
      let expected = values.map { (Self.printed("%.9g", $0), Self.printed("%.3f", $0)) }
      try CommaLocale.set()
      try #require(Self.printed("%.1f", 0.5) == "0,5")
      for (value, (nineDigits, fixed)) in zip(values, expected) {
        guard NumberText.nineDigits(value) == nineDigits, NumberText.fixed(value, 3) == fixed
        else { throw Differs(value: value) }
      }
      // The locale is still the host's.
      try #require(Self.printed("%.1f", 0.5) == "0,5")
    }
  }

  @Test(.enabled(if: CommaLocale.isHere, "no locale with decimal commas is there or can be made"))
  func aHostsLocaleChangesNoByteOfModelAndPredictions() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("logreg-stream-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let before = try Self.outputs(in: folder)
      try CommaLocale.set()
      let after = try Self.outputs(in: folder)
      try #require(before.predictions == after.predictions && before.model == after.model)
      try #require(before.drawing == after.drawing && before.drawing.contains("<svg"))
      try #require(before.predictions.contains(Character("5")))
    }
  }

  private struct Differs: Error { let value: Double }

  /// Numbers of every size, and as many of the sizes that are shown most.
  private static func values(_ count: Int) -> [Double] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { index -> Double in
      guard index % 2 == 1 else { return Double(bitPattern: generator.next()) }
      let size = pow(10.0, Double(index % 13 - 6))
      return Double.random(in: -1...1, using: &generator) * size
    }
  }

  /// As C's own printf has it, in the locale of the process.
  private static func printed(_ format: String, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    // Proof: at most as many bytes are written as the buffer has, the last of them a NUL.
    return unsafe withVaList([value]) { unsafe vsnprintf(&buffer, buffer.count, format, $0) } >= 0
      ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : ""
  }

  /// A training with a report, and predictions as CSV from its model.
  private static func outputs(
    in folder: URL
  ) throws -> (model: Data, predictions: String, drawing: Substring) {
    let rows = folder.appendingPathComponent("rows.csv")
    let lines = (0..<400).map { row -> String in
      let amount = row * 7919 % 101
      return "\(amount > 60 ? 1 : 0),\(amount).25,c\(row % 4)"
    }
    try ("label,amount,color\n" + lines.joined(separator: "\n")).write(
      to: rows, atomically: false, encoding: .utf8)
    let model = folder.appendingPathComponent("m.lrs")
    let report = folder.appendingPathComponent("m.html")
    let silent = NoticeBoard { _ in }
    let input = InputConfiguration(files: [rows.path], threads: 1)
    var training = TrainingConfiguration(input: input)
    training.model = .file(model.path)
    training.report = report.path
    _ = try Train.run(
      training, notices: silent, progress: ProgressReporter(style: .none) { _ in })
    var prediction = PredictionConfiguration(input: input, model: model.path)
    prediction.output.form = .csv
    let output = folder.appendingPathComponent("predictions.csv")
    // Predictions go to standard output, which is this process's own.
    let kept = dup(STDOUT_FILENO)
    let file = unsafe open(output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(kept >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0)
    defer {
      dup2(kept, STDOUT_FILENO)
      close(kept)
      close(file)
    }
    _ = try Predict.run(
      prediction, notices: silent, progress: ProgressReporter(style: .none) { _ in })
    let page = try String(contentsOf: report, encoding: .utf8)
    return (
      try Data(contentsOf: model), try String(contentsOf: output, encoding: .utf8),
      page[(page.range(of: "<svg")?.lowerBound ?? page.endIndex)...]
    )
  }
}

/// A locale that writes 0.5 as 0,5.
enum CommaLocale {
  struct CannotBeSet: Error {}

  /// Whether this machine has such a locale, or can make one.
  static let isHere: Bool = {
    // Looks without setting anything for the process.
    if let there = unsafe newlocale(1 << LC_NUMERIC, german, nil) {
      unsafe freelocale(there)
      return true
    }
    guard let folder = try? made() else { return false }
    try? FileManager.default.removeItem(at: folder)
    return true
  }()

  private static let german = "de_DE.UTF-8"
  private static let name = "decimal_comma"

  /// Makes it the locale of this process.
  static func set() throws {
    if unsafe setlocale(LC_ALL, german) != nil { return }
    let folder = try made()
    defer { try? FileManager.default.removeItem(at: folder) }
    unsafe setenv("LOCPATH", folder.path, 1)
    guard unsafe setlocale(LC_NUMERIC, name) != nil else { throw CannotBeSet() }
  }

  /// - Returns: a folder with a locale that has nothing but a comma for a point.
  private static func made() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("logreg-stream-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = folder.appendingPathComponent("source")
    try """
    LC_NUMERIC
    decimal_point "<U002C>"
    thousands_sep "<U002E>"
    grouping 3;3
    END LC_NUMERIC

    """.write(to: source, atomically: false, encoding: .utf8)
    let maker = Process()
    maker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // It warns of all that is left out.
    maker.arguments = [
      "localedef", "-c", "--no-archive", "-i", source.path, "\(folder.path)/\(name)",
    ]
    maker.standardOutput = FileHandle.nullDevice
    maker.standardError = FileHandle.nullDevice
    try maker.run()
    maker.waitUntilExit()
    guard FileManager.default.fileExists(atPath: "\(folder.path)/\(name)/LC_NUMERIC") else {
      try? FileManager.default.removeItem(at: folder)
      throw CannotBeSet()
    }
    return folder
  }
}
