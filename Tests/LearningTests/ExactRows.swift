import Foundation
import Learning
import SparseBatches

/// A batch that an array can hold.
final class HeldBatch: Sendable {
  let batch: SparseBatch

  init(_ batch: consuming SparseBatch) { self.batch = batch }
}

/// Rows in memory, cut into batches in some way.
struct HeldRows: RowPasses {
  var batches: [HeldBatch]
  private(set) var passes = 0
  /// What the pass of this number (from 1) does instead of handing over the rows.
  var failure: (pass: Int, error: RunFailure)?

  init(_ batches: [HeldBatch]) { self.batches = batches }

  /// - Parameter lengths: rows of each batch, in turn, again and again; 0 is an empty batch.
  init(_ rows: [ReferenceRow], cutBy lengths: [Int] = [Int.max]) {
    batches = []
    var start = 0
    while start < rows.count {
      let end = start + min(lengths[batches.count % lengths.count], rows.count - start)
      batches.append(HeldBatch(batch(rows[start..<end])))
      start = end
    }
  }

  mutating func pass(
    _ body: (borrowing SparseBatch) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    passes += 1
    if let failure, failure.pass == passes { throw failure.error }
    for held in batches { try body(held.batch) }
  }
}

/// The public data sets beside the package.
enum SharedData {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data").standardized

  static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }

  /// The bytes of a file, decompressed when its name says so.
  static func bytes(_ path: String) throws -> [UInt8] {
    let file = folder.appending(path: path)
    guard path.hasSuffix(".gz") else { return try [UInt8](Data(contentsOf: file)) }
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc", file.path]
    let pipe = Pipe()
    gzip.standardOutput = pipe
    try gzip.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    gzip.waitUntilExit()
    return [UInt8](data)
  }

  /// Rows of a LibSVM file. `label` maps the label as written.
  static func libsvm(_ path: String, label: (Float) -> Float) throws -> HeldRows {
    var batch = SparseBatch()
    let newline = UInt8(ascii: "\n")
    for line in try bytes(path).split(separator: newline) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard let first = fields.first, let value = number(first) else { continue }
      for field in fields.dropFirst() {
        guard let colon = field.firstIndex(of: UInt8(ascii: ":")),
          let slot = number(field[..<colon]), let value = number(field[(colon + 1)...])
        else { continue }
        batch.addFeature(UInt32(slot), value)
      }
      batch.endRow(label: label(value), weight: 1, rowInChunk: batch.rowCount)
    }
    return HeldRows([HeldBatch(batch)])
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Float? {
    // Whole numbers, which most are, without the slow way through text.
    var value = 0
    for byte in bytes {
      guard byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") else {
        return Float(String(decoding: bytes, as: UTF8.self))
      }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return Float(value)
  }
}
