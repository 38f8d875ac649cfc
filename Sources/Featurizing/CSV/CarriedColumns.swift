package import SparseBatches

/// The text of chosen columns beside a batch: for figures and outputs that name rows, whether or not the
/// model knows the columns. Rows are cut a second time for it, and only when somebody asks.
package struct CarriedColumns: ~Copyable, Sendable {
  private let names: [ByteText]
  private let schemaNames: [ByteText]
  private var splitter: FieldSplitter
  /// Index of each name's field in a row of the file at hand.
  private var fields: [Int]?
  private var plannedHeader: FileHeader?
  private var bytes = GrowableBuffer<UInt8>(capacity: 4096)
  /// For each row and then each name, the index behind its last byte.
  private var ends = GrowableBuffer<Int>(capacity: 256)

  /// - Throws: usage when rows of the schema's format have no columns.
  package init(_ names: [ByteText], of schema: FeatureSchema) throws(RunFailure) {
    guard case .csv(let csv) = schema.source else {
      throw RunFailure(
        .usage, "\(schema.formatName) rows have no column \"\(names.first?.display ?? "")\"",
        cure: "give rows as csv")
    }
    self.names = names
    schemaNames = csv.columns.map(\.name)
    splitter = FieldSplitter(delimiter: csv.delimiter, quote: csv.quote)
  }

  /// Replaces what is held by the columns of these rows.
  ///
  /// - Parameters:
  ///   - chunk: where the rows stand.
  ///   - rows: their indices in the chunk; rows that were featurized, and so have all fields.
  /// - Throws: usage when the file lacks a column.
  package mutating func read(
    _ chunk: borrowing RowChunk, rows: borrowing GrowableBuffer<UInt32>
  ) throws(RunFailure) {
    bytes.removeAll()
    ends.removeAll()
    let fields = try fields(for: chunk.header)
    for row in 0..<rows.count {
      let extent = chunk.rows[Int(rows[row])]
      let base = unsafe splitter.split(chunk.bytes, extent, mayHoldQuotes: chunk.hasQuotes)
      for field in fields {
        // Proof: the splitter's extents lie inside the bytes that `base` points to.
        let extent = unsafe Blanks.trim(base, splitter.fields[field])
        for index in Int(extent.start)..<Int(extent.end) { unsafe bytes.append(base[index]) }
        ends.append(bytes.count)
      }
    }
  }

  /// The texts of one row, one for each name, without the blanks and quotes around them.
  ///
  /// - Parameter row: index among the rows last read.
  package func texts(row: Int) -> [[UInt8]] {
    (0..<names.count).map { column in
      let place = row * names.count + column
      return ((place == 0 ? 0 : ends[place - 1])..<ends[place]).map { bytes[$0] }
    }
  }

  private mutating func fields(for header: FileHeader?) throws(RunFailure) -> [Int] {
    if let fields, header === plannedHeader { return fields }
    let found = try header.map { header throws(RunFailure) in
      try HeaderNames.parse(
        header.bytes, delimiter: splitter.delimiter, quote: splitter.quote
      ).names
    }
    let fresh = try Self.places(of: names, among: found ?? schemaNames)
    fields = fresh
    plannedHeader = header
    return fresh
  }

  private static func places(
    of names: [ByteText], among found: [ByteText]
  ) throws(RunFailure) -> [Int] {
    var places: [Int] = []
    for name in names {
      guard let place = found.firstIndex(of: name) else {
        let nearest = NearestName.find(name.display, among: found.map(\.display))
        throw RunFailure(
          .usage, "there is no column \"\(name.display)\"",
          cure: nearest.map { "did you mean \"\($0)\"?" }
            ?? "the file has: \(found.prefix(20).map(\.display).joined(separator: ", "))")
      }
      places.append(place)
    }
    return places
  }
}
