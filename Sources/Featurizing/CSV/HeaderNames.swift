package import SparseBatches

/// A header line cut into column names.
package enum HeaderNames {
  package struct Parsed {
    package var names: [ByteText]
    /// Positions (from 0) of cells that were empty and got the name `c<i>`.
    package var unnamed: [Int]
  }

  /// - Throws: badData when a name occurs twice.
  package static func parse(
    _ line: [UInt8], delimiter: UInt8, quote: UInt8?
  ) throws(RunFailure) -> Parsed {
    var parsed = Parsed(names: [], unnamed: [])
    for (index, cell) in RowFields.split(line, delimiter: delimiter, quote: quote).enumerated() {
      if cell.isEmpty { parsed.unnamed.append(index) }
      parsed.names.append(cell.isEmpty ? ByteText("c\(index)") : ByteText(bytes: cell))
    }
    try refuseDuplicates(parsed.names)
    return parsed
  }

  package static func refuseDuplicates(_ names: [ByteText]) throws(RunFailure) {
    var seen: [ByteText: Int] = [:]
    for (index, name) in names.enumerated() {
      if let first = seen.updateValue(index, forKey: name) {
        throw RunFailure(
          .badData,
          "column name \"\(name.display)\" stands twice in the header (columns \(first + 1) and "
            + "\(index + 1))",
          cure: "rename one of them, or say --no-header if the first row is data")
      }
    }
  }
}

/// One row's fields as copied, trimmed byte arrays: for headers and inference, not for learning.
package enum RowFields {
  package static func split(_ line: [UInt8], delimiter: UInt8, quote: UInt8?) -> [[UInt8]] {
    var bytes = GrowableBuffer<UInt8>(capacity: line.count + 1)
    bytes.append(contentsOf: line.span)
    var splitter = FieldSplitter(delimiter: delimiter, quote: quote)
    return split(
      bytes, RowExtent(start: 0, end: UInt32(line.count)), with: &splitter, mayHoldQuotes: true)
  }

  static func split(
    _ bytes: borrowing GrowableBuffer<UInt8>, _ extent: RowExtent,
    with splitter: inout FieldSplitter, mayHoldQuotes: Bool
  ) -> [[UInt8]] {
    let base = unsafe splitter.split(bytes, extent, mayHoldQuotes: mayHoldQuotes)
    var fields: [[UInt8]] = []
    for index in 0..<splitter.fields.count {
      // Proof: the splitter's extents lie inside the bytes that `base` points to.
      let field = unsafe Blanks.trim(base, splitter.fields[index])
      fields.append(
        (field.start..<field.end).map { unsafe base[Int($0)] })
    }
    return fields
  }
}
