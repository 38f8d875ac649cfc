import Foundation
import Testing

/// Kills and faults at system calls, by `strace -e inject`.
enum FaultInjection {
  fileprivate static let strace: String? = {
    guard
      let path = ["/usr/bin/strace", "/bin/strace"].first(where: FileManager.default.fileExists)
    else { return nil }
    // Containers may forbid tracing.
    let trial = Process()
    trial.executableURL = URL(fileURLWithPath: path)
    trial.arguments = ["-o", "/dev/null", "true"]
    trial.standardError = FileHandle.nullDevice
    guard (try? trial.run()) != nil else { return nil }
    trial.waitUntilExit()
    return trial.terminationStatus == 0 ? path : nil
  }()

  static var isPossible: Bool { strace != nil }
}

extension Workspace {
  /// Runs the program under a fault, as `signal=SIGKILL:when=3`, at a system call.
  func run(_ arguments: [String], injecting fault: String, at call: String) throws -> Outcome {
    let tracing = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e"]
    return try Program.run(
      try #require(FaultInjection.strace),
      tracing + ["inject=\(call):\(fault)", Program.path] + arguments, in: path)
  }
}
