internal import Handoff

/// Where each thread spent its time, in words.
enum StageTimesText {
  /// - Parameter lastStage: what is done with rows in their order.
  static func describe(_ threads: [StageTimes], lastStage: String) -> String {
    let lines = threads.enumerated().map { index, times in
      "  thread \(index + 1): read and inflate \(seconds(times.produceSeconds)), parse and hash "
        + "\(seconds(times.transformSeconds)), \(lastStage) \(seconds(times.consumeSeconds)), wait "
        + seconds(times.waitSeconds)
    }
    let total = threads.reduce(StageTimes()) { $0 + $1 }
    let stages = [
      ("read and inflate", total.produceSeconds), ("parse and hash", total.transformSeconds),
      (lastStage, total.consumeSeconds),
    ]
    let longest = stages.max { $0.1 < $1.1 }?.0 ?? ""
    return "where the time went (most work: \(longest)):\n" + lines.joined(separator: "\n")
  }

  private static func seconds(_ seconds: Double) -> String { NumberText.fixed(seconds, 2) + " s" }
}
