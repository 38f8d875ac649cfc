internal import SparseBatches

/// ASCII spaces around a field do not belong to it.
package enum Blanks {
  /// The bytes of a field without them.
  package static func trimmed(_ field: Span<UInt8>) -> [UInt8] {
    let all = FieldExtent(start: 0, end: UInt32(field.count))
    return unsafe field.withUnsafeBufferPointer { bytes in
      // An empty span has no address, and nothing to trim. The extent lies within its bytes.
      guard let base = bytes.baseAddress else { return [] }
      let extent = unsafe trim(base, all)
      return unsafe Array(bytes[Int(extent.start)..<Int(extent.end)])
    }
  }

  @unsafe @inline(__always)
  static func trim(_ base: UnsafePointer<UInt8>, _ field: FieldExtent) -> FieldExtent {
    guard field.end > field.start else { return field }
    let space = UInt8(ascii: " ")
    let first = unsafe base[Int(field.start)]
    let last = unsafe base[Int(field.end) - 1]
    guard first == space || last == space else { return field }
    return unsafe trimBoth(base, field)
  }

  @unsafe @inline(never)
  private static func trimBoth(_ base: UnsafePointer<UInt8>, _ field: FieldExtent) -> FieldExtent {
    var trimmed = field
    let space = UInt8(ascii: " ")
    while trimmed.start < trimmed.end, unsafe base[Int(trimmed.start)] == space {
      trimmed.start += 1
    }
    while trimmed.start < trimmed.end, unsafe base[Int(trimmed.end) - 1] == space {
      trimmed.end -= 1
    }
    return trimmed
  }
}

/// One row's fields as copied, trimmed byte arrays: for headers and inference, not for learning.
package enum RowFields {
  /// How many fields `split` would find, without making any.
  package static func count(_ line: [UInt8], delimiter: UInt8, quote: UInt8?) -> Int {
    var (fields, inQuotes, isStart) = (1, false, true)
    for byte in line {
      // A doubled quote closes and opens again.
      if byte == quote, inQuotes || isStart { inQuotes.toggle() }
      let ends = byte == delimiter && !inQuotes
      if ends { fields += 1 }
      isStart = ends || byte == quote && !inQuotes
    }
    return fields
  }

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
