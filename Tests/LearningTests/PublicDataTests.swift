import Foundation
import Learning
import SparseBatches
import Testing

/// Reading a9a where it is at hand, beside the package.
enum PublicData {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/data/a9a")

  static var isAtHand: Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: "a9a.gz").path)
  }

  static func rows(_ name: String) throws -> [ReferenceRow] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", folder.appending(path: name).path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      let features = try parts.dropFirst().map { part in
        let pair = part.split(separator: ":")
        return (slot: try #require(UInt32(pair[0])), value: try #require(Float(pair[1])))
      }
      return ReferenceRow(features, label: parts[0].hasPrefix("-") ? 0 : 1)
    }
  }
}

@Suite(.enabled(if: PublicData.isAtHand, "a9a is not beside the package"))
struct PublicDataTests {
  private func logLoss(
    _ learner: consuming some OnlineOptimizer & ~Copyable, _ train: borrowing SparseBatch,
    _ test: borrowing SparseBatch
  ) throws -> Double {
    try learner.learn(train)
    try learner.finish()
    var margins = GrowableBuffer<Double>()
    learner.predict(test, into: &margins)
    var sum = 0.0
    for row in 0..<test.rowCount {
      sum += LogisticLoss.loss(margin: margins[row], label: Double(test.labels[row]))
    }
    return sum / Double(test.rowCount)
  }

  @Test(arguments: [1, 64])
  func onePassWithDefaultsIsCloseToTheOptimum(batchSize: Int) throws {
    let train = batch(try PublicData.rows("a9a.gz"))
    let test = batch(try PublicData.rows("a9a.t.gz"))
    let ftrl = try logLoss(
      FTRLProximal<LogisticLoss>(bits: 10, parameters: FTRLParameters(), batchSize: batchSize),
      train, test)
    #expect(ftrl <= 0.335)
    let adaptive = try logLoss(
      AdaGrad<LogisticLoss>(bits: 10, parameters: AdaGradParameters(), batchSize: batchSize),
      train, test)
    #expect(adaptive <= 0.335)
    // The mean of a mini-batch takes steps as long as one row's, 64 times fewer of them.
    if batchSize > 1 { return }
    let descent = try logLoss(
      StochasticGradient<LogisticLoss>(bits: 10, parameters: SGDParameters()), train, test)
    #expect(descent <= 0.335)
  }
}
