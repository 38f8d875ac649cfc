import CyclicChecksum
import Foundation
import Learning
import SparseBatches

@testable import Checkpoints
@testable import Featurizing
@testable import ModelFile

/// A model or checkpoint file as bytes, with checksums made right so that what they guard is read.
final class ContainerTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    [[0] + SampleModel.container().encoded(), [7] + SampleModel.container().encoded()]
  }

  /// The lowest bits of the first byte say what of the file is left as it is.
  func run(_ bytes: [UInt8]) {
    guard let flags = bytes.first else { return }
    var file = Array(bytes.dropFirst())
    ChecksumRepair.repair(
      &file, length: flags & 1 == 0, kind: flags & 2 == 0, checksums: flags & 4 == 0)
    expectAnswer { () throws(RunFailure) in
      let container = try Container.decode(file, name: "input")
      precondition(container.encoded() == file, "a container has two encodings")
      _ = try ModelDocument(container)
    }
  }
}

/// Makes a file that looks like a container into one whose checksums are right.
private enum ChecksumRepair {
  static func repair(_ file: inout [UInt8], length: Bool, kind: Bool, checksums: Bool) {
    guard file.count >= 44 else { return }
    let magic: [UInt8] = [0x89, 0x4C, 0x52, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
    file.replaceSubrange(0..<8, with: magic)
    file.replaceSubrange(8..<12, with: [file[8] & 1, 0, 0, 0])
    if kind {
      file.replaceSubrange(12..<16, with: Array((file[12] & 1 == 1 ? "MODL" : "CKPT").utf8))
    }
    if length {
      put(UInt32(file.count), at: 16, in: &file)
      put(0, at: 20, in: &file)
    }
    guard checksums else { return }
    var whole: UInt32 = 0
    func seal(_ range: Range<Int>) {
      put(checksum(0, file[range]), at: range.upperBound, in: &file)
      whole = checksum(whole, file[range])
    }
    seal(0..<28)
    let headerEnd = 32 + Int(word(24, file))
    guard headerEnd + 8 <= file.count else { return }
    seal(32..<headerEnd)
    var position = headerEnd + 4
    while position + 24 <= file.count {
      let count = Int(word(position + 8, file))
      guard word(position + 12, file) == 0, count <= file.count - position - 24 else { return }
      seal(position..<position + 16 + count)
      position += 20 + count
    }
    guard position + 4 == file.count else { return }
    put(whole, at: position, in: &file)
  }

  private static func checksum(_ start: UInt32, _ bytes: ArraySlice<UInt8>) -> UInt32 {
    CRC32.extend(start, bytes.span)
  }

  private static func word(_ offset: Int, _ file: [UInt8]) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(file[offset + $1]) << UInt32(8 * $1) }
  }

  private static func put(_ value: UInt32, at offset: Int, in file: inout [UInt8]) {
    guard offset + 4 <= file.count else { return }
    for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)) }
  }
}

/// A model's header, weights and names, without the container around them.
final class ModelTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    let container = SampleModel.container()
    let sections = container.sections.map { Array($0.data) }
    return [InputParts.joined(Array(container.headerJSON), sections[0], sections[1])]
  }

  func run(_ bytes: [UInt8]) {
    var parts = InputParts(bytes)
    let header = parts.part()
    var sections = [ContainerSection(type: .sparseWeights, data: parts.part())]
    let names = parts.part()
    if !names.isEmpty { sections.append(ContainerSection(type: .featureNames, data: names)) }
    let container = Container(
      kind: .model, headerJSON: header, sections: sections, name: "input")
    expectAnswer { () throws(RunFailure) in
      let document = try ModelDocument(container)
      try use(document)
      let again = try ModelDocument(try document.container(named: "again"))
      precondition(again == document, "a model does not survive being written")
    }
  }

  private func use(_ document: ModelDocument) throws(RunFailure) {
    guard let loss = document.header.loss, document.header.schema.hashing.bits <= 12 else { return }
    let weights = try ModelWeights(
      loss: loss, bits: document.header.schema.hashing.bits, biases: document.header.biases,
      slots: document.weights.slots, outputs: document.weights.outputs,
      weights: document.weights.weights)
    var batch = SparseBatch()
    for slot in 0..<UInt32(8) { batch.addFeature(slot, 1) }
    batch.endRow(label: 0, weight: 1, rowInChunk: 0)
    var scores = GrowableBuffer<Double>()
    weights.predict(batch, into: &scores)
  }
}

