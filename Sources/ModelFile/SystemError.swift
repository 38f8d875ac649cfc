internal import Glibc
internal import SparseBatches

/// What the system answered, turned into an error that says what to do.
///
/// - creating (open, rename): 73 for what the person can change about the path, 74 for a disk or a
///   process at its limits;
/// - transferring (read, write, fsync, close): always 74.
enum SystemError {
  /// - Parameter action: what was tried, with the name: `cannot write m.lrs`.
  static func creating(_ action: String, _ code: Int32) -> RunFailure {
    let limits = [ENOSPC, EDQUOT, EIO, EFBIG, EMFILE, ENFILE, ENOMEM]
    let kind: RunFailure.Kind = limits.contains(code) ? .inputOutput : .cannotCreate
    return RunFailure(kind, "\(action): \(SystemErrorText.text(of: code))", cure: cure(for: code))
  }

  static func transferring(_ action: String, _ code: Int32) -> RunFailure {
    RunFailure(.inputOutput, "\(action): \(SystemErrorText.text(of: code))", cure: cure(for: code))
  }

  private static func cure(for code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space there, or name a file on another disk"
    case EFBIG: "raise the file size limit (ulimit -f)"
    case EACCES, EPERM: "name a place that you may write to"
    case EROFS: "name a place on a disk that is not read-only"
    case ENOENT, ENOTDIR: "create the directory first, or correct the path"
    case EISDIR: "name a file, not a directory"
    case ELOOP: "remove the loop of symbolic links"
    case ENAMETOOLONG: "name a shorter path"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case EPIPE: "the program that reads this output ended before it had all of it"
    default: "look for the cause in the system log, then run it again"
    }
  }
}

extension RunFailure {
  /// A path as messages show it.
  static func display(_ path: String) -> String { DisplayText.escape(Array(path.utf8)) }
}
