import Featurizing
import Learning
import SparseBatches
import Testing

@testable import ModelFile

/// Headers whose checksums are right and whose text is not what a program writes.
@Suite struct HeaderTextTests {
  private static let model = plainModel(alpha: 0.25)

  /// - Returns: what is said of the model with one piece of its header replaced; nil when it is
  ///   read.
  private func reading(_ old: String, _ new: String) throws -> RunFailure? {
    let container = try Self.model.container(named: "m.lrs")
    let text = String(decoding: container.headerJSON, as: UTF8.self)
    let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "\(old) is not in \(text)")
    let changed = Container(
      kind: .model, headerJSON: ArraySlice("\(parts[0])\(new)\(parts[1])".utf8),
      sections: container.sections, name: "m.lrs")
    return failure { _ = try ModelDocument(changed) }
  }

  @Test(arguments: [
    (
      "\"alpha\":0.25", "\"alpha\":0.25,\"gamma\":1",
      "its member learner.online.gamma is there twice"
    ),
    (
      "\"alpha\":0.25", "\"alpha\":0.25,\"alpha\":3",
      "its member learner.online.alpha is there twice"
    ),
    ("\"biases\"", "\"tree\":[{\"a\":[1,{\"b\":\"}\"}]}],\"biases\"", "its member tree"),
    ("\"batchSize\":1", "\"batchsize\":1", "its member learner.online.batchSize is missing"),
    (
      "\"alpha\":0.25", "\"alpha\":\"x\"",
      "its member learner.online.alpha is not of the right kind"
    ),
    ("\"biases\":[0.5]", "\"biases\":[\"x\"]", "its member biases.0 is not of the right kind"),
    ("{", "", "it is not JSON"),
    ("\"alpha\":0.25", "\"alpha\":-1", "its learner's numbers"),
    ("\"alpha\":0.25", "\"alpha\":0", "its learner's numbers"),
    ("\"batchSize\":1", "\"batchSize\":-5", "its learner's numbers"),
    ("\"beta\":1", "\"beta\":-1", "its learner's numbers"),
    ("\"l1\":0", "\"l1\":-2", "its learner's numbers"),
    (
      "\"alpha\":0.25",
      "\"alpha\":0.25,\"rate\":{\"schedule\":\"none\",\"initial\":1,\"power\":1,\"decay\":1,"
        + "\"decayRows\":1,\"warmupRows\":0}", "its learner's numbers"
    ),
    ("\"epochs\":1", "\"epochs\":0", "its passes"),
    ("\"epochs\":1", "\"epochs\":1,\"bestEpoch\":2", "its passes"),
    ("\"shuffleRows\":0", "\"shuffleRows\":-1", "its passes"),
    ("\"holdout\":0", "\"holdout\":1", "its passes"),
  ])
  func whatNoProgramWritesIsRefused(_ old: String, _ new: String, _ message: String) throws {
    let refused = try #require(try reading(old, new))
    #expect(refused.kind == .badData)
    #expect(refused.message.contains("m.lrs: the model") && refused.message.contains(message))
    #expect(
      !refused.message.contains("CodingKeys") && !refused.message.contains("debugDescription"))
  }

  @Test func blanksAndOrderDoNotMatter() throws {
    #expect(
      try reading("\"alpha\":0.25,\"batchSize\":1", "\"batchSize\" :\n 1, \"alpha\": 25e-2") == nil)
  }

  @Test func membersAreFoundInAnyText() {
    func paths(_ json: String) -> [String] { HeaderText.memberPaths(ArraySlice(json.utf8)) }
    #expect(
      paths(#"{"a":[{"b":1},{"b":"c"}],"d":{"e":[[1,2],{"f":0}]}}"#)
        == ["a", "a.0.b", "a.1.b", "d", "d.e", "d.e.1.f"])
    #expect(paths(#"{"a\"b":"}{","c" : ["x:",":"],"c":{}}"#) == [#"a\"b"#, "c", "c"])
    #expect(paths("[]").isEmpty && paths("").isEmpty && paths("\"a").isEmpty)
    #expect(paths(#"{"a":1}}}]"#) == ["a"])
  }
}
