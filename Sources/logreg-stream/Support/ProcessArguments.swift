import CSignals
import SparseBatches

/// The words of the command line, as the kernel passed them to this process.
///
/// Swift's own `CommandLine.arguments` reads /proc/self/cmdline, is empty where /proc is not mounted
/// (`predict` would then be `train`), and repairs what is not UTF-8 (so that no such path would open).
enum ProcessArguments {
  /// The words after the program's name.
  ///
  /// - Throws: a bug of ours when they cannot be had: never a default command instead.
  static func words() throws(RunFailure) -> [String] {
    let count = logreg_stream_argument_count()
    guard count >= 1 else {
      throw RunFailure(
        .bug, "the words of the command line cannot be had from the system",
        cure: "start the program with its name as the first word, as every shell does")
    }
    var words: [String] = []
    for index in 1..<max(count, 1) {
      // Proof: the index is below the count, and each word ends with a NUL and is never changed.
      guard let word = unsafe logreg_stream_argument(index) else { continue }
      unsafe words.append(PathText.text(cString: word))
    }
    return words
  }
}
