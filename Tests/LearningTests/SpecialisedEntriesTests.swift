import Foundation
import Learning
import Testing

/// The lists of `@_specialize` in SpecialisedEntries.swift against all rules and losses that the
/// sources have: one that is missing would still work, some 50 times slower, and nothing would say
/// so. The lists are in the text of the sources only, so it is the text that is read.
@Suite struct SpecialisedEntriesTests {
  /// A function and what its attributes list.
  private struct Entry {
    var owner: String
    var function: String
    var specialisations: [String]
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources").standardized

  /// Types anywhere in the sources that say they are a `name`.
  private static func types(conformingTo name: String) throws -> [String] {
    let pattern = try Regex("(?:struct|enum|class|extension) (\\w+) *:[^{]*\\b\(name)\\b")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: pattern) {
        if let type = match.output[1].substring { found.insert(String(type)) }
      }
    }
    return found.sorted()
  }

  private static func lines(_ path: String) throws -> [Substring] {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      .split(separator: "\n")
  }

  private static func entries() throws -> [Entry] {
    var entries: [Entry] = []
    var owner = ""
    var pending: [String] = []
    for line in try lines("Learning/Online/SpecialisedEntries.swift") {
      if let match = line.firstMatch(of: /^extension (\w+)/) {
        owner = String(match.1)
      } else if let match = line.firstMatch(of: /@_specialize\(where (.*)\)$/) {
        pending.append(String(match.1))
      } else if let match = line.firstMatch(of: /\bfunc (\w+)/) {
        entries.append(
          Entry(owner: owner, function: String(match.1), specialisations: pending.sorted()))
        pending = []
      }
    }
    return entries
  }

  /// Each rule by itself, and averaged.
  private static let rules = Result {
    try types(conformingTo: "CoordinateRule").flatMap { [$0, "Averaged<\($0)>"] }
  }
  private static let losses = Result { try types(conformingTo: "MarginLoss") }

  @Test func theRulesAndLossesAreFoundInTheSources() throws {
    let (rules, losses) = (try Self.rules.get(), try Self.losses.get())
    #expect(Set(rules).isSuperset(of: ["AdaGradCoordinates", "FTRLCoordinates", "SGDCoordinates"]))
    #expect(Set(losses).isSuperset(of: ["LogisticLoss", "ProbitLoss", "SquaredLoss"]))
    // Each of them is in the reference too.
    #expect(losses.count == ReferenceLearner.Loss.allCases.count)
  }

  @Test(arguments: ["learn", "finish", "predict"])
  func everyRuleWithEveryLossHasItsEntry(_ function: String) throws {
    let losses = try Self.losses.get()
    let pairs = try Self.rules.get().flatMap { rule in
      losses.map { "Rule == \(rule), Loss == \($0)" }
    }
    let entry = try Self.entries().first { $0.owner == "OnlineLearner" && $0.function == function }
    #expect(entry?.specialisations == pairs.sorted())
  }

  @Test(arguments: [
    ("SoftmaxLearner", "learn", "Rule"), ("SoftmaxLearner", "finish", "Rule"),
    ("SoftmaxLearner", "predict", "Rule"), ("CoordinateRule", "collectNonZeroWeights", "Self"),
  ])
  func everyRuleHasItsEntry(_ owner: String, _ function: String, _ name: String) throws {
    let all = try Self.rules.get().map { "\(name) == \($0)" }
    let entry = try Self.entries().first { $0.owner == owner && $0.function == function }
    #expect(entry?.specialisations == all.sorted())
  }

  /// A new requirement that is called for each batch needs entries, and a line above.
  @Test func noEntryPointIsForgotten() throws {
    var required: Set<String> = []
    for line in try Self.lines("Learning/Online/OnlineOptimizer.swift") {
      if line == "}" { break }
      if let match = line.firstMatch(of: /^  (?:mutating )?func (\w+)/) {
        required.insert(String(match.1))
      }
    }
    // `losses` is asked for a few thousand rows now and then, `serveLastWeights` does nothing with rows.
    let few: Set = ["bias", "weight", "forEachPortionOfWeights", "losses", "serveLastWeights"]
    #expect(required == few.union(["learn", "finish", "predict"]))
  }
}
