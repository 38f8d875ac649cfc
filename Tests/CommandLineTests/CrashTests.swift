import Foundation
import Synchronization
import Testing

/// Kills and faults at the system calls of a checkpointed training, by `strace -e inject`, and
/// kills at any moment. At least 300 kills where strace may trace (the tests count them), 200 where
/// not.
@Suite struct CrashTests {
  /// One training, run undisturbed and then under faults.
  private final class Subject {
    let workspace: Workspace
    let arguments: [String]
    private let model: Data
    private let figures: NSDictionary

    init(_ options: [String]) throws {
      workspace = try Workspace()
      let files = try Checkpointing.writeParts(in: workspace, rows: 250)
      arguments =
        Workspace.resumableArguments + ["--sniff-rows", "50", "-q", "-o", "m.lrs"] + options + files
      let plain = try workspace.run(arguments)
      try #require(plain.status == 0, "\(plain.errors)")
      model = try workspace.read("m.lrs")
      figures = try Checkpointing.figures(plain)
      try start()
    }

    /// Nothing was learned, nothing published.
    func start() throws { _ = try workspace.shell("rm -rf state m.lrs") }

    private var command: [String] {
      arguments + ["--checkpoint", "state", "--checkpoint-every", "100rows"]
    }

    func run(injecting fault: String? = nil, at call: String = "none") throws -> Outcome {
      guard let fault else { return try workspace.run(command) }
      return try workspace.run(command, injecting: fault, at: call)
    }

    /// Killed after so many seconds, unless it was quicker.
    func run(killedAfter seconds: Double) throws -> Outcome {
      try whenFree {
        try Program.run(
          "/usr/bin/timeout", ["-s", "KILL", "\(seconds)", Program.unoptimized] + command,
          in: workspace.path)
      }
    }

    /// `timeout` dies of the signal that it sends: the run that it killed may still be going.
    private func whenFree(_ run: () throws -> Outcome) throws -> Outcome {
      var last = try run()
      for _ in 0..<100 where last.status == 75 {
        Thread.sleep(forTimeInterval: 0.05)
        last = try run()
      }
      return last
    }

    /// The same command must now come to what the undisturbed run came to.
    ///
    /// - Parameter places: where no temporary may be left. Beside the model only a killed run leaves
    ///   one, or one that may remove nothing.
    func expectRepair(_ comment: Comment, cleans places: [String] = ["state", "."]) throws {
      let last = try whenFree { try run() }
      #expect(last.status == 0, "\(comment): \(last.errors)")
      #expect(try workspace.read("m.lrs") == model, comment)
      #expect(try Checkpointing.figures(last) == figures, comment)
      for place in places {
        let left = try workspace.names(in: place).filter { $0.hasSuffix(".tmp") }
        #expect(left.isEmpty, comment)
      }
    }
  }

  /// Calls, which ones of a thread, and options of the training.
  private static let callPoints: [(String, [Int], [String])] = [
    ("write", [1, 2], []), ("fsync", [1, 2], []), ("rename", [1], []),
    ("unlink", [1, 2], ["--shuffle", "90"]),
    ("openat", [30, 33, 36, 37, 38, 39, 40, 41, 42, 44, 48], []),
    ("read", [8, 12, 14, 16, 18, 20, 24, 28, 34], ["--batch-size", "7"]),
    ("fdatasync", [1], ["--epochs", "2"]), ("pwrite64", [1, 2, 3, 5], ["--epochs", "2"]),
    ("pread64", [1, 3, 4, 6, 9, 12], ["--optimizer", "lbfgs", "--l2", "1"]),
    ("ftruncate", [1], ["--holdout", "0.2", "--holdout-rows", "40"]),
    ("close", [20, 24, 26, 28, 30, 32, 36], ["--optimizer", "adagrad"]),
    ("mmap", [40, 44, 46, 48], ["--loss", "squared", "--label", "amount"]),
    ("futex", [1, 2, 4], []), ("clone3", [1, 2, 3, 4, 5], []), ("getdents64", [1, 2, 3, 4, 6], []),
  ]

  /// Kills of all call points, and how many of these are done.
  private static let callKills = Mutex((kills: 0, done: 0))

