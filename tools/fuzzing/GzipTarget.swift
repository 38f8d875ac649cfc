import Foundation
import Glibc
import SparseBatches

@testable import InputBytes

/// A gzip file, read by both inflaters: they accept and refuse the same.
final class GzipTarget: FuzzTarget {
  private let descriptor: Int32
  private var output = [UInt8](repeating: 0, count: 4096)

  init() {
    var name = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
    // Proof: the template is a NUL-terminated array of ours that the call fills in.
    descriptor = unsafe mkstemp(&name)
    precondition(descriptor >= 0, "no file in memory")
    unsafe _ = unlink(name)
  }

  var seeds: [[UInt8]] {
    // A fixed block, a stored one, an empty member and a header with all fields.
    let texts = ["H4sIAAAAAAAAA0vkAgAHoerdAgAAAA==", "H4sIAAAAAAAAAwMAAAAAAAAAAAA="]
    var files = texts.compactMap { Data(base64Encoded: $0).map(Array.init) }
    files.append(
      [0x1F, 0x8B, 8, 0x1C, 0, 0, 0, 0, 0, 3, 2, 0, 1, 2, 97, 0, 98, 0]
        + [1, 2, 0, 0xFD, 0xFF, 97, 10, 0x07, 0xA1, 0xEA, 0xDD, 2, 0, 0, 0])
    if let both = files.first { files.append(both + [0, 0] + both) }
    return files
  }

  func run(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return }
    let file = [0x1F, 0x8B] + bytes.dropFirst(2)
    _ = ftruncate(descriptor, 0)
    _ = unsafe pwrite(descriptor, file, file.count, 0)
    var results: [(bytes: Int, isWhole: Bool)] = []
    for choice in InflateChoice.available { results.append(inflate(choice)) }
    for other in results.dropFirst() {
      precondition(other == results[0], "the inflaters differ: \(results)")
    }
  }

  private func inflate(_ choice: InflateChoice) -> (bytes: Int, isWhole: Bool) {
    _ = lseek(descriptor, 0, SEEK_SET)
    var (total, isWhole) = (0, false)
    expectAnswer { () throws(RunFailure) in
      let stored = StoredBytes(
        descriptor: descriptor, name: "input", closesDescriptor: false, interruption: nil)
      let bytes = try UncompressedBytes(stored, keepsChecksum: true, restartSpacing: 16) {
        () throws(RunFailure) in try choice.makeInflater()
      }
      while total < 1 << 20 {
        let count = try unsafe output.withUnsafeMutableBufferPointer { buffer throws(RunFailure) in
          try unsafe bytes.read(into: buffer)
        }
        if count == 0 { break }
        total += count
      }
      isWhole = true
      if let point = bytes.restartPoint { precondition(point.isPossible, "an impossible point") }
    }
    // How far a damaged file was read before the damage was seen may differ.
    return (isWhole ? total : 0, isWhole)
  }
}
