internal import Checkpoints
internal import Glibc
internal import ModelFile
package import SparseBatches

/// Outputs must not fall on what is read or on each other: a mistyped name would cost the data.
///
/// The one place that knows. Every file that a command opens is in one of the two lists, also its
/// config file, schema, model, and what lies in its checkpoint directory. Files are compared by device
/// and inode, so that links of both kinds and other spellings of a path are seen through.
package struct OutputGuard {
  /// An option, or "standard output", and its path; nil: the descriptor of standard output.
  private var outputs: [(option: String, path: String?)] = []
  private var inputs: [String] = []
  private var standardInput = STDIN_FILENO
  /// What the program keeps in there is its own.
  private var checkpoints: String?

  /// Nothing is read or written yet.
  package init() {}

  /// What is written; nil paths are options that were not given.
  package mutating func writes(_ option: String, _ path: String?) {
    if let path { outputs.append((option, path)) }
  }

  /// Where the model goes.
  package mutating func writes(_ option: String, _ model: ModelDestination) {
    switch model {
    case .file(let path): writes(option, path)
    case .standardOutput: writesStandardOutput()
    case .memory: break
    }
  }

  package mutating func writesStandardOutput() { outputs.append(("standard output", nil)) }

  /// What is read; `-` is standard input.
  package mutating func reads(_ path: String?) {
    if let path { inputs.append(path) }
  }

  /// The rows, the files that come with them, and where bad ones go.
  package mutating func uses(_ input: InputConfiguration) {
    inputs += input.files.isEmpty ? ["-"] : input.files
    standardInput = input.standardInput ?? standardInput
    inputs += input.otherFiles
    writes("--quarantine", input.quarantine)
  }

  /// A directory of checkpoints, read and written by the program alone.
  package mutating func keepsCheckpoints(in directory: String?) { checkpoints = directory }

  /// - Throws: usage, naming both.
  package func check() throws(RunFailure) {
    let read = inputs.map { $0 == "-" ? Place(descriptor: standardInput) : Place($0) }
    var written: [(option: String, place: Place?)] = []
    for output in outputs {
      guard output.path != "-" else {
        throw RunFailure(
          .usage, "\(output.option) needs the name of a file, not -",
          cure: "standard output is for the command's data alone")
      }
      let place = output.path.map { Place($0) } ?? Place(descriptor: STDOUT_FILENO)
      let shown = [output.option, output.path.map { DisplayText.escape(path: $0) }].compactMap {
        $0
      }
      .joined(separator: " ")
      if let place {
        guard !read.contains(place) else {
          throw RunFailure(
            .usage, "\(shown) is also an input", cure: "name another file to write to")
        }
        if let other = written.first(where: { $0.place == place }) {
          throw RunFailure(
            .usage,
            "\(other.option) and \(output.option) name the same file"
              + (output.path.map { " " + DisplayText.escape(path: $0) } ?? ""),
            cure: "name two files")
        }
        if let checkpoints, place.isInside(checkpoints) {
          throw RunFailure(
            .usage,
            "\(shown) is one of the program's own files in"
              + " \(DisplayText.escape(path: checkpoints))",
            cure: "name another file to write to")
        }
      }
      written.append((output.option, place))
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
}

/// A file that is there, or the entry where one would be made. Devices and pipes, which may be shared,
/// have none.
private enum Place: Equatable {
  case file(Identity)
  case entry(name: [UInt8], in: Identity)

  struct Identity: Equatable {
    var device: dev_t
    var inode: ino_t

    init(_ status: stat) {
      device = status.st_dev
      inode = status.st_ino
    }

    /// - Returns: nil when there is nothing, or nothing that can be looked at.
    init?(_ path: String) {
      var status = stat()
      // Proof: the call fills a struct of ours.
      guard unsafe stat(path.systemPath, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  init?(_ path: String) {
    var status = stat()
    // Proof: the call fills a struct of ours.
    if unsafe stat(path.systemPath, &status) == 0 {
      self.init(status)
    } else if let entry = AtomicOutput.newEntry(path), let directory = Identity(entry.directory) {
      self = .entry(name: PathText.bytes(entry.name), in: directory)
    } else {
      return nil
    }
  }

  init?(descriptor: Int32) {
    var status = stat()
    // Proof: the call fills a struct of ours.
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    self = .file(Identity(status))
  }

  /// Whether it is one of the files that the program keeps in a checkpoint directory, or has a name
  /// that one of them may get.
  func isInside(_ directory: String) -> Bool {
    switch self {
    case .file(let identity):
      DirectoryNames.all(in: directory).contains {
        CheckpointFile.isOwn($0) && Identity("\(directory)/\($0)") == identity
      }
    case .entry(let name, let parent):
      CheckpointFile.isOwn(PathText.text(name)) && Identity(directory) == parent
    }
  }
}