  /// A run, and up to four that take up from it, are killed at the same call, then the rest is
  /// learned.
  @Test(
    .enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"),
    arguments: callPoints)
  func aKillChangesNothing(_ call: String, _ times: [Int], _ options: [String]) throws {
    let subject = try Subject(options)
    var all = 0
    for time in times {
      try subject.start()
      var kills = 0
      for _ in 0..<5 {
        let killed = try subject.run(injecting: "signal=SIGKILL:when=\(time)", at: call)
        #expect([0, 137].contains(killed.status), "\(call) \(time): \(killed.errors)")
        guard killed.status == 137 else { break }
        kills += 1
      }
      all += kills
      try subject.expectRepair("\(call) \(time), \(kills) kills", cleans: ["state"])
    }
    let sum = Self.callKills.withLock { sum in
      sum.kills += all
      sum.done += 1
      return sum
    }
    // Which ones are reached depends a little on the system's libraries.
    if sum.done == Self.callPoints.count { #expect(sum.kills >= 200) }
  }

  /// Kills at moments spread over the time that a run takes, up to six in a row; needs no strace,
  /// and stands in for it where there is none.
  @Test(arguments: [[], ["--epochs", "2", "--shuffle", "90"]])
  func aKillAtAnyMomentChangesNothing(_ options: [String]) throws {
    let subject = try Subject(options)
    let start = Date()
    _ = try subject.run(killedAfter: 100)
    let whole = Date().timeIntervalSince(start)
    let wanted = FaultInjection.isPossible ? 50 : 100
    var kills = 0
    var attempt = 0
    while kills < wanted {
      try subject.start()
      for _ in 0..<6 where kills < wanted {
        // A golden section of the time, again and again: never twice the same moment.
        attempt += 1
        let share = (Double(attempt) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
        let killed = try subject.run(killedAfter: max(0.001, share * whole))
        #expect([0, 137].contains(killed.status), "\(killed.errors)")
        guard killed.status == 137 else { break }
        kills += 1
      }
      try subject.expectRepair("after \(kills) kills", cleans: ["state"])
      try #require(attempt < 20 * wanted, "runs are quicker than kills")
    }
    #expect(kills == wanted)
  }

  /// What the system may answer, at every place. The run may end with an error, but never with a
  /// wrong model; then the same command repairs it.
  @Test(
    .enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"),
    arguments: [
      ("write", "ENOSPC", [1, 2, 3, 5]), ("write", "EIO", [1, 2, 4]),
      ("fsync", "ENOSPC", [1, 2]), ("fsync", "EIO", [1, 2]), ("rename", "EXDEV", [1]),
      ("rename", "EACCES", [1]), ("rename", "EIO", [1]), ("unlink", "EACCES", [1, 2]),
      ("openat", "EACCES", [36, 38, 39, 40, 41, 42]), ("openat", "ENOSPC", [37, 39, 40, 41]),
      ("mkdir", "ENOSPC", [1]), ("flock", "EINTR", [1]), ("write", "EINTR", [1, 2, 3]),
      ("read", "EINTR", [14, 16, 18]), ("read", "EIO", [14, 16, 18]), ("ftruncate", "EIO", [1]),
    ] as [(String, String, [Int])])
  func aFaultIsSurvivedOrReported(_ call: String, _ error: String, _ times: [Int]) throws {
    let subject = try Subject([])
    for time in times {
      try subject.start()
      let run = try subject.run(injecting: "error=\(error):when=\(time)", at: call)
      // 127: the loader did not find a library; it never came to us.
      #expect(
        [0, 65, 66, 73, 74, 127].contains(run.status),
        "\(call) \(error) \(time): \(run.status) \(run.errors)")
      let places = call == "unlink" ? ["state"] : ["state", "."]
      try subject.expectRepair("\(call) \(error) \(time)", cleans: places)
    }
  }

  @Test(.enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"))
  func aFullDiskIsReportedAndTheOldStateStays() throws {
    let subject = try Subject([])
    let workspace = subject.workspace
    let first = subject.arguments.dropLast(2)
    let some = try workspace.run(
      first + ["--checkpoint", "state", "--checkpoint-every", "100rows"])
    try #require(some.status == 0, "\(some.errors)")
    let model = try workspace.read("m.lrs")
    let names = try workspace.names(in: "state")
    let full = try subject.run(injecting: "error=ENOSPC", at: "fsync")
    #expect(full.status == 74 && full.errors.contains("No space left"), "\(full.errors)")
    #expect(try workspace.read("m.lrs") == model)
    #expect(try workspace.names(in: "state") == names)
    try subject.expectRepair("after a full disk")
  }
}
