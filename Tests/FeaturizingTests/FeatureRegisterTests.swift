import SparseBatches
import Testing

@testable import Featurizing

/// Names of features are those of the first good row that shows them, whoever looks and whenever.
@Suite struct FeatureRegisterTests {
  private static let schema = ChunkMaking.schema(
    [
      ("label", .label), ("a", .categorical), ("n", .numeric(ChunkMaking.unscaled)),
      ("b", .categorical),
    ], bits: 10)
  private static let header = "label,a,n,b"

  /// Rows with frequent and rare values, missing ones, and bad rows in between.
  private static func rows(_ count: Int) -> [String] {
    (0..<count).map { row in
      switch row % 17 {
      case 3: "1,bad\(row),x,bad"
      case 9: "1,bad\(row)"
      default: "\(row % 2),v\(row * 7919 % 400),\(row % 5 == 0 ? "" : "\(row % 3)"),w\(row % 6)"
      }
    }
  }

  /// States that no register comes to. One that is full and still wants names never ended.
  @Test func statesThatCannotBeAreRefused() {
    func takes(_ change: (inout FeatureRegisterState) -> Void) -> Bool {
      var state = FeatureRegisterState()
      (state.slots, state.lengths, state.bytes) = ([3, 9], [1, 2], [97, 98, 99])
      state.sample = [3, 9]
      change(&state)
      let register = FeatureRegister(hashing: Self.schema.hashing, nameLimit: 3)
      return register.restore(state)
    }
    #expect(takes { _ in })
    #expect(!takes { ($0.slots, $0.lengths, $0.bytes) = ([1, 2, 3], [0, 0, 0], []) })
    #expect(
      takes {
        ($0.slots, $0.lengths, $0.bytes) = ([1, 2, 3], [0, 0, 0], [])
        $0.wantsNames = false
      })
    #expect(!takes { $0.slots = [3, 3] })
    #expect(!takes { $0.slots = [3, 1024] })
    #expect(!takes { $0.lengths = [1, 3] })
    #expect(!takes { $0.sample = [9, 3] })
    #expect(!takes { $0.sample = [3, 3] })
    #expect(!takes { $0.isSaturated = true })
    #expect(!takes { $0.sampleLevel = 7 })
    #expect(!takes { $0.sampleLevel = -1 })
  }

  /// By slot, the name of the feature that comes first, found in the plainest way.
  private static func expected(_ rows: [String]) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    let hashing = schema.hashing
    for row in rows {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4, fields[2].isEmpty || Double(fields[2]) != nil else { continue }
      for (column, value) in zip(["a", "n", "b"], fields.dropFirst()) {
        let seed = hashing.columnSeed(ByteText(column))
        let isNumber = column == "n" && !value.isEmpty
        let slot =
          (isNumber ? seed : MurmurHash3.hash(Array(value.utf8), seed: seed)) & hashing.mask
        let name = isNumber ? column : value.isEmpty ? "\(column)=(missing)" : "\(column)=\(value)"
        if names[slot] == nil { names[slot] = name }
      }
    }
    return names
  }

  /// Feeds chunks to workers as a pipeline does: each is featurized up to `lead` chunks before it
  /// is taken.
  private static func register(
    _ rows: [String], rowsPerChunk: Int, workers: Int, lead: Int, limit: Int
  ) throws -> FeatureRegister {
    let register = FeatureRegister(hashing: schema.hashing, nameLimit: limit)
    let details = RowDetails(recording: .register(register.bulletin))
    let chunks = stride(from: 0, to: rows.count, by: rowsPerChunk).map {
      rows[$0..<min($0 + rowsPerChunk, rows.count)].joined(separator: "\n")
    }
    let desk = Desk(workers: max(workers, lead + 1), details: details)
    for index in 0..<(chunks.count + lead) {
      if index < chunks.count {
        try desk.featurize(chunks[index], index)
      }
      if index >= lead { desk.take(index - lead, register) }
    }
    return register
  }

  /// Featurizers, which cannot stand in an array.
  private final class Desk {
    private final class Worker {
      var featurizer: ChunkFeaturizer
      var batch = SparseBatch()
      init(_ details: RowDetails) {
        featurizer = ChunkFeaturizer(
          schema: FeatureRegisterTests.schema, purpose: .learn, details: details)
      }
    }
    private let workers: [Worker]

    init(workers: Int, details: RowDetails) {
      self.workers = (0..<workers).map { _ in Worker(details) }
    }

    func featurize(
      _ text: String, _ index: Int, _ convention: LabelConvention = .undecided
    ) throws {
      let worker = workers[index % workers.count]
      _ = try worker.featurizer.featurize(
        ChunkMaking.chunk(text, header: FeatureRegisterTests.header), convention,
        into: &worker.batch)
    }

    func take(_ index: Int, _ register: FeatureRegister) {
      register.take(&workers[index % workers.count].featurizer)
    }
  }

  private static func texts(_ names: FeatureNames) -> [UInt32: String] {
    var texts: [UInt32: String] = [:]
    for slot in names.slots {
      texts[slot] = names.name(ofSlot: slot).map { String(decoding: $0, as: UTF8.self) }
    }
    return texts
  }

  private static let allSlots = Array(UInt32(0)..<1024)

  @Test(arguments: [(1, 1, 0), (1000, 1, 0), (7, 3, 2), (50, 8, 7), (13, 2, 1)])
  func theFirstGoodRowGivesTheName(rowsPerChunk: Int, workers: Int, lead: Int) throws {
    let rows = Self.rows(3000)
    let register = try Self.register(
      rows, rowsPerChunk: rowsPerChunk, workers: workers, lead: lead, limit: 4096)
    #expect(Self.texts(try register.names(of: Self.allSlots)) == Self.expected(rows))
  }

  @Test(arguments: [1, 2, 10, 100])
  func aLimitKeepsTheFirstNames(limit: Int) throws {
    let rows = Self.rows(800)
    let all = Self.expected(rows)
    var first: Set<UInt32> = []
    var count = 0
    while first.count < limit {
      count += 1
      first = Set(Self.expected(Array(rows.prefix(count))).keys)
    }
    for (rowsPerChunk, lead) in [(1, 0), (64, 3), (800, 0)] {
      let register = try Self.register(
        rows, rowsPerChunk: rowsPerChunk, workers: 4, lead: lead, limit: limit)
      let names = Self.texts(try register.names(of: Self.allSlots))
      #expect(names.count == limit)
      #expect(names.allSatisfy { all[$0.key] == $0.value && first.contains($0.key) })
    }
  }

  @Test func noNamesAreKeptWhenNoneAreWanted() throws {
    let register = try Self.register(
      Self.rows(300), rowsPerChunk: 20, workers: 2, lead: 1, limit: 0)
    #expect(try register.names(of: Self.allSlots).count == 0)
    #expect(register.collisions.distinctFeatures > 100)
  }

  @Test func onlySlotsThatAreAskedForAreNamed() throws {
    let rows = Self.rows(300)
    let register = try Self.register(rows, rowsPerChunk: 20, workers: 1, lead: 0, limit: 4096)
    let some = Self.expected(rows).keys.sorted().enumerated()
      .filter { $0.offset % 3 == 0 }.map(\.element)
    let names = try register.names(of: some)
    #expect(names.slots == some)
    #expect(try register.names(of: []).count == 0)
  }

  /// A chunk is featurized again when its labels were read by the wrong convention: what the rows
  /// showed that are bad in truth must not count, and what is good now must.
  @Test func aChunkThatIsReadAgainIsAsIfReadOnce() throws {
    let text = "0,zero,1,x\n-1,minus,1,x\n1,one,,y"
    func run(_ conventions: [LabelConvention]) throws -> [UInt32: String] {
      let register = FeatureRegister(hashing: Self.schema.hashing, nameLimit: 100)
      let desk = Desk(workers: 1, details: RowDetails(recording: .register(register.bulletin)))
      for convention in conventions { try desk.featurize(text, 0, convention) }
      desk.take(0, register)
      try desk.featurize("1,zero,1,x\n1,minus,1,x\n1,one,1,y", 0, .plusMinusOne)
      desk.take(0, register)
      return Self.texts(try register.names(of: Self.allSlots))
    }
    let again = try run([.undecided, .plusMinusOne])
    #expect(again == (try run([.plusMinusOne])))
    #expect(Set(again.values).contains("a=zero"))
  }

  @Test func longNamesAreCut() throws {
    let value = String(repeating: "v", count: 400)
    let register = try Self.register(
      ["1,\(value),1,\(String(repeating: "w", count: 253))", "1,\(value)x,1,short"],
      rowsPerChunk: 1, workers: 1, lead: 0, limit: 100)
    let names = Self.texts(try register.names(of: Self.allSlots)).values
    let cut = "a=" + String(repeating: "v", count: 250) + "…"
    #expect(names.filter { $0 == cut }.count == 2)
    #expect(names.contains("b=" + String(repeating: "w", count: 253)), "255 bytes fit")
    #expect(names.allSatisfy { $0.utf8.count <= FeatureNames.longestName })
  }

  @Test func namesAreKeptUpToAShareOfBytes() throws {
    let value = String(repeating: "v", count: 200)
    let rows = (0..<50).map { "1,\(value)\($0),1,w" }
    let register = try Self.register(rows, rowsPerChunk: 5, workers: 1, lead: 0, limit: 10)
    let names = try register.names(of: Self.allSlots)
    // 640 bytes: n, b=w and three names of 203 bytes.
    #expect(names.count == 5 && names.bytes.count <= 640)
  }

  @Test func libSVMFeaturesAreNamedByTheirIndex() throws {
    let schema = FeatureSchema(
      source: .libsvm(nil), hashing: FeatureHashing(bits: 10), labels: .convention)
    let register = FeatureRegister(hashing: schema.hashing, nameLimit: 100)
    var featurizer = ChunkFeaturizer(
      schema: schema, purpose: .learn,
      details: RowDetails(recording: .register(register.bulletin)))
    var batch = SparseBatch()
    let text = "1 0:1 007:2 5:0 18446744073709551615:1\n-1 8:1 x:1\n-1 9:1"
    _ = try featurizer.featurize(ChunkMaking.chunk(text), .undecided, into: &batch)
    register.take(&featurizer)
    let names = Self.texts(try register.names(of: Self.allSlots))
    #expect(Set(names.values) == ["0", "7", "18446744073709551615", "9"])
    #expect(names[0] == "0" && names[7] == "7")
  }

  @Test func everyFeatureOfEveryRowIsNamedWhenAsked() throws {
    var featurizer = ChunkFeaturizer(
      schema: Self.schema, purpose: .predict, details: RowDetails(recording: .everything))
    var batch = SparseBatch()
    let text = "x,p,2,q\nx,p,bad,q\nx,p,,r"
    _ = try featurizer.featurize(
      ChunkMaking.chunk(text, header: Self.header), .undecided, into: &batch)
    let rows: [[String]]? = featurizer.withSightings { sightings in
      (0..<2).map { row in
        sightings.features(ofRow: row)
          .map { String(decoding: sightings.name($0), as: UTF8.self) }
      }
    }
    #expect(rows == [["a=p", "n", "b=q"], ["a=p", "n=(missing)", "b=r"]])
    #expect(batch.rowCount == 2)
  }
}
