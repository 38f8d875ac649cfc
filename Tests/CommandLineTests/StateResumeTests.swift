import Foundation
import Testing

@testable import ModelFile

/// `--start-from` and `--save-state` of runs that are stopped, and of files that are damaged.
@Suite struct StateResumeTests {
  @Test(arguments: [
    ["--alpha", "0.1", "--average", "none"], [], ["--loss", "squared"],
    ["--optimizer", "adagrad", "--start-from", "m0.lrs"], ["--alpha", "auto", "--shuffle", "300"],
  ])
  func aStoppedRunEndsAsOneThatIsNot(_ options: [String]) throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 4000)
    let loss = options.contains("--loss") ? ["--loss", "squared"] : []
    try workspace.trained(
      list: loss + ["--average", "none", "--save-state", "s", files[0]], model: "m0.lrs")
    let start = options.contains("--start-from") ? [] : ["--start-from", "s"]
    let all = options + start + ["--save-state", "t", files[1], files[2]]
    let plain = try workspace.resumable(all, state: nil)
    try #require(plain.status == 0, "\(plain.errors)")
    let state = try workspace.read("t")
    _ = try workspace.resumedLikeUnstopped(all)
    #expect(try workspace.read("t") == state)
  }

  @Test func aDirectoryStaysWithWhatItStartedFrom() throws {
    let workspace = try Workspace()
    let files = try Checkpointing.writeParts(in: workspace, rows: 300)
    try workspace.trained(files[0], "--save-state", "s")
    try workspace.trained(files[1], "--save-state", "other")
    try #require(
      try workspace.resumable(["--start-from", "s", files[1]]).status == 0)
    for options in [[], ["--start-from", "other"]] {
      let outcome = try workspace.resumable(options + [files[1], files[2]])
      #expect(outcome.status == 64, "\(outcome.errors)")
      #expect(outcome.errors.contains("--start-from is "), "\(outcome.errors)")
    }
    let onTop = try workspace.resumable(["--start-from", "s", files[1], files[2]])
    #expect(onTop.status == 0, "\(onTop.errors)")
    #expect(try onTop.json()["rows"] as? Int == 900)
    let checkpoint = try workspace.names(in: "state").filter { $0.hasPrefix("checkpoint") }.sorted()
    let refused = try workspace.run(
      "train", "--start-from", "state/\(checkpoint[0])", "-o", "n", files[2])
    #expect(refused.status == 64 && refused.errors.contains("is a checkpoint"))
  }

  private static func state(in workspace: Workspace) throws -> [UInt8] {
    try workspace.write("a.csv", Checkpointing.table(part: 1, rows: 300))
    try workspace.write("b.csv", Checkpointing.table(part: 2, rows: 100))
    try workspace.trained("a.csv", "--save-state", "s", "--names", "5")
    return Array(try workspace.read("s"))
  }

  private static func refused(_ bytes: [UInt8], in workspace: Workspace) throws -> String {
    try workspace.write("bad", Data(bytes))
    let outcome = try workspace.run(
      "train", "--start-from", "bad", "-o", "n", "--names", "5", "b.csv")
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(!workspace.exists("n"))
    return outcome.errors
  }

  @Test func flippedBitsAndCutEndsAreBadData() throws {
    let workspace = try Workspace()
    let bytes = try Self.state(in: workspace)
    for position in stride(from: 0, to: bytes.count, by: bytes.count / 60) {
      var damaged = bytes
      damaged[position] ^= UInt8(1) << UInt8(position % 8)
      _ = try Self.refused(damaged, in: workspace)
    }
    for count in [0, 7, 31, bytes.count / 2, bytes.count - 1] {
      _ = try Self.refused(Array(bytes[..<count]), in: workspace)
    }
    _ = try Self.refused(bytes + [0], in: workspace)
  }

  /// Checksums that are right do not make a state.
  @Test func whatNoLearnerCanHaveLeftIsBadData() throws {
    let workspace = try Workspace()
    let container = try Container.decode(try Self.state(in: workspace), name: "s")
    func changed(_ from: String, _ to: String) throws -> [UInt8] {
      let text = String(decoding: container.headerJSON, as: UTF8.self)
      try #require(text.contains(from), "\(text)")
      var other = container
      other.headerJSON = ArraySlice(text.replacing(from, with: to).utf8)
      return other.encoded()
    }
    for (from, to) in [
      ("\"program\":\"logreg-stream\",\"shares\"", "\"program\":\"other\",\"shares\""),
      ("\"version\":1", "\"version\":2"), ("\"updates\":300", "\"updates\":-1"),
      ("\"rows\":300", "\"rows\":-300"), ("\"rows\":300", "\"rows\":4611686018427387904"),
      ("\"alpha\":", "\"alpha\":-"), ("\"beta\":1", "\"beta\":-1"), ("\"bits\":10", "\"bits\":40"),
      ("\"optimizer\":\"ftrl\"", "\"optimizer\":\"lbfgs\""), ("\"bits\":10", "\"bits\":11"),
      ("\"optimizer\":\"ftrl\"", "\"optimizer\":\"sgd\""),
      ("\"shares\":[", "\"stranger\":[],\"shares\":["),
      ("\"average\":\"tail\",", ""),
    ] {
      _ = try Self.refused(try changed(from, to), in: workspace)
    }
    for index in container.sections.indices {
      var other = container
      let section = other.sections.remove(at: index)
      // Margins for a calibrator and what a profile is made of are not always there.
      if !["MARG", "PROV", "PROP"].map(SectionType.init).contains(section.type) {
        _ = try Self.refused(other.encoded(), in: workspace)
      }
      for byte in stride(from: 0, to: section.length, by: max(1, section.length / 12)) {
        var data = Array(section.data)
        data[data.startIndex + byte] = 0xFF
        other = container
        other.sections[index] = ContainerSection(
          type: section.type, index: section.index, data: data)
        try workspace.write("bad", Data(other.encoded()))
        let outcome = try workspace.run(
          "train", "--start-from", "bad", "-o", "m2", "--names", "5", "b.csv")
        // A weight may be another one; what no learner can hold is refused.
        #expect([0, 65].contains(outcome.status), "\(section.name) \(byte): \(outcome.errors)")
      }
    }
    let inspected = try workspace.run("inspect", "bad")
    #expect([0, 65].contains(inspected.status))
    var strange = container
    strange.sections.append(ContainerSection(type: SectionType("XXXX"), data: [1]))
    #expect(try Self.refused(strange.encoded(), in: workspace).contains("XXXX"))
  }
}
