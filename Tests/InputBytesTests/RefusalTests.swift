import Foundation
import InputBytes
import SparseBatches
import Testing

/// Every way in which reading ends a run: exit code, what the message names, and a cure.
@Suite struct RefusalTests {
  @Test func missingAndUnreadableInputs() throws {
    let folder = try TemporaryFolder()
    let there = try folder.file("there", [])
    let missing = InputSource.file(folder.url.appendingPathComponent("mis\u{1B}sing").path)
    let first = failure { try read([there, missing]) }
    #expect(first?.kind == .missingInput)
    #expect(first?.message.contains("mis\\x1Bsing: cannot open: No such file") == true)
    #expect(first?.cure != nil)

    let directory = failure { try read([.file(folder.url.path)]) }
    #expect(directory?.kind == .missingInput)
    #expect(directory?.message.contains("Is a directory") == true)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aFileWithoutReadPermission() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("closed", [0x61])
    guard case .file(let path) = source else { return }
    // A path that outlives the call.
    _ = unsafe chmod(path, 0)
    #expect(failure { try read([source]) }?.kind == .missingInput)
  }

  @Test(
    .enabled(
      if: FileManager.default.isReadableFile(atPath: "/proc/self/mem"), "no /proc/self/mem"))
  func readErrorsAreInputOutput() {
    // The kernel answers EIO for the unmapped first page.
    let failure = failure { try read([.file("/proc/self/mem")]) }
    #expect(failure?.kind == .inputOutput)
    #expect(failure?.message.contains("Input/output error") == true)
  }

  @Test func usageErrors() throws {
    #expect(failure { try read([.standardInput, .standardInput]) }?.kind == .usage)
    let folder = try TemporaryFolder()
    let source = try folder.file("a", [0x61])
    for maximum in [0, -1, 1 << 40] {
      let syntax = RowSyntax(kind: .lines(comment: nil), maximumRowBytes: maximum)
      #expect(failure { try read([source], syntax) }?.kind == .usage)
    }
    if !InflateChoice.available.contains(.isal) {
      let failure = failure { try read([source], inflate: .isal) }
      #expect(failure?.kind == .usage)
      #expect(failure?.message.contains("ISA-L") == true)
    }
  }

  static let foreign: [(name: String, bytes: [UInt8])] = [
    ("zstd", [0x28, 0xB5, 0x2F, 0xFD, 0, 0]),
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0]),
    ("bzip2", Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    ("zip", [0x50, 0x4B, 3, 4]),
    ("lz4", [4, 0x22, 0x4D, 0x18]),
    ("compress", [0x1F, 0x9D, 0x90]),
    ("zlib", [0x78, 0x9C, 0x4B, 4, 0, 0]),
  ]

  @Test(arguments: foreign)
  func otherCompressedFormatsAreNamed(name: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let failure = failure { try read([try folder.file("f.csv", bytes)]) }
    #expect(failure?.kind == .badData)
    #expect(failure?.message.contains("compressed with \(name)") == true)
    #expect(failure?.cure?.contains("standard input") == true)
  }

  @Test(arguments: ["BZh9,1\n2,3\n", "x^2\n1\n", "PK,1\n", "x\n"])
  func textThatLooksLikeThemIsRead(text: String) throws {
    let folder = try TemporaryFolder()
    let reading = try read([try folder.file("t.csv", text.utf8)])
    #expect(reading.rows.count == text.count { $0 == "\n" })
  }

  static let damaged: [(what: String, bytes: [UInt8])] = {
    let whole = Gzip.member(Array("1\n2\n".utf8))
    func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
      var bytes = whole
      bytes[index < 0 ? bytes.count + index : index] = value
      return bytes
    }
    return [
      ("member 1: unknown compression method 9", changed(2, 9)),
      ("member 1: reserved header flags are set", changed(3, 0x20)),
      ("member 1: invalid deflate data at compressed byte", changed(10, 7)),
      ("member 1: CRC-32 does not match (stored 0x", changed(-8, whole[whole.count - 8] ^ 1)),
      (
        "member 1: length (ISIZE) does not match (stored 0x00000005, computed 0x00000004)",
        changed(-4, 5)
      ),
      ("member 1: truncated inside the header at compressed byte 5", Array(whole[..<5])),
      ("member 1: truncated inside the compressed data", Array(whole[..<12])),
      ("member 1: truncated inside the trailer", Array(whole.dropLast(3))),
      ("member 1: bytes after the member are neither zeros nor another member", whole + [0, 1]),
      ("member 2: truncated inside the header", whole + [0, 0x1F, 0x8B]),
      ("member 3: CRC-32", whole + whole + changed(-8, whole[whole.count - 8] ^ 1)),
      ("truncated gzip: the file ends inside the magic bytes", [0x1F]),
    ]
  }()

  @Test(arguments: damaged)
  func damageIsNamed(what: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    for backend in InflateChoice.available {
      let source = try folder.file("log.csv.gz", bytes)
      let failure = failure { try read([source], inflate: backend) }
      #expect(failure?.kind == .badData)
      #expect(failure?.message.contains(what) == true, "\(failure?.message ?? "no failure")")
      #expect(failure?.message.contains("log.csv.gz: ") == true)
      #expect(failure?.cure != nil)
    }
  }

  @Test func quotesAndHeadersThatCannotBeFramed() throws {
    let folder = try TemporaryFolder()
    let open = try folder.file("open.csv", Array("a,b\n1,2\n\n3,\"x".utf8))
    let failure1 = failure { try read([open], commaTable) }
    #expect(failure1?.kind == .badData)
    #expect(
      failure1?.message.contains("open.csv: unterminated quote at end of input: row 2, line 4")
        == true)
    let header = try folder.file("header.csv", Array("\n\"a\"b,c\n1,2\n".utf8))
    let failure2 = failure { try read([header], commaTable) }
    #expect(failure2?.kind == .badData)
    #expect(failure2?.message.contains("line 2: the header line cannot be read") == true)
  }
}
