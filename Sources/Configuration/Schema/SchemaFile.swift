internal import CyclicChecksum
package import Featurizing
internal import Glibc
public import SparseBatches

/// Columns, types, scales and crosses as `inspect --schema` writes them: how rows become features,
/// with nothing left to find in the input.
///
///     configuration.reading.schema = try SchemaFile(path: "columns.yaml")
public struct SchemaFile: Sendable, Equatable {
  /// What messages and checkpoints call it: its path.
  public let name: String
  /// CRC-32 of what it says: two files that differ in comments or layout have the same.
  public let checksum: UInt32
  package let source: FeatureSchema.Source
  /// Where it was read; nil: nowhere.
  package private(set) var path: String?

  /// Reads a file.
  ///
  /// - Throws: `RunFailure`: missingInput when it cannot be read, usage when it is no schema.
  public init(path: String) throws(RunFailure) {
    try self.init(bytes: try TextFile.read(path), name: path)
    self.path = path
  }

  /// Takes a schema that is at hand.
  ///
  /// - Parameters:
  ///   - text: YAML, of which "The command line" says what is read.
  ///   - name: what messages call it.
  /// - Throws: `RunFailure` (usage) when it is no schema.
  public init(text: String, name: String) throws(RunFailure) {
    try self.init(bytes: Array(text.utf8), name: name)
  }

  private init(bytes: [UInt8], name: String) throws(RunFailure) {
    self.init(source: try SchemaYAML.source(of: bytes, named: name), name: name)
  }

  package init(source: FeatureSchema.Source, name: String) {
    self.name = name
    self.source = source
    checksum = CRC32.extend(0, Array(SchemaYAML.text(source).utf8).span)
  }

  /// The same schema, written out with everything that it leaves to the defaults.
  public var text: String { SchemaYAML.text(source) }
}

/// A small text file, read whole.
package enum TextFile {
  /// - Throws: missingInput when it cannot be read.
  package static func read(_ path: String) throws(RunFailure) -> [UInt8] {
    let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      // At most as many bytes as the block has are read.
      let count = unsafe Glibc.read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { return bytes }
      bytes += block.prefix(count)
    }
  }

  private static func failure(_ path: String) -> RunFailure {
    RunFailure(
      .missingInput, "cannot read \(DisplayText.escape(path: path)): \(SystemErrorText.last)")
  }
}
