internal import Glibc
package import SparseBatches

/// Buffered writing to an open descriptor; it never closes it.
///
/// What is written counts only after `flush` returned.
package struct DescriptorOutput: ~Copyable, ByteSink {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 16

  /// - Parameter name: the file, escaped for display.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Self.capacity)
  }

  /// A reader that ends early ends this program quietly, by SIGPIPE.
  package static func standardOutput() -> DescriptorOutput {
    DescriptorOutput(descriptor: STDOUT_FILENO, name: "standard output")
  }

  package mutating func write(_ bytes: Span<UInt8>) throws(RunFailure) {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count > Self.capacity { return try writeThrough(bytes) }
    // The bytes are read within the call only.
    unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  package mutating func write(_ text: String) throws(RunFailure) {
    try write(Array(text.utf8).span)
  }

  package mutating func flush() throws(RunFailure) {
    defer { buffer.removeAll(keepingCapacity: true) }
    try writeThrough(buffer.span)
  }

  private func writeThrough(_ bytes: Span<UInt8>) throws(RunFailure) {
    var done = 0
    while done < bytes.count {
      // The kernel reads at most the rest of the span.
      let written = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if written >= 0 {
        done += written
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: Descriptor.wait(descriptor, for: POLLOUT)
      case let code: throw SystemError.transferring("cannot write \(name)", code)
      }
    }
  }
}

enum Descriptor {
  /// A pipe that its other holder made non-blocking is waited for all the same.
  static func wait(_ descriptor: Int32, for event: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    // One pollfd, which is ours.
    unsafe _ = poll(&request, 1, -1)
  }
}
