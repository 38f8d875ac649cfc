package import SparseBatches

/// The classes of the good rows of a prefix.
///
/// Which rows belong to the prefix depends on the rows alone, not on how they are cut into chunks.
package struct ClassDiscovery: ~Copyable {
  private var featurizer: ChunkFeaturizer
  private var batch = SparseBatch()
  private var names: [ByteText] = []
  private var isSeen: [Bool] = []
  private var rowsLeft: Int
  private var bytesLeft: Int
  private let maximumRowBytes: Int

  /// More classes are hardly meant: the label is rather a number, or an identifier.
  package static let limit = 1000

  /// - Parameters:
  ///   - schema: whose labels are classes, none of them known.
  ///   - rows: length of the prefix.
  ///   - maximumRowBytes: a longer row is a bad row.
  ///   - bytes: rows that start after so many bytes of rows are not looked at.
  package init(schema: FeatureSchema, rows: Int, maximumRowBytes: Int, bytes: Int = 64 << 20) {
    self.maximumRowBytes = maximumRowBytes
    featurizer = ChunkFeaturizer(schema: schema, purpose: .discoverClasses)
    rowsLeft = rows
    bytesLeft = bytes
  }

  /// Whether more rows would change nothing.
  package var isComplete: Bool { rowsLeft <= 0 || bytesLeft <= 0 }

  /// Takes in the rows of the next chunk, up to the end of the prefix.
  ///
  /// - Throws: usage or badData when the file's columns do not fit the schema.
  package mutating func add(_ chunk: borrowing RowChunk) throws(RunFailure) {
    let rows = rowsOfPrefix(in: chunk)
    guard rows > 0 else { return }
    _ = try featurizer.featurize(chunk, .undecided, into: &batch)
    names = featurizer.classNames
    for row in 0..<batch.rowCount where Int(batch.rowsInChunk[row]) < rows {
      let number = Int(batch.labels[row])
      while isSeen.count <= number { isSeen.append(false) }
      isSeen[number] = true
    }
  }

  private mutating func rowsOfPrefix(in chunk: borrowing RowChunk) -> Int {
    var count = 0
    var faults = chunk.faults[...]
    while count < chunk.rows.count, !isComplete {
      rowsLeft -= 1
      var bytes = Int(chunk.rows[count].end - chunk.rows[count].start)
      if let fault = faults.first, fault.row == count {
        faults.removeFirst()
        // How much of a row that is too long stands in the chunk depends on the chunk.
        if fault.reason == .tooLong { bytes = maximumRowBytes }
      }
      bytesLeft -= bytes
      count += 1
    }
    return count
  }

  /// - Returns: the classes, by number where all are integers, else by their bytes.
  /// - Throws: usage when they are fewer than 2 or too many.
  package consuming func classes() throws(RunFailure) -> [ByteText] {
    let found = zip(names, isSeen).filter(\.1).map(\.0)
    guard found.count >= 2 else {
      let only = found.first.map { ", \"\($0.display)\"" } ?? ""
      throw RunFailure(
        .usage, "--loss softmax: the first rows hold \(found.count) class(es)\(only)",
        cure: "name the classes with --classes, or read more rows first with --sniff-rows")
    }
    guard found.count <= Self.limit else {
      throw RunFailure(
        .usage, "--loss softmax: the first rows hold \(found.count) classes",
        cure: "is --label right? for numbers use --loss squared; else name them with --classes")
    }
    return Self.sorted(found)
  }

  private static func sorted(_ classes: [ByteText]) -> [ByteText] {
    let integers = classes.map { Int64(String(decoding: $0.bytes, as: UTF8.self)) }
    guard integers.allSatisfy({ $0 != nil }) else {
      return classes.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
    return zip(classes, integers).sorted {
      ($0.1 ?? 0, $0.0.bytes.count) < ($1.1 ?? 0, $1.0.bytes.count)
    }.map(\.0)
  }
}
