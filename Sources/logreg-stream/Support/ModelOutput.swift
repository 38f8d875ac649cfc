import ArgumentParser
import LogRegStream

extension ModelDestination {
  /// Where `-o` says that a model goes: standard output when it says nothing.
  ///
  /// - Throws: usage when standard output is a terminal, or taken by `--json`.
  init(option path: String?, json: Bool) throws {
    if let path, path != "-" {
      guard !json || !Terminal.isStandardOutput(path) else {
        throw ValidationError(
          "--json and the model would share standard output, which is \(path): name another file")
      }
      self = .file(path)
      return
    }
    guard !json else {
      throw ValidationError(
        "--json and the model would share standard output: name a file with -o")
    }
    guard !Terminal.standardOutputIsTerminal else {
      throw ValidationError("the model would go to the terminal: name a file with -o")
    }
    self = .standardOutput
  }
}
