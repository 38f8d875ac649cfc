import Foundation
import Testing

@testable import ModelFile

/// What `merge` refuses or warns of.
@Suite struct MergeRefusalTests {
  private static func refused(
    _ words: [String], in workspace: Workspace, status: Int32
  ) throws -> String {
    let outcome = try workspace.run(["merge", "-o", "none", "--save-state", "no"] + words)
    #expect(outcome.status == status, "\(words): \(outcome.errors)")
    #expect(!workspace.exists("none") && !workspace.exists("no"))
    return outcome.errors
  }

  @Test func nothingIsCountedTwice() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 3)
    let base = ["--base", "base"]
    #expect(
      try Self.refused(base + [states[0], states[0]], in: workspace, status: 65)
        .contains("hold the same learner"))
    // The same rows under another name, packed.
    _ = try workspace.shell("gzip -c 0.csv > again.csv.gz")
    try workspace.trained(
      "again.csv.gz", "--start-from", "base", "--alpha", "0.1", "--average", "none", "--seed", "1",
      "--save-state", "again")
    #expect(
      try Self.refused(base + [states[0], "again"], in: workspace, status: 65)
        .contains("hold the same learner"))
    try workspace.write("both.csv", Checkpointing.table(part: 8, rows: 100))
    try workspace.trained(
      "0.csv", "both.csv", "--start-from", "base", "--alpha", "0.1", "--average", "none",
      "--save-state", "both")
    #expect(
      try Self.refused(base + [states[0], "both"], in: workspace, status: 65)
        .contains("both learned an input"))
    try MergeTests.merge([states[0], states[1]], in: workspace, state: "pair")
    #expect(
      try Self.refused(base + ["pair", states[1]], in: workspace, status: 65)
        .contains("hold the same learner"))
    try workspace.trained(
      "base.csv", "--start-from", "base", "--alpha", "0.1", "--average", "none", "--save-state",
      "onbase")
    #expect(
      try Self.refused(base + ["onbase", states[1]], in: workspace, status: 65)
        .contains("base and onbase both learned"))
  }

  @Test func whatDiffersIsListed() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 2)
    try workspace.trained(
      "1.csv", "--start-from", "base", "--alpha", "0.2", "--l1", "1", "--average", "tail",
      "--save-state", "other")
    let text = try Self.refused(
      ["--base", "base", states[0], "other"], in: workspace, status: 64)
    for words in ["--alpha is 0.2 in other and 0.1 in s0", "--l1 is 1", "--average is tail"] {
      #expect(text.contains(words), "\(text)")
    }
    for options in [["--bits", "11"], ["--categorical", "amount"], ["--hash-seed", "1"]] {
      try workspace.trained(
        list: options + ["1.csv", "--alpha", "0.1", "--average", "none", "--save-state", "x"])
      try workspace.trained(
        "0.csv", "--alpha", "0.1", "--average", "none", "--save-state", "y")
      let text = try Self.refused(["x", "y"], in: workspace, status: 64)
      #expect(text.contains("states cannot be merged"), "\(text)")
    }
  }

  @Test func theBaseMustBeTheirs() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 2)
    #expect(
      try Self.refused(states, in: workspace, status: 64).contains("no --base is given"))
    #expect(
      try Self.refused(["--base", states[0], states[1]], in: workspace, status: 64)
        .contains("is another"))
    try workspace.trained("0.csv", "--alpha", "0.1", "--average", "none", "--save-state", "fresh")
    #expect(
      try Self.refused(["--base", "base", states[0], "fresh"], in: workspace, status: 64)
        .contains("started from nothing"))
    _ = try Self.refused(["--base", "base", "none.state"], in: workspace, status: 66)
    _ = try Self.refused(["--base", "base", "0.csv"], in: workspace, status: 65)
    _ = try Self.refused(["--base", "base", "m.lrs"], in: workspace, status: 65)
    _ = try Self.refused(["--base", "base"], in: workspace, status: 64)
  }

  /// Other states that started from a model alone: it is their base.
  @Test func aModelCanBeTheBase() throws {
    let workspace = try Workspace()
    _ = try MergeTests.states(in: workspace, parts: 2)
    try workspace.trained("base.csv", model: "start.lrs")
    for part in 0..<2 {
      try workspace.trained(
        "\(part).csv", "--start-from", "start.lrs", "--alpha", "0.1", "--average", "none",
        "--save-state", "t\(part)")
    }
    let json = try MergeTests.merge(["t0", "t1"], in: workspace, base: "start.lrs")
    #expect(json["rows"] as? Int == 600)
    // Where nobody has seen a feature, its weight is the model's.
    try workspace.write("one.csv", "label,amount,color,key\n1,5,red,k0\n0,7,blue,k1\n")
    try workspace.trained(
      "one.csv", "--start-from", "start.lrs", "--alpha", "0.1", "--average", "none", "--save-state",
      "t")
    try MergeTests.merge(["t"], in: workspace, base: "start.lrs")
    let before = Set(try workspace.run("inspect", "--weights", "start.lrs").lines)
    let after = try workspace.run("inspect", "--weights", "merged").lines
    #expect(after.count { before.contains($0) } > after.count / 2)
  }

  @Test func optimizersWithoutEvidenceAreNamed() throws {
    for (options, words) in [
      (["--optimizer", "sgd", "--learning-rate", "0.1"], "sgd keeps no evidence"),
      (
        ["--optimizer", "adagrad", "--learning-rate", "0.1", "--l2", "0.01"], "penalties of adagrad"
      ),
      (["--alpha", "0.1", "--holdout", "0.2"], "holds rows out"),
    ] {
      let workspace = try Workspace()
      let states = try MergeTests.states(in: workspace, parts: 2, options)
      let text = try Self.refused(["--base", "base"] + states, in: workspace, status: 64)
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test func rowsDealtOutByLabelAreRefused() throws {
    let workspace = try Workspace()
    _ = try MergeTests.states(in: workspace, parts: 1)
    let lines = Checkpointing.table(part: 5, rows: 900).split(separator: "\n").map(String.init)
    func train(_ name: String, _ rows: some Sequence<String>) throws {
      try workspace.write("\(name).csv", ([lines[0]] + rows).joined(separator: "\n") + "\n")
      try workspace.trained(
        "\(name).csv", "--start-from", "base", "--alpha", "0.1", "--average", "none",
        "--save-state",
        name)
    }
    let positive = lines.dropFirst().filter { $0.hasPrefix("1") }
    let negative = lines.dropFirst().filter { $0.hasPrefix("0") }
    try train("p", positive)
    try train("n", negative)
    let text = try Self.refused(["--base", "base", "p", "n"], in: workspace, status: 65)
    #expect(text.contains("dealt out by label"), "\(text)")
    // Somewhat uneven shards are warned of.
    try train("more", positive[..<(positive.count * 2 / 3)] + negative[..<(negative.count / 3)])
    try train("less", positive[(positive.count * 2 / 3)...] + negative[(negative.count / 3)...])
    let uneven = try workspace.run("merge", "--base", "base", "-o", "u", "more", "less")
    #expect(uneven.status == 0 && uneven.errors.contains("warning: the labels"), "\(uneven.errors)")
    // Even ones are not.
    try train("x", lines.dropFirst().prefix(450))
    try train("y", lines.dropFirst().suffix(450))
    let even = try workspace.run("merge", "--base", "base", "-o", "e", "x", "y")
    #expect(even.status == 0 && !even.errors.contains("the labels of"), "\(even.errors)")
    #expect(even.errors.contains("has no calibrator"), "\(even.errors)")
  }

  @Test func manyStatesWithoutABaseAreWarnedOf() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 9, rows: 100, base: false)
    let nine = try workspace.run(["merge", "-o", "m9"] + states)
    #expect(nine.status == 0 && nine.errors.contains("started from nothing"), "\(nine.errors)")
    let eight = try workspace.run(["merge", "-o", "m8"] + states.dropLast())
    #expect(eight.status == 0 && !eight.errors.contains("started from nothing"))
  }

  @Test func outputsFallOnNoState() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 1)
    let bytes = try workspace.read("s0")
    for words in [
      ["-o", "s0"], ["-o", "base"], ["-o", "x", "--save-state", "s0"],
      ["-o", "x", "--save-state", "x"],
      ["-o", "x", "--save-state", "base"], ["-o", "x", "--save-state", "-"],
    ] {
      let outcome = try workspace.run(["merge", "--base", "base"] + words + states)
      #expect(outcome.status == 64, "\(words): \(outcome.errors)")
    }
    #expect(try workspace.read("s0") == bytes && !workspace.exists("x"))
    let model = try workspace.shell("logreg-stream merge --base base s0 -q > piped")
    #expect(model.status == 0)
    try MergeTests.merge(states, in: workspace)
    #expect(try workspace.read("piped") == workspace.read("merged"))
  }

  /// Sums that are no sums.
  @Test func damagedSumsAreBadData() throws {
    let workspace = try Workspace()
    let states = try MergeTests.states(in: workspace, parts: 3)
    try MergeTests.merge(Array(states[..<2]), in: workspace, state: "pair")
    let container = try Container.decode(Array(try workspace.read("pair")), name: "pair")
    let sums = container.sections.indices.filter {
      container.sections[$0].type == SectionType("SUMS")
    }
    #expect(sums.count == 2)
    for index in sums {
      let section = container.sections[index]
      for byte in stride(from: 0, to: section.length, by: max(1, section.length / 20)) {
        for value in [UInt8(0), 0x7F, 0xFF] {
          var data = Array(section.data)
          data[byte] = value
          var other = container
          other.sections[index] = ContainerSection(
            type: section.type, index: section.index, data: data)
          try workspace.write("bad", Data(other.encoded()))
          let outcome = try workspace.run("merge", "--base", "base", "-o", "n", "bad", states[2])
          #expect([0, 65].contains(outcome.status), "\(byte): \(outcome.errors)")
        }
      }
    }
  }
}
