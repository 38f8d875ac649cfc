import Checkpoints
import Foundation
import ModelFile
import SparseBatches
import Testing

/// The restart point of a half-read gzip file, in a checkpoint.
@Suite struct GzipRestartTests {
  private static func point() -> GzipRestartPoint {
    var point = GzipRestartPoint()
    point.storedOffset = 9_000
    point.unusedBits = 3
    point.member = 2
    point.memberBytes = 40_000
    point.memberChecksum = 0xFEDC_BA98
    point.bytesBefore = 1_234
    point.checksumBefore = 17
    point.window = (0..<GzipRestartPoint.windowBytes).map { UInt8(truncatingIfNeeded: $0 * 31) }
    point.storedBytesRead = 9_500
    point.storedChecksum = 99
    return point
  }

  private static func header(_ restart: GzipRestartPoint?) -> CheckpointHeader {
    var position = ReadingPosition()
    position.offset = 50_000
    position.bytesRead = 50_010
    position.restart = restart
    var header = Sample.header(rows: 5)
    header.ledger.halfRead = Ledger.HalfRead(
      .file("/logs/a.gz"), path: "a.gz", stamp: FileStamp(size: 10_000, modified: 1, inode: 2),
      position)
    return header
  }

  /// What is read back of a checkpoint, after `change`.
  private func stored(
    _ header: CheckpointHeader, change: (inout Container) -> Void = { _ in }
  ) throws -> CheckpointHeader {
    let scratch = try Scratch()
    let path = "\(scratch.path)/checkpoint-0000000001.partial.lrs"
    var container = try CheckpointDocument.container(header, [], named: path)
    change(&container)
    try container.write(toFile: path)
    return try CheckpointDocument.read(from: path).header
  }

  private func isRefused(_ body: () throws -> CheckpointHeader) -> Bool {
    do {
      _ = try body()
      return false
    } catch {
      return (error as? RunFailure)?.kind == .badData
    }
  }

  @Test func comesBackAsItWas() throws {
    let header = Self.header(Self.point())
    let found = try stored(header)
    #expect(found == header)
    #expect(found.ledger.halfRead?.position.restart == Self.point())
    #expect(try stored(Self.header(nil)).ledger.halfRead?.restart == nil)
    // Without it the file is read again: nothing else is missing.
    let without = try stored(header) { $0.sections.removeAll() }
    #expect(without == Self.header(nil))
  }

  @Test func everyImpossiblePointIsRefused() throws {
    let changes: [(inout GzipRestartPoint) -> Void] = [
      { $0.storedOffset = -1 }, { $0.storedOffset = 9 }, { $0.storedOffset = 9_501 },
      { $0.storedOffset = .max }, { $0.unusedBits = 8 }, { $0.unusedBits = 255 },
      { $0.member = 0 }, { $0.member = .min }, { $0.memberBytes = -1 },
      { $0.memberBytes = 32_000 }, { $0.memberBytes = .max }, { $0.memberBytes = 48_767 },
      { $0.bytesBefore = .max }, { $0.bytesBefore = -40_000 }, { $0.bytesBefore = 10_001 },
      { $0.window.removeLast() }, { $0.window.append(0) }, { $0.window = [] },
      { $0.storedBytesRead = 10_001 }, { $0.storedBytesRead = 8_999 },
      { $0.storedBytesRead = .min },
    ]
    for (index, change) in changes.enumerated() {
      var point = Self.point()
      change(&point)
      var header = Self.header(Self.point())
      header.ledger.halfRead?.restart = point
      #expect(throws: RunFailure.self, "change \(index) is not written") {
        try CheckpointDocument.container(header, [], named: "c")
      }
      let isRefused = isRefused {
        try stored(Self.header(Self.point())) {
          $0.sections = GzipRestartPoint.sections(of: header.ledger)
        }
      }
      #expect(isRefused, "change \(index)")
    }
  }

  /// Older programs wrote a point for a file that a shell had opened as standard input.
  @Test func aPointOfAPipeIsNotTaken() throws {
    var pipe = Self.header(nil)
    pipe.ledger.halfRead?.stamp = nil
    let found = try stored(pipe) {
      $0.sections = GzipRestartPoint.sections(of: Self.header(Self.point()).ledger)
    }
    #expect(found == pipe)
    pipe.ledger.halfRead?.restart = Self.point()
    #expect(throws: RunFailure.self) { try CheckpointDocument.container(pipe, [], named: "c") }
  }

  @Test func everyCutAndEveryExcessIsRefused() throws {
    let header = Self.header(Self.point())
    for length in Array(0..<61) + [62, 1_000, 32_828] {
      let found = isRefused {
        try stored(header) { $0.sections[0].data = $0.sections[0].data.prefix(length) }
      }
      #expect(found, "\(length) bytes")
    }
    #expect(isRefused { try stored(header) { $0.sections[0].data.append(0) } })
    // A point for an input that is not there.
    let section = try CheckpointDocument.container(header, [], named: "c").sections[0]
    #expect(
      isRefused { try stored(Sample.header(rows: 5)) { $0.sections = [section] } })
  }
}
