import Foundation
import Testing

/// Public tables, read with default flags but for those that name the label. Skipped where the data
/// sets are not beside the package.
@Suite(.enabled(if: Samples.shared("README.md") != nil, "the public data sets are not there"))
struct PublicTableTests {
  private func evaluated(_ workspace: Workspace, _ file: String) throws -> [String: Any] {
    let outcome = try workspace.run("evaluate", "--json", "-m", "m.lrs", file)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()
  }

  /// Writes the rows whose ordinal has a CRC-32 divisible by 5 to `test`, the others to `train`.
  private func split(_ workspace: Workspace, _ lines: [String], header: String) throws {
    func isTest(_ index: Int) -> Bool {
      var crc: UInt32 = 0xFFFF_FFFF
      for byte in String(index).utf8 {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
      }
      return ~crc % 5 == 0
    }
    let rows = lines.enumerated()
    try workspace.write(
      "train", header + rows.filter { !isTest($0.offset) }.map { $0.element + "\n" }.joined())
    try workspace.write(
      "test", header + rows.filter { isTest($0.offset) }.map { $0.element + "\n" }.joined())
  }

  private func lines(_ name: String) throws -> [String] {
    let path = try #require(Samples.shared(name))
    let outcome = try Workspace().shell("gzip -dcf '\(path)'")
    return String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func adult() throws {
    let workspace = try Workspace()
    let train = try #require(Samples.shared("adult/adult.data.gz"))
    let test = try #require(Samples.shared("adult/adult.test.gz"))
    try workspace.trained(train, "--no-header", "--label", "c14", "--positive", ">50K")
    let loss = try #require(try evaluated(workspace, test)["log_loss"] as? Double)
    #expect(loss <= 0.325)
  }

  @Test func quotedAndCodedTables() throws {
    let workspace = try Workspace()
    try workspace.trained(
      try #require(Samples.shared("bank_marketing/bank.csv.gz")), "--label", "y", "--positive",
      "yes")
    try workspace.trained(
      try #require(Samples.shared("german/german_credit.csv")), "--label", "credit_risk",
      "--positive", "2")
  }

  @Test func shortMessages() throws {
    let workspace = try Workspace()
    try split(workspace, lines("sms_spam/SMSSpamCollection.gz"), header: "")
    try workspace.trained(
      "train", "--bits", "18", "--no-header", "--delimiter", "tab", "--quote", "none", "--positive",
      "Spam")
    let accuracy = try #require(try evaluated(workspace, "test")["accuracy"] as? Double)
    #expect(accuracy >= 0.97)
  }

  @Test func headlines() throws {
    let workspace = try Workspace()
    let (bait, news) = try (
      lines("clickbait/clickbait_data.gz"), lines("clickbait/non_clickbait_data.gz")
    )
    let rows = (0..<max(bait.count, news.count)).flatMap { index in
      (index < bait.count ? ["1\t\(bait[index])"] : [])
        + (index < news.count ? ["0\t\(news[index])"] : [])
    }
    try split(workspace, rows, header: "label\ttext\n")
    try workspace.trained(
      "train", "--bits", "18", "--delimiter", "tab", "--quote", "none", "--alpha", "1")
    let accuracy = try #require(try evaluated(workspace, "test")["accuracy"] as? Double)
    #expect(accuracy >= 0.96)
  }
}
