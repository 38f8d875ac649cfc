import Foundation
import Testing

/// Kills and faults at the system calls of a checkpointed training, by `strace -e inject`.
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

    func run(injecting fault: String? = nil, at call: String = "none") throws -> Outcome {
      let all = arguments + ["--checkpoint", "state", "--checkpoint-every", "100rows"]
      guard let fault else { return try workspace.run(all) }
      return try workspace.run(all, injecting: fault, at: call)
    }

    /// The same command must now come to what the undisturbed run came to.
    ///
    /// - Parameter places: where no temporary may be left. Beside the model only a killed run leaves
    ///   one, or one that may remove nothing.
    func expectRepair(_ comment: Comment, cleans places: [String] = ["state", "."]) throws {
      let last = try run()
      #expect(last.status == 0, "\(comment): \(last.errors)")
      #expect(try workspace.read("m.lrs") == model, comment)
      #expect(try Checkpointing.figures(last) == figures, comment)
      for place in places {
        let left = try workspace.names(in: place).filter { $0.hasSuffix(".tmp") }
        #expect(left.isEmpty, comment)
      }
    }
  }

  /// Kills: a run, and up to four that take up from it, are killed at the same call, then the rest is
  /// learned. With the calls below these are more than 200 kills.
  @Test(
    .enabled(if: FaultInjection.isPossible, "strace is not there, or may not trace"),
    arguments: [
      ("write", [1, 2, 3, 4, 5, 6, 8, 10, 13], []), ("fsync", [1, 2, 3], []),
      ("rename", [1, 2], []), ("unlink", [1, 2, 3, 4], ["--shuffle", "90"]),
      ("openat", [30, 33, 36, 37, 38, 39, 40, 41, 42, 44, 48], []),
      ("read", [8, 12, 14, 16, 18, 20, 24, 28, 34], ["--batch-size", "7"]),
      ("fdatasync", [1, 2], ["--epochs", "2"]), ("pwrite64", [1, 2, 3, 5, 8], ["--epochs", "2"]),
      ("pread64", [1, 3, 4, 6, 9, 12], ["--optimizer", "lbfgs", "--l2", "1"]),
      ("ftruncate", [1, 2], ["--holdout", "0.2", "--holdout-rows", "40"]),
      ("close", [20, 24, 26, 28, 30, 32, 36], ["--optimizer", "adagrad"]),
      ("mmap", [40, 44, 46, 48], ["--loss", "squared", "--label", "amount"]),
      ("futex", [1, 2, 4, 7, 11, 16, 25, 40], []), ("clone3", [1, 2, 3, 4, 5], []),
      ("getdents64", [1, 2, 3, 4, 6], []),
    ] as [(String, [Int], [String])])
  func aKillChangesNothing(_ call: String, _ times: [Int], _ options: [String]) throws {
    let subject = try Subject(options)
    for time in times {
      try subject.start()
      var kills = 0
      for _ in 0..<5 {
        let killed = try subject.run(injecting: "signal=SIGKILL:when=\(time)", at: call)
        #expect([0, 137].contains(killed.status), "\(call) \(time): \(killed.errors)")
        guard killed.status == 137 else { break }
        kills += 1
      }
      try subject.expectRepair("\(call) \(time), \(kills) kills", cleans: ["state"])
    }
  }

  /// What the system may answer, at every place. The run may end with an error, but never with a wrong
  /// model; then the same command repairs it.
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
