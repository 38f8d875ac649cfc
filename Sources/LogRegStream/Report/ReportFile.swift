internal import ModelFile
internal import SparseBatches

/// The file that a report goes to.
enum ReportFile {
  /// Finds out before the run whether a report could be put there.
  ///
  /// - Throws: usage, or cannotCreate.
  static func check(_ path: String) throws(RunFailure) {
    guard path != "-" else {
      throw RunFailure(
        .usage, "--report needs the name of a file, not -", cure: "--report report.html")
    }
    try AtomicOutput.checkWritable(path)
  }

  /// - Throws: cannotCreate or inputOutput; what was there before is intact.
  static func write(_ page: ReportPage, to path: String) throws(RunFailure) {
    let html = page.html
    try AtomicOutput.write(to: path) { output throws(RunFailure) in try output.write(html) }
  }
}