/// What a checkpoint says in words, and where a gzip file can be entered again.
final class CheckpointTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    var ledger = Ledger()
    // Three rows of a gzip file, whose end is still to come.
    var half = ReadingPosition()
    half.rows = 3
    half.offset = 30
    half.bytesRead = 40
    var point = GzipRestartPoint()
    point.storedOffset = 20
    point.storedBytesRead = 50
    point.memberBytes = 4
    point.window = [1, 2, 3, 4]
    half.restart = point
    ledger.halfRead = Ledger.HalfRead(
      .file("/a"), path: "a", stamp: FileStamp(size: 90, modified: 3, inode: 2),
      half)
    ledger.halfRead?.restart = point
    let header = CheckpointHeader(
      options: ["bits": "10"], defaults: ["bits"], schema: SampleModel.schema,
      labelConvention: .zeroOne, rows: 9, badRows: ["bad_label": 1], ledger: ledger, isOpen: true,
      quarantine: CheckpointHeader.Quarantine(path: "q", bytes: 7))
    guard let container = try? CheckpointDocument.container(header, [], named: "seed") else {
      return []
    }
    let gzip = container.sections.map { Array($0.data) }.first ?? []
    return [InputParts.joined(Array(container.headerJSON), gzip)]
  }

  func run(_ bytes: [UInt8]) {
    var parts = InputParts(bytes)
    let header = parts.part()
    let gzip = parts.part()
    let sections = gzip.isEmpty ? [] : [ContainerSection(type: .gzipRestart, data: gzip)]
    let container = Container(
      kind: .checkpoint, headerJSON: header, sections: sections, name: "input")
    expectAnswer { () throws(RunFailure) in
      let document = try CheckpointDocument(container)
      let again = try CheckpointDocument(
        try CheckpointDocument.container(document.header, [], named: "again"))
      precondition(again.header == document.header, "a checkpoint does not survive being written")
    }
  }
}

/// A small model to start from.
enum SampleModel {
  static var schema: FeatureSchema {
    let columns: [(String, Column.Role)] = [
      ("label", .label),
      ("a", .numeric(NumericScale(transform: .standardize, mean: 1, standardDeviation: 2))),
      ("b", .categorical), ("w", .weight), ("t", .text),
      ("q", .binned(QuantileBins(edges: [1, 2, 3]))),
      (
        "s",
        .binsAndSlope(
          BinsAndSlope(
            slope: NumericScale(transform: .standardize, mean: 1, standardDeviation: 2),
            logarithm: NumericScale(transform: .symlog, mean: 1, standardDeviation: 2),
            bins: QuantileBins(edges: [1, 2, 3])))
      ),
    ]
    return FeatureSchema(
      source: .csv(
        CSVSchema(
          delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: true,
          label: ByteText("label"), weight: ByteText("w"), missing: .standard, clip: 8, ngrams: 2,
          columns: columns.map {
            Column(name: ByteText($0.0), role: $0.1, reason: .recorded("seed"))
          },
          crosses: [ColumnCross(columns: [1, 2])])),
      hashing: FeatureHashing(bits: 10), labels: .convention)
  }

  static func container() -> Container {
    var header = ModelHeader(
      schema: schema, labelConvention: .zeroOne,
      learner: ModelHeader.Learner(
        loss: "logistic", optimizer: "ftrl", l1: 0, l2: 0,
        online: ModelHeader.Learner.Online(alpha: 0.1, beta: 1, rate: nil, batchSize: 1)),
      passes: ModelHeader.Passes(
        epochs: 1, bestEpoch: nil, shuffleRows: 0, seed: 1, holdout: 0, classWeights: []),
      statistics: ModelHeader.Statistics(), biases: [0.5])
    header.statistics.rows = 5
    var weights = SparseWeights()
    var names = FeatureNames()
    do {
      for slot in [UInt32(1), 7, 900] {
        try weights.append(slot: slot, weight: Float(slot) / 8)
        try names.append(slot: slot, name: Array("name\(slot)".utf8))
      }
      return try ModelDocument(header: header, weights: weights, names: names)
        .container(named: "seed")
    } catch {
      fatalError("the sample cannot be written: \(error)")
    }
  }
}
