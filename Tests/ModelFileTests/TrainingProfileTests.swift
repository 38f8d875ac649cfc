import Featurizing
import ModelFile
import SparseBatches
import Testing

/// The profile of training rows as bytes.
@Suite struct TrainingProfileTests {
  private typealias Count = TrainingProfile.Count

  private static func profile() -> TrainingProfile {
    var profile = TrainingProfile(
      streamRows: 1000, rowsBefore: 10, rows: Count(all: 90, first: 9, last: 8),
      columns: [
        TrainingProfile.Column(
          name: ByteText("amount"), missing: Count(all: 5, first: 1, last: 0),
          content: .numbers(
            TrainingProfile.Numbers(
              quantiles: [-1, 0, 1, 2, 3, 4, 5, 6, 1e9], edges: [0.5, 3],
              bins: [Count(all: 30, first: 3), Count(all: 40), Count(all: 15, last: 2)],
              clipped: Count(all: 2))), unknown: nil),
        TrainingProfile.Column(
          name: ByteText(bytes: [0xff, 0x00, 0x22]), missing: Count(),
          content: .values([
            TrainingProfile.Value(hash: 7, text: Array("a b".utf8), rows: Count(all: 40)),
            TrainingProfile.Value(hash: .max, text: [], rows: Count(all: 3, first: 1, last: 1)),
          ]), unknown: 0.25),
        TrainingProfile.Column(
          name: ByteText("text"), missing: Count(all: 90, first: 9, last: 8),
          content: .lengths(
            TrainingProfile.Numbers(
              quantiles: [], edges: [], bins: [Count()], clipped: Count())), unknown: nil),
      ])
    profile.labelled = Count(all: 80, first: 9, last: 0)
    profile.positives = Count(all: 11, first: 1, last: 0)
    profile.unknown = 0.5
    profile.columnsLeftOut = 3
    profile.predictions = TrainingProfile.Predictions(
      areFresh: true, edges: [-2, -1], all: [0.2, 0.3, 0.5], first: [0, 0, 0], last: [1, 0, 0],
      late: [0.25, 0.25, 0.5], lateRows: 123.5)
    return profile
  }

  private func decoded(_ bytes: ArraySlice<UInt8>) throws -> TrainingProfile {
    try TrainingProfile.decode(ByteReader(bytes, subject: "m.lrs"))
  }

  @Test func isReadAsItWasWritten() throws {
    let profile = Self.profile()
    #expect(try decoded(profile.section.data) == profile)
    var plain = TrainingProfile(streamRows: 0, rowsBefore: 0, rows: Count(), columns: [])
    #expect(try decoded(plain.section.data) == plain)
    plain.unknown = 1
    #expect(try decoded(plain.section.data) == plain)
  }

  @Test func aModelKeepsIt() throws {
    var model = plainModel(alpha: 0.1)
    let bare = try model.container(named: "m.lrs").encoded()
    model.profile = Self.profile()
    let bytes = try model.container(named: "m.lrs").encoded()
    #expect(bytes.count > bare.count)
    let container = try Container.decode(bytes, name: "m.lrs", expecting: .model)
    #expect(try ModelDocument(container) == model)
    model.profile = nil
    #expect(try model.container(named: "m.lrs").encoded() == bare)
  }

  /// Wherever it is cut, there is an error; nothing traps.
  @Test func cutBytesAreRefused() {
    let bytes = Self.profile().section.data
    for count in 0..<bytes.count {
      let error = failure { _ = try decoded(bytes.prefix(count)) }
      #expect(error?.kind == .badData, "\(count) bytes")
    }
    #expect(failure { _ = try decoded(bytes + [0]) }?.kind == .badData)
  }

  /// Whatever byte is changed, what is read is a profile that can be written again, or an error.
  @Test func changedBytesAreReadOrRefused() throws {
    let bytes = Array(Self.profile().section.data)
    var refused = 0
    for index in bytes.indices {
      for change: UInt8 in [1, 0x7f, 0x80, 0xff] {
        var changed = bytes
        changed[index] ^= change
        do {
          let profile = try decoded(changed[...])
          #expect(try decoded(profile.section.data) == profile)
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > bytes.count)
  }

  @Test func impossibleProfilesAreRefused() {
    func refused(_ change: (inout TrainingProfile) -> Void) -> String? {
      var profile = Self.profile()
      change(&profile)
      return failure { _ = try decoded(profile.section.data) }?.message
    }
    let cases: [(String, (inout TrainingProfile) -> Void)] = [
      ("contradict", { $0.positives.all = 81 }), ("contradict", { $0.rowsBefore = 2000 }),
      ("contradict", { $0.rows.all = 2000 }), ("than rows", { $0.columns[0].missing.all = 60 }),
      ("a share is", { $0.unknown = 2 }), ("a share is", { $0.columns[1].unknown = -1 }),
      ("do not add up", { $0.predictions?.late = [1, 1, 1] }),
      ("do not ascend", { $0.predictions?.edges = [1, 1] }),
      ("a number of rows", { $0.predictions?.lateRows = .infinity }),
      (
        "there twice",
        {
          $0.columns[1].content = .values([
            TrainingProfile.Value(hash: 7, text: [], rows: Count(all: 1)),
            TrainingProfile.Value(hash: 7, text: [], rows: Count(all: 1)),
          ])
        }
      ),
    ]
    for (words, change) in cases {
      #expect(refused(change)?.contains(words) == true, "\(words): \(refused(change) ?? "read")")
    }
  }

  @Test func aLaterVersionIsRefused() {
    var bytes = Array(Self.profile().section.data)
    bytes[0] = 2
    #expect(failure { _ = try decoded(bytes[...]) }?.message.contains("version") == true)
  }

  @Test func numbersFallIntoTheirBins() {
    let edges = [0.0, 1, 5]
    for (number, bin) in [(-1.0, 0), (0, 1), (0.5, 1), (1, 2), (4.99, 2), (5, 3), (1e9, 3)] {
      #expect(TrainingProfile.Numbers.bin(of: number, edges) == bin)
    }
    #expect(TrainingProfile.Numbers.bin(of: 3, []) == 0)
  }
}
