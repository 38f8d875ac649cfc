import Foundation
import Glibc
import Testing

/// What a program left behind when it ended.
struct Outcome {
  /// The exit code; 128 + the signal when one ended it.
  let status: Int32
  let output: Data
  let errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Standard output as one JSON object, read by a parser that is not ours.
  func json() throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: output) as? [String: Any], "not a JSON object: \(text)"
    )
  }
}

/// What a program reads or where it writes.
enum Stream {
  case null
  /// A regular file, from its start.
  case file(String)
  /// A pipe that stays open and never brings a byte.
  case silent
  /// A pseudo terminal of its own.
  case terminal
}

/// Starts programs and waits for them. Arguments are passed as they are.
enum Program {
  /// The built `logreg-stream`: that of the variable `TESTED_PROGRAM`, or the unoptimized one.
  static let path = ProcessInfo.processInfo.environment["TESTED_PROGRAM"] ?? unoptimized

  /// The one beside the test bundle: so slow that a run can be stopped in its middle. Both must write
  /// the same bytes.
  static let unoptimized: String = {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("logreg-stream").path
  }()

  /// A run that takes longer is ended, and the test fails.
  private static let timeout = 180.0
  /// One that waits for a byte that never comes.
  private static let silentTimeout = 30.0

  struct TimedOut: Error { let arguments: [String] }
  struct CannotStart: Error { let path: String, code: Int32 }

  /// - Parameters:
  ///   - directory: the current directory of the program; its temporary files are made there.
  ///   - environment: added to, or taking the place of, this process's own.
  static func run(
    _ path: String, _ arguments: [String], in directory: String,
    input: Stream = .null, terminalErrors: Bool = false, environment: [String: String] = [:]
  ) throws -> Outcome {
    let name = UUID().uuidString
    let outputPath = "\(directory)/.\(name).out"
    let errorPath = "\(directory)/.\(name).err"
    defer {
      try? FileManager.default.removeItem(atPath: outputPath)
      try? FileManager.default.removeItem(atPath: errorPath)
    }
    let pipePath = "\(directory)/.\(name).pipe"
    var pipe: Int32 = -1
    if case .silent = input {
      try #require(unsafe mkfifo(pipePath, 0o600) == 0)
      // Open for both: the program's own opening does not wait, and the end never comes.
      pipe = unsafe open(pipePath, O_RDWR | O_CLOEXEC)
      try #require(pipe >= 0)
    }
    defer {
      if pipe >= 0 { close(pipe) }
      unsafe _ = unlink(pipePath)
    }
    var terminal: PseudoTerminal?
    if terminalErrors { terminal = try PseudoTerminal() }
    if case .terminal = input { terminal = try PseudoTerminal() }
    let inputPath =
      switch input {
      case .null: "/dev/null"
      case .file(let path): path
      case .silent: pipePath
      case .terminal: try #require(terminal?.path)
      }

    let child = try spawn(
      path, arguments, in: directory, environment,
      descriptors: [
        (STDIN_FILENO, inputPath, O_RDONLY | O_NOCTTY),
        (STDOUT_FILENO, outputPath, O_WRONLY | O_CREAT | O_TRUNC),
        (
          STDERR_FILENO, terminalErrors ? try #require(terminal?.path) : errorPath,
          O_WRONLY | O_CREAT | O_NOCTTY
        ),
      ])
    let status = try wait(
      for: child, arguments, atMost: pipe >= 0 ? silentTimeout : timeout)
    let errors =
      terminalErrors
      ? terminal?.drain() ?? Data() : try Data(contentsOf: URL(fileURLWithPath: errorPath))
    return Outcome(
      status: status, output: try Data(contentsOf: URL(fileURLWithPath: outputPath)),
      errors: String(decoding: errors, as: UTF8.self))
  }

  private static func spawn(
    _ path: String, _ arguments: [String], in directory: String, _ environment: [String: String],
    descriptors: [(number: Int32, path: String, flags: Int32)]
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    for descriptor in descriptors {
      unsafe posix_spawn_file_actions_addopen(
        &actions, descriptor.number, descriptor.path, descriptor.flags, 0o600)
    }
    // A test runner may ignore SIGPIPE; programs start with the default, as from a shell.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))

    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Both arrays own their texts until the call is over, and end with a null.
    let enter = ["sh", "-c", "cd \"$0\" && exec \"$@\"", directory, path]
    let words = unsafe (enter + arguments).map { unsafe strdup($0) } + [nil]
    let settings = unsafe merged.map { unsafe strdup("\($0)=\($1)") } + [nil]
    defer {
      unsafe words.forEach { unsafe free($0) }
      unsafe settings.forEach { unsafe free($0) }
    }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, words, settings)
    guard code == 0 else { throw CannotStart(path: path, code: code) }
    return child
  }

  private static func wait(
    for child: pid_t, _ arguments: [String], atMost seconds: Double
  ) throws -> Int32 {
    let end = Date(timeIntervalSinceNow: seconds)
    var status: Int32 = 0
    while unsafe waitpid(child, &status, WNOHANG) == 0 {
      if Date() > end {
        // Its process group is its own: what a shell started ends with it.
        kill(-child, SIGKILL)
        unsafe waitpid(child, &status, 0)
        throw TimedOut(arguments: arguments)
      }
      usleep(1000)
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }
}

/// The master side of a terminal that a program takes for a person's.
final class PseudoTerminal {
  let path: String
  private let master: Int32

  /// TIOCSPTLCK and TIOCGPTN, which are macros that Swift cannot import.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  struct Unavailable: Error { let code: Int32 }

  init() throws {
    master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: Int32 = 0
    // Each request reads or writes the one integer that it is given.
    guard master >= 0, unsafe ioctl(master, Self.setLock, &locked) == 0,
      unsafe ioctl(master, Self.getNumber, &number) == 0
    else { throw Unavailable(code: errno) }
    path = "/dev/pts/\(number)"
  }

  deinit { close(master) }

  /// What programs wrote that have ended by now.
  func drain() -> Data {
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    var all = Data()
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
      // At most as many bytes as the block has are read.
      let count = unsafe read(master, &block, block.count)
      guard count > 0 else { return all }
      all.append(contentsOf: block.prefix(count))
    }
  }
}
