/// ASCII spaces around a field do not belong to it.
enum Blanks {
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
