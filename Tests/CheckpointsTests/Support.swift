import Checkpoints
import Featurizing
import Foundation
import ModelFile
import SparseBatches

/// A directory for one test, gone with it.
final class Scratch {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoints-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}

enum Sample {
  static func header(rows: Int) -> CheckpointHeader {
    CheckpointHeader(
      options: ["l1": "0"], defaults: ["l1"],
      schema: FeatureSchema(
        source: .vw, hashing: FeatureHashing(bits: 10, seed: 0), labels: .convention),
      labelConvention: .zeroOne, rows: rows, badRows: ["bad_label": 1], ledger: Ledger(),
      isOpen: true, quarantine: CheckpointHeader.Quarantine(path: "bad.csv", bytes: 7))
  }

  static func save(
    _ number: Int, isPartial: Bool = false, in directory: CheckpointDirectory, keep: Int = 2
  ) throws {
    let file = CheckpointFile(number: number, isPartial: isPartial, in: directory.path)
    let container = try CheckpointDocument.container(
      header(rows: number), [], named: file.path)
    try directory.save(container, file, keep: keep)
  }
}
