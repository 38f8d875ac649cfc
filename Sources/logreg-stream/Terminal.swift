import Glibc
import LogRegStream
import SparseBatches

/// Standard error for people, standard output for data.
enum Terminal {
  static var standardInputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  static var standardOutputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether what is written to `path` comes out where standard output goes, be it a pipe, a file or a
  /// terminal. Devices that keep nothing may be shared.
  static func isStandardOutput(_ path: String) -> Bool {
    if ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path) { return true }
    var (file, output) = (stat(), stat())
    // Proof: the calls fill structs of ours.
    guard unsafe stat(path.systemPath, &file) == 0, unsafe fstat(STDOUT_FILENO, &output) == 0 else {
      return false
    }
    let isKept = [S_IFREG, S_IFIFO].contains(file.st_mode & S_IFMT)
    return isKept && file.st_dev == output.st_dev && file.st_ino == output.st_ino
  }

  /// Appends to standard error. Nothing can be done about an error there.
  static func tell(_ text: String) { writeAll(STDERR_FILENO, text) }

  /// Appends to standard output.
  ///
  /// - Throws: inputOutput when it cannot be written.
  static func put(_ text: String) throws(RunFailure) {
    guard writeAll(STDOUT_FILENO, text) else {
      throw RunFailure(
        .inputOutput, "cannot write to standard output: \(SystemErrorText.last)",
        cure: "is the disk full?")
    }
  }

  static func show(_ failure: RunFailure) {
    tell("logreg-stream: error: \(harmless(failure.message))\n")
    if let cure = failure.cure { tell("  what to do: \(harmless(cure))\n") }
  }

  /// `text` without what would act on a terminal: a person's own words come back in messages.
  static func harmless(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      // A byte of a path that is not UTF-8.
      if let byte = PathText.byte(scalar) {
        shown += DisplayText.escape([byte])
        continue
      }
      // A backslash may already be part of an escape.
      let isPlain = scalar == "\n" || scalar == "\\"
      shown += isPlain ? String(scalar) : DisplayText.escape(String(scalar).utf8)
    }
    return shown
  }

  static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

  @discardableResult
  private static func writeAll(_ descriptor: Int32, _ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        // Proof: the buffer is the slice itself, alive during the call.
        unsafe write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}
