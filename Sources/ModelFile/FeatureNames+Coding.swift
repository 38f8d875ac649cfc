package import Featurizing
package import SparseBatches

extension SectionType {
  /// `FeatureNames`.
  package static let featureNames = SectionType("NAME")
}

// On disk: the count in 64 bits; for each name the gap to the slot before it, as in
// `SparseWeights`; for each the length of the name, as LEB128; then the bytes of all names.
extension FeatureNames {
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(8 + 4 * count + bytes.count)
    writer.append(count)
    var next: UInt64 = 0
    for slot in slots {
      writer.append(varint: UInt64(slot) - next)
      next = UInt64(slot) + 1
    }
    var start = 0
    for end in ends {
      writer.append(varint: UInt64(end - start))
      start = end
    }
    writer.append(contentsOf: bytes)
    return writer.bytes
  }

  /// Reads to the end of the section.
  ///
  /// - Parameter bits: slots must lie below 2^bits.
  package static func decode(
    _ source: ByteReader, bits: Int
  ) throws(RunFailure) -> FeatureNames {
    var reader = source
    let count = try reader.readCount(elementBytes: 2)
    let limit = UInt64(1) << UInt64(bits)
    var slots: [UInt32] = []
    slots.reserveCapacity(count)
    var next: UInt64 = 0
    for _ in 0..<count {
      let gap = try reader.readVarint()
      guard next < limit, gap < limit - next else {
        throw reader.failure("a named slot is not below 2^\(bits)")
      }
      slots.append(UInt32(next + gap))
      next += gap + 1
    }
    var lengths: [Int] = []
    lengths.reserveCapacity(count)
    for slot in slots {
      let length = try reader.readVarint()
      guard length <= UInt64(longestName) else {
        throw reader.failure("the name of slot \(slot) has \(length) bytes")
      }
      lengths.append(Int(length))
    }
    var names = FeatureNames()
    for (slot, length) in zip(slots, lengths) {
      try names.append(slot: slot, name: try reader.readBytes(length))
    }
    try reader.expectEnd()
    return names
  }
}
