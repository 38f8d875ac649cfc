import Foundation
import Testing

/// What a label may be.
@Suite struct LabelTests {
  /// Many rows labelled 1 before the first that decides: it stands in a later chunk.
  private func rows(_ last: [String], format: String) -> String {
    let labels = Array(repeating: "1", count: 300) + last
    return switch format {
    case "csv": "label,a\n" + labels.enumerated().map { "\($1),v\($0 % 7)\n" }.joined()
    case "vw": labels.enumerated().map { "\($1) |a v\($0 % 7)\n" }.joined()
    default: labels.enumerated().map { "\($1) \($0 % 7):1\n" }.joined()
    }
  }

  @Test(arguments: ["csv", "libsvm", "vw"], [("-1", "0"), ("0", "-1")])
  func theConventionIsDecidedOnceAnywhere(
    _ format: String, _ labels: (first: String, second: String)
  ) throws {
    let workspace = try Workspace()
    try workspace.write("good.\(format)", rows([labels.first, "1", labels.first], format: format))
    try workspace.write(
      "bad.\(format)", rows([labels.first, "1", labels.second, "1"], format: format))
    try workspace.trained("good.\(format)", "--chunk-bytes", "100", "--threads=1")
    for threads in ["1", "4"] {
      for chunk in ["1", "100000"] {
        let options = ["--threads", threads, "--chunk-bytes", chunk]
        let refused = try workspace.run(
          ["train", "--bits=10", "-o", "n.lrs", "bad.\(format)"] + options)
        #expect(refused.status == 65)
        #expect(refused.errors.contains("row 303"), "\(refused.errors)")
        #expect(!workspace.exists("n.lrs"))
        let skipped = try workspace.run(
          ["train", "--bits=10", "-o", "s.lrs", "--json", "bad.\(format)", "--max-bad-rows", "1"]
            + options)
        #expect(try skipped.json()["bad_rows_by_reason"] as? [String: Int] == ["bad_label": 1])
      }
    }
  }

  @Test(arguments: [
    ("0", "1"), ("-1", "1"), ("-1", "+1"), ("false", "true"), ("False", "True"), ("FALSE", "TRUE"),
    ("0.0", "1.0"),
  ])
  func conventions(_ negative: String, _ positive: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\n\(positive),x\n\(negative),y\n \(positive) ,x\n")
    try workspace.trained("t.csv")
    #expect(try workspace.inspected()["positives"] as? Int == 2)
  }

  @Test func labelsAcrossFilesFollowOneConvention() throws {
    let workspace = try Workspace()
    try workspace.write("a.csv", "label,a\n1,x\n0,y\n")
    try workspace.write("b.csv", "label,a\n1,x\n-1,y\n")
    let said = try workspace.refusal(of: "a.csv", "b.csv", status: 65)
    #expect(said.contains("b.csv: row 2 (line 3)"), "\(said)")
  }

  @Test func aTextLabelNeedsPositive() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\nyes,x\nno,y\nyes,x\nmaybe,z\n")
    let said = try workspace.refusal(of: "t.csv", status: 65)
    #expect(said.contains("--positive"), "\(said)")
    try workspace.trained("t.csv", "--positive", "yes")
    let model = try workspace.inspected()
    #expect(model["positives"] as? Int == 2)
    #expect(model["rows"] as? Int == 4)
    // Stored in the model: evaluate needs no option.
    let outcome = try workspace.run("evaluate", "-m", "m.lrs", "--json", "t.csv")
    #expect(try outcome.json()["positives"] as? Int == 2)
  }

  @Test func aPositiveMayStartWithADash() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\n-1,x\n1,y\n1,x\n")
    try workspace.trained("t.csv", "--positive", "-1")
    #expect(try workspace.inspected()["positives"] as? Int == 1)
  }

  @Test func aPositiveThatIsNeverMetIsWarnedOf() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\nyes,x\nno,y\n")
    let outcome = try workspace.train("t.csv", "--positive", "Yes")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("no row is positive"))
  }

  @Test func aMissingLabelIsBadEvenWithPositive() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "label,a\nyes,x\n,y\nno,z\n")
    #expect(try workspace.refusal(of: "t.csv", "--positive", "yes", status: 65).contains("row 2"))
  }

  @Test(arguments: ["1", "0"])
  func oneClassAloneStaysFinite(_ label: String) throws {
    let workspace = try Workspace()
    let text = "label,a\n" + String(repeating: "\(label),x\n", count: 3000)
    try workspace.write("t.csv", text)
    let outcome = try workspace.train("t.csv")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("warning"))
    let loss = try #require(try outcome.json()["progressive_log_loss"] as? Double)
    #expect(loss.isFinite && loss > 0 && loss < 0.1)
    let probability = try #require(Double(try workspace.predicted("t.csv")[0]))
    #expect(probability > 0 && probability < 1)
    let figures = try workspace.run("evaluate", "-m", "m.lrs", "--json", "t.csv").json()
    #expect(figures["auc"] is NSNull, "undefined")
    #expect(figures["normalized_entropy"] is NSNull, "undefined")
    #expect((figures["calibration_ratio"] is NSNull) == (label == "0"))
  }
}
