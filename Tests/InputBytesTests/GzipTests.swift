import CZlib
import Foundation
import InputBytes
import SparseBatches
import Testing

let backends = InflateChoice.available

/// Whether all backends take the file and give the same rows, or all refuse it.
///
/// - Returns: the rows' bytes joined; nil when it was refused.
@discardableResult
func readWithAll(_ source: InputSource, chunkBytes: Int = 1 << 16) throws -> Reading? {
  var readings: [Reading?] = []
  for backend in backends {
    do {
      readings.append(try read([source], inflate: backend, chunkBytes: chunkBytes))
    } catch let failure as RunFailure {
      #expect(failure.kind == .badData)
      readings.append(nil)
    }
  }
  #expect(readings.allSatisfy { $0 == readings[0] }, "\(source.displayName)")
  return readings[0]
}

@Suite struct GzipTests {
  static let plain = Array("a,b\n1,2\n3,\"x\ny\"\n".utf8)

  @Test func readsEveryLevelAndStrategyAlike() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 7)
    let text = (0..<20_000).map { _ in
      "\(Int.random(in: 0...999, using: &generator)),\(Int.random(in: 0...9, using: &generator))\n"
    }.joined()
    let expected = try read([try folder.file("plain", text.utf8)])
    #expect(expected.rows.count == 20_000)
    for strategy in [Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED] {
      for level: Int32 in [0, 1, 9] {
        let source = try folder.file(
          "packed", Gzip.member(Array(text.utf8), level: level, strategy: strategy))
        for chunkBytes in [5_000, 1 << 20] {
          let reading = try readWithAll(source, chunkBytes: chunkBytes)
          #expect(reading?.rows == expected.rows, "level \(level), strategy \(strategy)")
          #expect(reading?.summaries.first?.bytesUncompressed == text.utf8.count)
        }
      }
    }
  }

  @Test func readsMembersEmptyMembersAndZeros() throws {
    let folder = try TemporaryFolder()
    let halves = [Array(Self.plain[..<6]), Array(Self.plain[6...])].map { Gzip.member($0) }
    let empty = Gzip.member([])
    let zeros = [UInt8](repeating: 0, count: 700)
    let layouts = [
      halves[0] + halves[1], empty + halves[0] + empty + empty + halves[1] + empty,
      halves[0] + zeros + halves[1] + zeros, halves[0] + halves[1] + [0],
    ]
    let expected = try read([try folder.file("plain", Self.plain)], commaTable)
    for layout in layouts {
      for backend in backends {
        for chunkBytes in 1...7 {
          let source = try folder.file("members", layout)
          let reading = try read([source], commaTable, inflate: backend, chunkBytes: chunkBytes)
          #expect(reading.rows == expected.rows)
          #expect(reading.headers == expected.headers)
          #expect(reading.summaries[0].bytes == layout.count)
        }
      }
    }
    #expect(try readWithAll(try folder.file("empty", empty))?.rows.isEmpty == true)
  }

  @Test func readsAllHeaderFields() throws {
    let folder = try TemporaryFolder()
    let extra: [UInt8] = [3, 0, 1, 2, 3]
    let name = [UInt8](repeating: 0x6E, count: 600_000) + [0]
    let head: [UInt8] = [0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 255]
    let checksum = Gzip.word(Gzip.checksum(head + extra + name + name))[..<2]
    let whole = Gzip.member(Self.plain, flags: 0x1E, extra: extra + name + name + checksum)
    let reading = try readWithAll(try folder.file("fields", whole))
    #expect(reading?.rows.count == 4)
    var broken = whole
    broken[10 + extra.count + 2 * name.count] ^= 1
    let source = try folder.file("broken", broken)
    let failure = failure { try read([source]) }
    #expect(failure?.message.contains("gzip member 1: header checksum does not match") == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let folder = try TemporaryFolder()
    let whole = Gzip.member(Self.plain) + Gzip.member(Array("z\n".utf8))
    let first = Gzip.member(Self.plain).count
    for length in 1..<whole.count where length != first {
      let source = try folder.file("cut", whole[..<length])
      #expect(try readWithAll(source) == nil, "\(length) bytes")
    }
  }

  @Test func everyBitFlipIsRefusedOrHarmlessAlike() throws {
    let folder = try TemporaryFolder()
    let text = Array((0..<60).map { "row \($0 * 7919 % 101),\($0)\n" }.joined().utf8)
    let expected = try read([try folder.file("plain", text)]).rows
    for level: Int32 in [0, 6] {
      let whole = Gzip.member(text, level: level)
      for bit in 0..<(whole.count * 8) {
        var flipped = whole
        flipped[bit / 8] ^= 1 << (bit % 8)
        // Without the magic bytes a file is plain text; time and system may be anything.
        if bit < 16 || (32..<80).contains(bit) || (24..<29).contains(bit) { continue }
        let reading = try readWithAll(try folder.file("flipped", flipped))
        #expect(reading == nil || reading?.rows == expected, "level \(level), bit \(bit)")
      }
    }
  }

  @Test(.enabled(if: Shared.has("gz-mutants"), "the shared suites are not here"))
  func mutants() throws {
    let whole: Set = [
      "ok.gz", "multi.gz", "multi_empty_mid.gz", "empty_member.gz", "empty_file.gz", "hdr_all.gz",
      "hdr_longname.gz", "trail_zeros.gz", "trail_zeros_then_member.gz", "plain_text.gz",
      "plain.csv",
    ]
    let files = try Shared.files(in: "gz-mutants").filter {
      ["gz", "csv"].contains($0.pathExtension)
    }
    #expect(files.count == 31)
    for file in files {
      let reading = try readWithAll(.file(file.path))
      #expect((reading != nil) == whole.contains(file.lastPathComponent), "\(file.path)")
    }
    let rows = try files.filter { ["ok.gz", "multi.gz"].contains($0.lastPathComponent) }
      .map { try read([.file($0.path)]).rows }
    let plain = try read([.file(Shared.folder.appendingPathComponent("gz-mutants/plain.csv").path)])
    #expect(rows.allSatisfy { $0 == plain.rows })
  }

  @Test(
    .enabled(if: Shared.has("go-fuzz-corpus"), "the shared suites are not here"),
    arguments: ["gzip", "flate"])
  func fuzzCorpus(kind: String) throws {
    let folder = try TemporaryFolder()
    var taken = 0
    for file in try Shared.files(in: "go-fuzz-corpus/\(kind)/corpus") {
      let bytes = [UInt8](try Data(contentsOf: file))
      let source = try folder.file(
        "fuzz", kind == "gzip" ? bytes : Gzip.frame(bytes, inflateByZlib(bytes)))
      for chunkBytes in [1, 100, 1 << 16] {
        taken += try readWithAll(source, chunkBytes: chunkBytes) == nil ? 0 : 1
      }
    }
    #expect(taken > 0)
  }

  /// What zlib gets out of raw deflate, whether or not the stream is whole.
  private func inflateByZlib(_ deflated: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    var output = [UInt8](repeating: 0, count: 1 << 20)
    var input = deflated + [0]
    let started = unsafe inflateInit2_(
      &stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(started == Z_OK)
    defer { unsafe inflateEnd(&stream) }
    let capacity = output.count
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(deflated.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(capacity)
        _ = unsafe inflate(&stream, Z_FINISH)
      }
    }
    return unsafe Array(output[..<(capacity - Int(stream.avail_out))])
  }
}
