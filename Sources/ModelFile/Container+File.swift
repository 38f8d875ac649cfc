internal import Glibc
package import SparseBatches

extension Container {
  /// Reads a container from a file, a pipe, or standard input (`-`).
  ///
  /// Nothing beyond the preamble is read from a file that is foreign, newer or of another length
  /// than it says, and memory stays proportional to the bytes that are really there.
  ///
  /// - Parameter followingLinks: false: where somebody else may have put something, only a plain
  ///   file is read.
  /// - Throws: `missingInput` when it cannot be opened, `inputOutput` when reading fails, else
  ///   what `decode` throws.
  package static func read(
    from path: String, expecting expected: ContainerKind? = nil, followingLinks: Bool = true
  ) throws(RunFailure) -> Container {
    if path == "-" {
      return try read(
        descriptor: STDIN_FILENO, name: "standard input", expecting: expected)
    }
    let name = RunFailure.display(path)
    let descriptor =
      followingLinks ? try openForReading(path, name) : try openPlainFile(path, name)
    defer { _ = close(descriptor) }
    return try read(descriptor: descriptor, name: name, expecting: expected)
  }

  /// Writes to a file (atomically), a pipe or a device.
  ///
  /// - Parameter check: called before each part; what it throws ends the writing.
  package func write(
    toFile path: String, check: () throws(RunFailure) -> Void = { () throws(RunFailure) in }
  ) throws(RunFailure) {
    try AtomicOutput.write(to: path) { (output) throws(RunFailure) in
      try write(to: &output, check: check)
    }
  }

  /// The format version that a file claims, whatever else is in it; nil when it is no container.
  package static func claimedVersion(ofFile path: String) -> UInt32? {
    claimedPreamble(ofFile: path)?.version
  }

  /// The kind that a file claims to be; nil when it is no container.
  package static func claimedKind(ofFile path: String) -> ContainerKind? {
    let tag = claimedPreamble(ofFile: path)?.tag
    return ContainerKind.allCases.first { $0.tag == tag }
  }

  private static func claimedPreamble(ofFile path: String) -> ContainerPreamble? {
    // A pipe can be read only once, by whoever reads all of it.
    var status = stat()
    guard unsafe stat(path.systemPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    guard let descriptor = try? openForReading(path, path) else { return nil }
    defer { _ = close(descriptor) }
    var bytes: [UInt8] = []
    guard (try? fill(&bytes, upTo: ContainerPreamble.byteCount, descriptor, path)) != nil else {
      return nil
    }
    return try? ContainerPreamble(bytes[...], name: path)
  }

  private static func openPlainFile(_ path: String, _ name: String) throws(RunFailure) -> Int32 {
    var status = stat()
    // One stat, which is ours. What comes between it and the call is not followed either.
    if unsafe lstat(path.systemPath, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw RunFailure(
        .badData, "\(name) is no plain file", cure: "remove it: checkpoints are plain files")
    }
    return try openForReading(path, name, O_NOFOLLOW | O_NONBLOCK)
  }

  private static func openForReading(
    _ path: String, _ name: String, _ flags: Int32 = 0
  ) throws(RunFailure) -> Int32 {
    while true {
      let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC | flags)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw cannotRead(name, errno, .missingInput) }
    }
  }

  private static func read(
    descriptor: Int32, name: String, expecting expected: ContainerKind?
  ) throws(RunFailure) -> Container {
    var bytes: [UInt8] = []
    try fill(&bytes, upTo: ContainerPreamble.byteCount, descriptor, name)
    let preamble = try ContainerPreamble(bytes[...], name: name)
    try preamble.check(expecting: expected, name: name)

    var status = stat()
    // One stat, which is ours.
    let isRegular = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    if isRegular, lseek(descriptor, 0, SEEK_CUR) == bytes.count {
      try preamble.checkLength(Int(status.st_size), name: name)
      bytes.reserveCapacity(Int(status.st_size))
    }
    // One byte more than promised tells whether anything follows.
    let limit = preamble.totalLength.addingReportingOverflow(1).partialValue
    try fill(&bytes, upTo: Int(clamping: limit), descriptor, name)
    if UInt64(bytes.count) > preamble.totalLength {
      throw .damaged(name, "more bytes follow its end at byte \(preamble.totalLength)")
    }
    return try decode(bytes, name: name, expecting: expected)
  }

  /// Reads until `bytes` holds `count` bytes or the input ends, growing with what arrives.
  private static func fill(
    _ bytes: inout [UInt8], upTo count: Int, _ descriptor: Int32, _ name: String
  ) throws(RunFailure) {
    var buffer = [UInt8](repeating: 0, count: min(max(count - bytes.count, 0), 1 << 18))
    while bytes.count < count {
      let wanted = min(count - bytes.count, buffer.count)
      // The kernel writes at most `wanted` bytes, and the array has as many.
      let received = unsafe buffer.withUnsafeMutableBytes { target in
        unsafe Glibc.read(descriptor, target.baseAddress, wanted)
      }
      if received == 0 { return }
      if received > 0 {
        bytes.append(contentsOf: buffer.prefix(received))
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: Descriptor.wait(descriptor, for: POLLIN)
      case EISDIR: throw cannotRead(name, EISDIR, .missingInput)
      case let code: throw cannotRead(name, code, .inputOutput)
      }
    }
  }

  private static func cannotRead(
    _ name: String, _ code: Int32, _ kind: RunFailure.Kind
  ) -> RunFailure {
    RunFailure(
      kind, "cannot read \(name): \(SystemErrorText.text(of: code))",
      cure: "check the path and its permissions")
  }
}
