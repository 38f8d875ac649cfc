import SparseBatches

/// Prints a line for each stage: its name, nanoseconds a row, and its ratio to the calibration
/// loop.
@main
enum MicroBenchmarks {
  private static let rounds = 60

  static func main() throws {
    var stages = try Stages()
    var calibration = Calibration()
    var sink = 0
    // The least of many rounds is what the machine can do when nobody disturbs it.
    var least = [Duration](repeating: .seconds(3600), count: 5)
    let clock = ContinuousClock()
    for _ in 0..<rounds {
      least[0] = min(least[0], clock.measure { sink &+= calibration.run() })
      least[1] = min(least[1], try clock.measure { sink &+= try stages.parse() })
      least[2] = min(least[2], try clock.measure { sink &+= try stages.hash() })
      least[3] = min(least[3], try clock.measure { sink &+= try stages.learn() })
      least[4] = min(least[4], try clock.measure { sink &+= try stages.encode() })
    }
    for (name, time) in zip(["parse", "hash", "learn", "encode"], least.dropFirst()) {
      print("\(name)\t\(time / .nanoseconds(Stages.rows))\t\(time / least[0])")
    }
    // Nobody can say that what was measured was not needed.
    if sink == 0 { print("nothing was done") }
  }
}
