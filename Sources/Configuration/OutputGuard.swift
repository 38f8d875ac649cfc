internal import Glibc
internal import ModelFile
package import SparseBatches

/// Outputs must not fall on inputs or on each other: a mistyped name would cost the data.
package enum OutputGuard {
  /// - Parameters:
  ///   - outputs: option and path of what will be written.
  ///   - inputs: paths of what is read; `-` is skipped.
  /// - Throws: usage, naming both.
  package static func check(
    outputs: [(option: String, path: String)], inputs: [String]
  ) throws(RunFailure) {
    for (index, output) in outputs.enumerated() {
      guard output.path != "-" else {
        throw RunFailure(
          .usage, "\(output.option) needs the name of a file, not -",
          cure: "standard output is for the command's data alone")
      }
      for input in inputs where input != "-" && isSame(output.path, input) {
        throw RunFailure(
          .usage, "\(output.option) \(shown(output.path)) is also an input",
          cure: "name another file to write to")
      }
      for other in outputs[..<index] where isSame(output.path, other.path) {
        throw RunFailure(
          .usage, "\(other.option) and \(output.option) name the same file \(shown(output.path))",
          cure: "name two files")
      }
    }
  }

  /// Finds out before a run whether a report could be put there.
  ///
  /// - Throws: usage, or cannotCreate.
  static func checkReport(_ path: String) throws(RunFailure) {
    guard path != "-" else {
      throw RunFailure(
        .usage, "--report needs the name of a file, not -", cure: "--report report.html")
    }
    try AtomicOutput.checkWritable(path)
  }

  /// Regular files by identity, others (not there yet) by their path. Devices may be shared.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    var (first, second) = (stat(), stat())
    // Proof: the calls fill structs of ours.
    guard unsafe stat(left, &first) == 0, unsafe stat(right, &second) == 0 else {
      return left == right
    }
    return first.st_mode & S_IFMT == S_IFREG && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  private static func shown(_ path: String) -> String { DisplayText.escape(Array(path.utf8)) }
}
