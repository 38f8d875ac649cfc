internal import Configuration
internal import FoundationEssentials
internal import ModelFile
package import Notices
package import SparseBatches

extension Artefact {
  /// Scores the rows of `--check` with the artefact's own runtime.
  ///
  /// - Returns: nil when nothing was asked for.
  /// - Throws: what reading the rows throws; a bug of ours where the artefact predicts something else.
  package func check(_ notices: NoticeBoard) throws(RunFailure) -> CheckOutcome? {
    guard let path = configuration.check else { return nil }
    let rows = try CheckRows(path: path, of: document, model, as: form, notices)
    let folder = try CheckFolder()
    try Self.write(rows.fields, to: "\(folder.path)/rows")
    let run = RuntimeRun(configuration, model, in: folder)
    let finding = try compare(rows, run)
    let outcome = CheckOutcome(
      runtime: run.runtime, rows: rows.count, skipped: rows.skipped, finding: finding)
    try outcome.verify()
    return outcome
  }

  /// Tensors, and tables of indices, hold numbers.
  private var form: CheckRows.Form {
    switch (configuration.target, model.rows) {
    case (.onnx, _), (.sql, .indices): .numbers
    case (.sql, .columns), (.c, _), (.json, _): .texts
    }
  }

  private func compare(
    _ rows: CheckRows, _ run: RuntimeRun
  ) throws(RunFailure) -> CheckOutcome.Finding {
    if let missing = try run.execute() { return .missing(missing) }
    let scores = try Self.doubles(in: run.scoresPath)
    let width = 2 * model.outputs
    guard scores.count == rows.count * width else {
      throw RunFailure(
        .bug, "\(run.runtime) scored \(scores.count / width) of \(rows.count) rows")
    }
    var comparison = ScoreComparison(model.loss)
    for row in 0..<rows.count {
      comparison.add(
        rows.margins[row * model.outputs..<(row + 1) * model.outputs],
        scores[row * width..<(row + 1) * width])
    }
    return .compared(probability: comparison.probability, margin: comparison.margin)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(RunFailure) {
    try AtomicOutput.write(to: path) { output throws(RunFailure) in
      try output.write(bytes.span)
    }
  }

  /// Numbers of 64 bits, little-endian.
  private static func doubles(in path: String) throws(RunFailure) -> [Double] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RunFailure(.bug, "the runtime wrote no scores")
    }
    let bytes = Array(data)
    return (0..<bytes.count / 8).map { index in
      let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[8 * index + $1]) << UInt64(8 * $1) }
      return Double(bitPattern: bits)
    }
  }
}
