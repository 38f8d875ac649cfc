import Foundation
import Testing

@testable import Notices

@Suite struct ProgressReporterTests {
  private final class Sink {
    var text = ""
  }

  private func run(_ style: ProgressStyle, _ moments: [ProgressReporter.Moment], total: Int?)
    -> String
  {
    let sink = Sink()
    let reporter = ProgressReporter(style: style) { sink.text += $0 }
    reporter.totalBytes = total
    for moment in moments { reporter.update(moment) }
    reporter.finish()
    return sink.text
  }

  private let two = [
    ProgressReporter.Moment(rows: 1000, loss: (sum: 500, weight: 1000), bytesRead: 10),
    ProgressReporter.Moment(rows: 3000, loss: (sum: 900, weight: 3000), bytesRead: 50),
  ]

  @Test func linesShowAverageAndSinceLast() {
    let lines = run(.lines, two, total: 100).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2].contains("0.50000") && lines[2].contains("1,000"))
    // Since last: (900 − 500) / (3000 − 1000).
    #expect(lines[3].contains("0.30000  0.20000") && lines[3].contains("3,000"))
  }

  @Test func linesGrowRarer() {
    let moments = (1...64).map { ProgressReporter.Moment(rows: $0 * 1000) }
    let lines = run(.lines, moments, total: nil).split(separator: "\n")
    #expect(lines.count == 1 + 7)
    #expect(lines.last?.hasSuffix("-") == true, "no time left without a size")
  }

  /// No line is as wide as the terminal, whatever size it has by then.
  @Test func theBarFitsTheTerminal() {
    let sink = Sink()
    var columns: Int? = 120
    let reporter = ProgressReporter(style: .bar, columns: { columns }) { sink.text += $0 }
    reporter.totalBytes = 100
    var lines: [String] = []
    for width in [120, 80, 60, 40, 20, 5, 1, nil] {
      columns = width
      sink.text = ""
      reporter.update(ProgressReporter.Moment(rows: 123_456, loss: (500, 1000), bytesRead: 50))
      // A bar is drawn ten times a second.
      while sink.text.isEmpty {
        reporter.update(ProgressReporter.Moment(rows: 123_456, loss: (500, 1000), bytesRead: 50))
      }
      let line = sink.text.dropFirst().replacing("\u{1B}[K", with: "")
      #expect(sink.text.hasPrefix("\r") && line.count < width ?? 1000)
      lines.append(String(line))
    }
    for whole in [lines[0], lines[7]] { #expect(whole.contains("MiB") && whole.contains("left")) }
    #expect(lines[2].contains("loss") && !lines[2].contains("MiB"))
    #expect(lines[3].hasPrefix("[##########----------] 50%") && lines[6].isEmpty)
  }

  @Test func jsonLinesParse() throws {
    let text = run(.json, two, total: nil)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["rows"] as? Int == 1000)
    #expect(object["average_loss"] as? Double == 0.5)
    #expect(object["fraction"] is NSNull)
  }

  @Test func noneIsSilent() { #expect(run(.none, two, total: 100).isEmpty) }
}
