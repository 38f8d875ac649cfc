internal import Glibc
internal import ModelFile
public import SparseBatches

extension InputConfiguration {
  /// From what a person names as inputs to the files that are read: a folder is all files in it,
  /// `@list` the files that a text file names, one a line.
  ///
  /// - Parameter names: files, folders, lists; `-` is standard input and stays as it is.
  /// - Returns: files in the order of the names; those of a folder by the bytes of their paths. What
  ///   does not exist stays as it is: to open it says what is wrong.
  /// - Throws: missingInput for a list that cannot be read, and for a list or a folder without files.
  public static func files(named names: [String]) throws(RunFailure) -> [String] {
    try InputPaths.expand(names)
  }
}

private enum InputPaths {
  /// Deeper folders are taken for a loop of links.
  private static let deepest = 32

  static func expand(_ names: [String]) throws(RunFailure) -> [String] {
    var paths: [String] = []
    for name in names {
      if name.hasPrefix("@"), mode(of: name) == nil {
        paths += try files(inList: String(name.dropFirst()))
      } else {
        paths += try files(at: name)
      }
    }
    return paths
  }

  private static func files(inList path: String) throws(RunFailure) -> [String] {
    let lines = try TextFile.read(path).split(separator: UInt8(ascii: "\n")).map { line in
      line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
    var paths: [String] = []
    for line in lines where !line.isEmpty { paths += try files(at: PathText.text(line)) }
    guard !paths.isEmpty else {
      throw RunFailure(
        .missingInput, "the list \(DisplayText.escape(path: path)) names no file",
        cure: "write one path a line")
    }
    return paths
  }

  private static func files(at path: String) throws(RunFailure) -> [String] {
    guard mode(of: path) == S_IFDIR else { return [path] }
    let files = try walk(path, depth: 0).sorted { precedes($0, $1) }
    guard !files.isEmpty else {
      throw RunFailure(
        .missingInput, "the folder \(DisplayText.escape(path: path)) has no files",
        cure: "names that start with . or _ are left out")
    }
    return files
  }

  /// All regular files below a folder, but those that are hidden, in part or a mark of another program,
  /// by Hadoop's convention: names that start with a dot or an underscore.
  private static func walk(_ folder: String, depth: Int) throws(RunFailure) -> [String] {
    guard depth < deepest, unsafe access(folder.systemPath, R_OK | X_OK) == 0 else {
      let reason = depth < deepest ? SystemErrorText.last : "too many folders in one another"
      throw RunFailure(
        .missingInput, "\(DisplayText.escape(path: folder)): cannot open: \(reason)",
        cure: "check the path and its permissions")
    }
    var files: [String] = []
    for name in DirectoryNames.all(in: folder) where !name.hasPrefix(".") && !name.hasPrefix("_") {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      switch mode(of: path) {
      case S_IFDIR: files += try walk(path, depth: depth + 1)
      case S_IFREG: files.append(path)
      default: break
      }
    }
    return files
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    PathText.bytes(left).lexicographicallyPrecedes(PathText.bytes(right))
  }

  /// The kind of file that a path leads to; nil: none.
  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    // Proof: the call fills a struct of ours.
    guard path != "-", unsafe stat(path.systemPath, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT
  }
}
