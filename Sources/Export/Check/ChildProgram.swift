internal import Glibc
internal import SparseBatches

/// A program of the machine, run to its end.
enum ChildProgram {
  /// The file of a program; nil when none of the folders in PATH has it.
  static func find(_ name: String) -> String? {
    // Proof: the text that getenv returns is copied before anything changes the environment.
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { unsafe access($0.systemPath, X_OK) == 0 }
  }

  /// Runs a program without input; what it says goes to a file.
  ///
  /// - Returns: its exit code, or 128 and more where a signal ended it.
  /// - Throws: inputOutput when it cannot be started.
  static func run(
    _ path: String, _ arguments: [String], sayingTo log: String
  ) throws(RunFailure) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log.systemPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    // The array owns its texts until the call is over, and ends with a null.
    let words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, path, &actions, nil, words, environ)
    guard code == 0 else {
      throw RunFailure(
        .inputOutput,
        "cannot start \(DisplayText.escape(path: path)): \(SystemErrorText.text(of: code))")
    }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }
}

/// A folder for one check, gone with it.
final class CheckFolder {
  let path: String

  /// - Throws: cannotCreate.
  init() throws(RunFailure) {
    // Proof: as in `find`.
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let template = Array("\(base)/logreg-stream-check-XXXXXX".utf8CString)
    var name = template
    // The call writes into the array, and not beyond its NUL.
    guard unsafe mkdtemp(&name) != nil else {
      throw RunFailure(
        .cannotCreate,
        "cannot make a folder for the check in \(DisplayText.escape(path: base)): "
          + SystemErrorText.last, cure: "set TMPDIR to a folder that can be written")
    }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if unsafe (Glibc.rmdir(path) == 0 || unlink(path) == 0) { return }
    guard let folder = unsafe opendir(path) else { return }
    // Proof: an entry is read before the next one is asked for, and its name ends with a NUL.
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    unsafe closedir(folder)
    _ = unsafe Glibc.rmdir(path)
  }
}
