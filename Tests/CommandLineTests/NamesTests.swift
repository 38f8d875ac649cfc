import Foundation
import Testing

/// Which feature is behind a weight: names in the model, and how crowded its slots are.
@Suite struct NamesTests {
  /// Two columns of values, one of numbers with gaps, and values that come late.
  private static func table(rows: Int) -> String {
    "label,city,amount,user\n"
      + (0..<rows).map { row in
        let city = ["Ulm", "Köln", "\"a,b\""][row % 3]
        let amount = row % 9 == 0 ? "" : "\((row * 7919) % 101)"
        return "\((row * 31) % 7 < 3 ? 1 : 0),\(city),\(amount),u\((row * 7919) % (rows / 2 + 1))\n"
      }.joined()
  }

  /// Slot and name of every weight, an empty name where there is none.
  private func names(_ workspace: Workspace, _ model: String = "m.lrs") throws -> [Int: String] {
    let outcome = try workspace.run("inspect", "--weights", model)
    try #require(outcome.status == 0, "\(outcome.errors)")
    var names: [Int: String] = [:]
    for line in outcome.lines {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      names[try #require(Int(cells[0]))] = cells.count > 2 ? cells[2] : ""
    }
    return names
  }

  @Test func everyWeightHasItsName() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 90))
    try workspace.trained("t.csv", "--bits", "22", "--numeric-transform", "standardize")
    let names = Set(try names(workspace).values)
    let cities = ["city=Ulm", "city=Köln", "city=a,b", "amount", "amount=(missing)"]
    #expect(names.isSuperset(of: cities))
    #expect(names.count == cities.count + 46)
    #expect(names.contains("user=u0") && !names.contains(""))
    #expect(try workspace.inspected()["names"] as? Int == names.count)
  }

  @Test func namesCanBeLeftOutAndBounded() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 90))
    let options = ["t.csv", "--bits", "22", "--numeric-transform", "standardize"]
    try workspace.trained(list: options + ["--names", "off"], model: "off.lrs")
    let off = try workspace.read("off.lrs")
    for text in ["user=", "u44", "Ulm", "city="] {
      #expect(off.range(of: Data(text.utf8)) == nil, "\(text)")
    }
    #expect(
      Set(try names(workspace, "off.lrs").values) == ["", "amount", "amount=(missing)"],
      "columns of numbers stand in the schema")
    #expect(try workspace.run("inspect", "off.lrs").text.contains("none kept"))

    try workspace.trained(list: options + ["--names", "4"], model: "four.lrs")
    // The first row lacks its amount; the second has another city and user.
    let four = Set(try names(workspace, "four.lrs").values)
    #expect(four == ["city=Ulm", "amount=(missing)", "user=u0", "city=Köln", "amount", ""])
    #expect(try workspace.inspected("four.lrs")["names"] as? Int == 4)
  }

  @Test(arguments: ["0", "-1", "on", "1.5", "16777217", ""])
  func otherNumbersOfNamesAreRefused(_ names: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 9))
    let outcome = try workspace.train("t.csv", "--names=\(names)")
    #expect(outcome.status == 64 && outcome.errors.contains("--names"), "\(outcome.errors)")
  }

  @Test func namesAndCollisionsAreTheSameHoweverRowsAreRead() throws {
    let workspace = try Workspace()
    var text = Self.table(rows: 4000)
    text += "1,bad,x,bad\n1,bad\n"
    try workspace.write("t.csv", text)
    let options = [
      "--max-bad-rows", "2", "--bits", "11", "--names", "700", "--numeric-transform", "standardize",
    ]
    func model(_ more: [String]) throws -> Data {
      try workspace.trained(list: ["t.csv"] + options + more, model: "n.lrs")
      return try workspace.read("n.lrs")
    }
    let expected = try model([])
    for variant in [
      ["--threads", "2"], ["--threads", "8", "--chunk-bytes", "64"], ["--chunk-bytes", "1"],
      ["--threads", "3", "--chunk-bytes", "5000"],
    ] { #expect(try model(variant) == expected, "\(variant)") }
    let figures = try #require(try workspace.inspected("n.lrs")["collisions"] as? [String: Any])
    // 2001 users, three cities, amount and its absence: nothing of the bad rows.
    #expect(figures["distinct_features"] as? Double == 2006)
    #expect(figures["relative_error"] as? Double == 0)
    let used = try #require(figures["slots_used"] as? Double)
    #expect(used > 1200 && used < 1350)
  }

  @Test func laterEpochsAndExactSolversNameTheSame() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 300))
    // Exact solvers make no bins of their own accord.
    let common = ["t.csv", "--bits", "22", "--numeric-transform", "standardize"]
    try workspace.trained(list: common)
    let once = try names(workspace)
    for options in [
      ["--epochs", "3"], ["--epochs", "2", "--cache", "none"], ["--shuffle", "50"],
      ["--optimizer", "lbfgs", "--l2", "1"],
    ] {
      try workspace.trained(list: common + options, model: "n.lrs")
      #expect(try names(workspace, "n.lrs") == once, "\(options)")
    }
  }

  @Test func onlyWeightsThatAreNotZeroKeepTheirNames() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 300))
    try workspace.trained("t.csv", "--bits", "22", "--l1", "3")
    let figures = try workspace.inspected()
    let weights = try #require(figures["nonzero_weights"] as? Int)
    #expect(figures["names"] as? Int == weights && weights < 20)
  }

  @Test func crowdedSlotsAreWarnedOf() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 4000))
    let crowded = try workspace.train("t.csv")
    let collisions = try #require(try crowded.json()["collisions"] as? [String: Any])
    let share = try #require(collisions["collided_share"] as? Double)
    #expect(share > 0.5)
    #expect(collisions["advised_bits"] as? Int == 16)
    for text in [crowded.errors, try workspace.run("inspect", "m.lrs").text] {
      #expect(text.contains("share a slot with another in 2^10 slots; use --bits 16"), "\(text)")
    }
    let roomy = try workspace.train("t.csv", "--bits", "16")
    #expect(!roomy.errors.contains("--bits"))
    let figures = try #require(try roomy.json()["collisions"] as? [String: Any])
    #expect(figures["advised_bits"] is NSNull)
  }

  @Test func oddsRatiosArePerUnitAndPerStandardDeviation() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table(rows: 300))
    try workspace.trained("t.csv", "--bits", "22", "--numeric-transform", "standardize")
    let figures = try workspace.run("inspect", "--json", "--top", "500", "m.lrs").json()
    let top = try #require(figures["top_weights"] as? [[String: Any]])
    let columns = try #require(figures["columns"] as? [[String: Any]])
    let amount = try #require(columns.first { $0["name"] as? String == "amount" })
    let deviation = try #require(amount["standard_deviation"] as? Double)
    for entry in top {
      let weight = try #require(entry["weight"] as? Double)
      let perUnit = try #require(entry["odds_ratio_per_unit"] as? Double)
      if entry["name"] as? String == "amount" {
        #expect(abs(perUnit / exp(weight / deviation) - 1) < 1e-12)
        let per = try #require(entry["odds_ratio_per_standard_deviation"] as? Double)
        #expect(abs(per / exp(weight) - 1) < 1e-12)
      } else {
        #expect(abs(perUnit / exp(weight) - 1) < 1e-12)
        #expect(entry["odds_ratio_per_standard_deviation"] is NSNull)
      }
    }
    #expect(top.contains { $0["name"] as? String == "amount" })
  }

  @Test func libSVMIndicesAreNames() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 5:1 99999999999:2\n-1 0012:1\n")
    try workspace.trained("t.svm")
    #expect(Set(try names(workspace).values) == ["5", "12", "99999999999"])
  }

  @Test func vwFeaturesAreNamedAsItsAuditDoes() throws {
    let workspace = try Workspace()
    try workspace.write("t.vw", "1 |user:2 age:3 :1 x :4 | plain |bad a:0\n-1 |user y | z\n")
    try workspace.trained("t.vw")
    #expect(
      Set(try names(workspace).values)
        == ["user^age", "user^0", "user^x", "user^1", "plain", "user^y", "z"])
    let lines = try workspace.predicted("t.vw", "--explain", "9")
    #expect(lines[1].contains("\tuser^y\t") && lines[1].contains("\tz\t"))
  }

  @Test func aNameStandsBehindEachClassOfItsFeature() throws {
    let workspace = try Workspace()
    let rows = (0..<60).map { "\(["a", "b", "c"][$0 % 3]),v\($0 % 3),\($0 % 7)\n" }
    try workspace.write("t.csv", "label,v,n\n" + rows.joined())
    try workspace.trained("t.csv", "--loss", "softmax")
    let lines = try workspace.run("inspect", "--weights", "m.lrs").lines
    let cells = lines.map { $0.split(separator: "\t").map(String.init) }
    #expect(cells.allSatisfy { $0.count == 4 && ["a", "b", "c"].contains($0[2]) })
    let numbers =
      ["n", "n (symlog)", "n < 1"] + (1...5).map { "n in [\($0), \($0 + 1))" } + ["n >= 6"]
    #expect(Set(cells.map { $0[3] }) == Set(["v=v0", "v=v1", "v=v2"] + numbers))
    let top = try workspace.run("inspect", "--top", "3", "m.lrs").text
    #expect(top.contains("a  v=v0") && top.contains("c  v=v2"), "\(top)")
  }

  @Test func wordsProductsAndBinsAreNamed() throws {
    let workspace = try Workspace()
    let texts = ["Win  BIG, win", "see you", "", "big_deal"]
    let rows = (0..<64).map { row in
      "\(row % 2),\"\(texts[row % 4])\",\(row % 8 < 4 ? "x" : ""),\(row % 4).5,\(row)\n"
    }
    try workspace.write("t.csv", "label,note,city,size,n\n" + rows.joined())
    let options = [
      "--text", "note", "--ngrams", "3", "--numeric-transform", "size=quantile", "--cross",
      "city*size", "--cross", "city*n",
    ]
    try workspace.trained(list: ["t.csv", "--bits", "22"] + options)
    let names = Set(try names(workspace).values)
    let expected = [
      "note=win", "note=win big", "note=win big win", "note=big win", "note=see you",
      "note=(missing)", "note=big_deal", "city=x", "city=(missing)", "size < 1.5",
      "size in [1.5, 2.5)", "size >= 3.5", "n", "n (symlog)", "n in [2, 4)", "city*size=x*< 1.5",
      "city*size=(missing)*>= 3.5", "city*n=x", "city*n=(missing)",
    ]
    for name in expected { #expect(names.contains(name), "\(name) in \(names.sorted())") }
    #expect(!names.contains(""))
    // What explains a row are its own features, by the same names.
    for line in try workspace.predicted("t.csv", "--explain", "20") {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).dropFirst()
      for (place, cell) in cells.enumerated() where place % 2 == 0 && !cell.isEmpty {
        #expect(names.contains(String(cell)), "\(cell)")
      }
    }
    let variant = ["t.csv", "--bits", "22", "--threads", "3", "--chunk-bytes", "9"]
    try workspace.trained(list: variant + options, model: "n.lrs")
    #expect(try workspace.read("m.lrs") == workspace.read("n.lrs"))
  }

  @Test func transformsDecideWhatAUnitDoes() throws {
    let workspace = try Workspace()
    let rows = (0..<80).map { "\($0 % 2),\($0 % 9),\($0 % 7),\(($0 * $0) % 91)\n" }
    try workspace.write("t.csv", "label,plain,raw,log\n" + rows.joined())
    try workspace.trained(
      "t.csv", "--bits", "22", "--numeric-transform", "raw=raw,log=symlog,plain=standardize")
    let figures = try workspace.run("inspect", "--json", "--top", "9", "m.lrs").json()
    let top = try #require(figures["top_weights"] as? [[String: Any]])
    for entry in top {
      let hasUnit = entry["odds_ratio_per_unit"] is Double
      let hasDeviation = entry["odds_ratio_per_standard_deviation"] is Double
      switch entry["name"] as? String {
      case "plain": #expect(hasUnit && hasDeviation)
      case "raw": #expect(hasUnit && !hasDeviation)
      case "log": #expect(!hasUnit && hasDeviation)
      case let name: Issue.record("\(name ?? "no name")")
      }
    }
    #expect(top.count == 3)
  }

  @Test func hostileNamesAreHarmless() throws {
    let workspace = try Workspace()
    var bytes = Data("label,a\u{1B}[31m\n".utf8)
    for row in 0..<40 {
      bytes += Data("\(row % 2),\"v\u{7}\t\(row % 3)\n\r".utf8) + [0xFF] + Data("\u{202E}\"\n".utf8)
    }
    try workspace.write("t.csv", bytes)
    try workspace.trained("t.csv")
    for arguments in [
      ["inspect", "--top", "9", "m.lrs"], ["inspect", "--json", "--top", "9", "m.lrs"],
      ["inspect", "--weights", "m.lrs"],
      ["predict", "-q", "-m", "m.lrs", "--explain", "2", "t.csv"],
      ["predict", "-q", "-m", "m.lrs", "--explain", "2", "--output", "csv", "t.csv"],
    ] {
      let outcome = try workspace.run(arguments)
      #expect(outcome.status == 0)
      let bad = outcome.text.unicodeScalars.filter {
        $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0x7F...0x9F).contains($0.value)
          || $0.value == 0x202E
      }
      #expect(bad.isEmpty, "\(arguments): \(outcome.text.debugDescription)")
      #expect(outcome.text.contains("x1B[31m=v"), "\(arguments)")
      #expect(String(data: outcome.output, encoding: .utf8) != nil)
    }
    for line in try workspace.run("inspect", "--weights", "m.lrs").lines {
      #expect(line.split(separator: "\t").count == 3)
    }
  }
}
