import CZlib
import Foundation
import InputBytes
import SparseBatches
import Testing

/// Gzip files entered again in their middle.
@Suite struct RestartPointTests {
  /// A file read by one inflater: its rows, the place behind each chunk, and how it ended.
  private struct Whole {
    var rows: [[[UInt8]]] = []
    var places: [ReadingPosition] = []
    var ending: InputEnding?
    var resumption: RowReader.Resumption?

    /// For each restart point the last place that has it, with its index: the most to inflate
    /// again.
    var restarts: [(index: Int, place: ReadingPosition)] {
      var found: [(index: Int, place: ReadingPosition)] = []
      for (index, place) in places.enumerated().dropLast() where place.restart != nil {
        if found.last?.place.restart == place.restart { found.removeLast() }
        found.append((index, place))
      }
      return found
    }
  }

  private func read(
    _ source: InputSource, inflate: InflateChoice, chunkBytes: Int, start: RowReader.Start? = nil
  ) throws -> Whole {
    let reader = try RowReader(
      sources: [source], inflate: inflate, chunkBytes: chunkBytes, start: start,
      keepsChecksums: true
    ) { _ in }
    reader.syntax = RowSyntax(
      kind: .delimited(delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), hasHeader: true))
    var whole = Whole()
    var chunk = RowChunk(capacity: 64)
    while try reader.fill(&chunk) {
      whole.rows.append((0..<chunk.rows.count).map { chunk.copy(of: chunk.rows[$0]) })
      whole.places.append(chunk.position)
      whole.ending = chunk.endings.first
    }
    whole.resumption = reader.resumption
    return whole
  }

  private func stamp(_ source: InputSource) -> FileStamp? {
    guard case .file(let path) = source else { return nil }
    return FileStamp(path: path)
  }

  /// Rows that refer back, near and far, and rows with line ends inside quotes.
  private static func table(bytes: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(state: seed)
    var text = Array("a,b\n".utf8)
    var starts: [Int] = []
    while text.count < bytes {
      starts.append(text.count)
      let far = starts[Int.random(in: 0..<starts.count, using: &generator)]
      let copy = far < text.count - 60 ? Array(text[far..<far + 60]) : []
      let words = copy.filter { $0 >= UInt8(ascii: "0") && $0 != UInt8(ascii: "\"") }
      text += Array("\(UInt32.random(in: 0...999_999, using: &generator)),\"x\n".utf8)
      text += words + Array("\"\n".utf8)
    }
    return text
  }

  private static let plain = table(bytes: 90_000, seed: 3)

  /// Small blocks; large ones; stored and fixed ones; many members, empty ones and zeros among
  /// them.
  private static let layouts: [(name: String, bytes: [UInt8])] = {
    let half = plain.count / 2 + 7
    let tiny = stride(from: 0, to: plain.count, by: 3_001).flatMap {
      Gzip.member(Array(plain[$0..<min($0 + 3_001, plain.count)]))
    }
    return [
      ("small blocks", Gzip.member(plain, memory: 1)),
      ("large blocks", Gzip.member(plain, level: 9, memory: 6)),
      ("stored", Gzip.member(plain, level: 0)),
      ("fixed", Gzip.member(plain, strategy: Z_FIXED, memory: 1)),
      (
        "members",
        Gzip.member(Array(plain[..<half]), memory: 1) + Gzip.member([])
          + [UInt8](repeating: 0, count: 99)
          + Gzip.member(Array(plain[half...]), level: 1, memory: 2)
      ),
      ("many members", tiny),
    ]
  }()

  @Test(arguments: layouts.indices)
  func everyRestartPointGivesTheRest(_ layout: Int) throws {
    let (name, bytes) = Self.layouts[layout]
    let folder = try TemporaryFolder()
    let source = try folder.file("packed.gz", bytes)
    for writing in backends {
      // With such chunks nearly every block, and every member, gives a restart point.
      let whole = try read(source, inflate: writing, chunkBytes: 20)
      let restarts = whole.restarts
      #expect(!restarts.isEmpty, "\(name)")
      if name == "small blocks" { #expect(restarts.count > 50) }
      for (index, place) in restarts {
        for reading in backends {
          for chunkBytes in [1, 5_000] where chunkBytes > 1 || index % 16 == 0 {
            let start = RowReader.Start(position: place, trustedStamp: stamp(source))
            let rest = try read(source, inflate: reading, chunkBytes: chunkBytes, start: start)
            let restart = try #require(place.restart)
            #expect(rest.resumption == .entered(bytesBefore: place.offset - restart.offset))
            let expected = whole.rows[(index + 1)...].joined()
            #expect(rest.rows.joined().elementsEqual(expected), "\(name)")
            #expect(rest.ending == whole.ending)
            // It goes on from a restart point, too.
            #expect(rest.places.first?.restart != nil)
          }
        }
      }
    }
  }

  @Test func theInflatersAgreeOnThePoints() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in Self.layouts {
      let source = try folder.file("packed.gz", bytes)
      let points = try backends.map { backend in
        try read(source, inflate: backend, chunkBytes: 100).restarts.map { $0.place.restart }
      }
      #expect(points.allSatisfy { $0 == points[0] && !$0.isEmpty }, "\(name)")
    }
  }

  @Test func pointsAreAsFarApartAsAsked() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("packed.gz", Gzip.member(Self.plain, memory: 1))
    let offsets = try read(source, inflate: .automatic, chunkBytes: 1_000).restarts
      .compactMap { $0.place.restart?.offset }
    #expect(offsets.count == 2)
    for (one, next) in zip([0] + offsets, offsets) {
      #expect(next - one >= 32_000 && next - one < 34_000)
    }
  }

  /// A row longer than the distance between points leaves one behind for the rows after it.
  @Test func longRows() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 9)
    var text = "a\n"
    for _ in 0..<6 {
      text += (0..<9_000).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined() + "\n"
    }
    let source = try folder.file("packed.gz", Gzip.member(Array(text.utf8), memory: 1))
    for backend in backends {
      let whole = try read(source, inflate: backend, chunkBytes: 100)
      #expect(whole.restarts.count >= 5)
      for (index, place) in whole.restarts {
        let start = RowReader.Start(position: place, trustedStamp: stamp(source))
        let rest = try read(source, inflate: backend, chunkBytes: 100, start: start)
        #expect(rest.rows.joined().elementsEqual(whole.rows[(index + 1)...].joined()))
        #expect(rest.ending == whole.ending)
      }
    }
  }

  @Test func damageBehindThePointIsFound() throws {
    let folder = try TemporaryFolder()
    let packed = Gzip.member(Self.plain, memory: 1)
    let source = try folder.file("packed.gz", packed)
    let places = try read(source, inflate: .automatic, chunkBytes: 200).restarts
    let place = places[places.count / 2].place
    // Of the member's checksum and length, what came before the point counts too.
    for offset in [packed.count - 2_000, packed.count - 8, packed.count - 4] {
      var broken = packed
      broken[offset] ^= 1
      let other = try folder.file("packed.gz", broken)
      for backend in backends {
        let start = RowReader.Start(position: place, trustedStamp: stamp(other))
        let found = failure {
          try read(other, inflate: backend, chunkBytes: 200, start: start)
        }
        #expect(found?.kind == .badData, "\(offset)")
        #expect(found?.message.contains("gzip member 1") == true, "\(found?.message ?? "")")
      }
    }
  }

  /// What was learned before the point is compared as soon as the file may be another one.
  @Test func aFileThatMayHaveChangedIsReadAgain() throws {
    let folder = try TemporaryFolder()
    let packed = Gzip.member(Self.plain, level: 0)
    let source = try folder.file("packed.gz", packed)
    let whole = try read(source, inflate: .automatic, chunkBytes: 200)
    let (index, place) = try #require(whole.restarts.last)
    let old = stamp(source)
    // Written anew, the same.
    try FileManager.default.removeItem(atPath: folder.url.appendingPathComponent("packed.gz").path)
    let again = try folder.file("packed.gz", packed)
    var start = RowReader.Start(position: place, trustedStamp: old)
    start.trustedStamp?.modified -= 1
    let rest = try read(again, inflate: .automatic, chunkBytes: 200, start: start)
    #expect(rest.resumption == .readAgain)
    #expect(rest.rows.joined().elementsEqual(whole.rows[(index + 1)...].joined()))
    // Written anew, with another byte before the point and a checksum that fits.
    var other = Self.plain
    other[1_000] ^= 1
    let changed = try folder.file("packed.gz", Gzip.member(other, level: 0))
    let found = failure {
      try read(changed, inflate: .automatic, chunkBytes: 200, start: start)
    }
    #expect(found?.message.contains("are not those that were learned") == true)
  }

  /// The same rows in a file of the same size, but packed otherwise: its own points count from then
  /// on.
  @Test func anotherPackingOfTheSameRows() throws {
    let folder = try TemporaryFolder()
    let (member, empty) = (Gzip.member(Self.plain, memory: 1), Gzip.member([]))
    let whole = try read(
      try folder.file("packed.gz", empty + member), inflate: .automatic, chunkBytes: 200)
    let (index, place) = whole.restarts[whole.restarts.count / 2]
    let other = try folder.file("packed.gz", member + empty)
    for backend in backends {
      let start = RowReader.Start(position: place, trustedStamp: nil)
      let rest = try read(other, inflate: backend, chunkBytes: 200, start: start)
      #expect(rest.resumption == .readAgain)
      for (later, place) in rest.places.enumerated().dropLast() where later % 20 == 0 {
        let start = RowReader.Start(position: place, trustedStamp: stamp(other))
        let end = try read(other, inflate: backend, chunkBytes: 200, start: start)
        let expected = whole.rows.joined().suffix(end.rows.joined().count)
        #expect(end.rows.joined().elementsEqual(expected) && end.ending == rest.ending)
        if later == 0 { #expect(end.rows.joined().count < whole.rows[index...].joined().count) }
      }
    }
  }

  /// A point that was never taken, but could have been: an error, or what is there.
  @Test func wrongPointsNeverMisread() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("packed.gz", Gzip.member(Self.plain, memory: 1))
    let whole = try read(source, inflate: .automatic, chunkBytes: 200)
    let restarts = whole.restarts
    var generator = SeededGenerator(state: 11)
    for round in 0..<150 {
      let (index, place) = restarts[round % restarts.count]
      var wrong = place
      var point = try #require(place.restart)
      switch round % 5 {
      case 0: point.storedOffset = Int.random(in: 10...60_000, using: &generator)
      case 1: point.unusedBits = (point.unusedBits + Int.random(in: 1...7, using: &generator)) % 8
      case 2: point.memberChecksum ^= 1 << UInt32.random(in: 0..<32, using: &generator)
      case 3: point.window[Int.random(in: 0..<point.window.count, using: &generator)] ^= 2
      default: point.storedOffset = 1 << 40
      }
      point.storedBytesRead = max(point.storedBytesRead, point.storedOffset)
      #expect(point.isPossible)
      wrong.restart = point
      for backend in backends {
        let start = RowReader.Start(position: wrong, trustedStamp: stamp(source))
        do {
          let rest = try read(source, inflate: backend, chunkBytes: 999, start: start)
          #expect(rest.rows.joined().elementsEqual(whole.rows[(index + 1)...].joined()))
        } catch let failure as RunFailure {
          #expect(failure.kind == .badData, "\(failure.message)")
        }
      }
    }
  }
}
