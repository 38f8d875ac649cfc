package import SparseBatches

extension SectionType {
  /// `SparseWeights`.
  package static let sparseWeights = SectionType("SPWT")
}

/// The non-zero weights of a hashed model, by ascending slot.
///
/// On disk: the count in 64 bits; for each weight the gap to the slot before it (slot − previous −
/// 1, the first slot itself) as LEB128; then the weights as Float32. Gaps cannot descend, so
/// ascending order needs no check, and one set of weights has one encoding.
package struct SparseWeights: Equatable, Sendable {
  package private(set) var slots: [UInt32] = []
  package private(set) var weights: [Float] = []

  package init() {}

  package var count: Int { slots.count }

  package mutating func reserve(_ count: Int) {
    slots.reserveCapacity(count)
    weights.reserveCapacity(count)
  }

  /// - Throws: a bug of ours when the slot does not ascend or the weight is zero or not finite.
  package mutating func append(slot: UInt32, weight: Float) throws(RunFailure) {
    guard slots.last.map({ $0 < slot }) ?? true, weight.isFinite, weight != 0 else {
      throw RunFailure(.bug, "slot \(slot) cannot be stored with weight \(weight)")
    }
    slots.append(slot)
    weights.append(weight)
  }

  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(8 + 6 * count)
    writer.append(count)
    var next: UInt64 = 0
    for slot in slots {
      writer.append(varint: UInt64(slot) - next)
      next = UInt64(slot) + 1
    }
    for weight in weights { writer.append(weight) }
    return writer.bytes
  }

  /// Reads to the end of the section.
  ///
  /// - Parameter bits: slots must lie below 2^bits.
  package static func decode(
    _ source: ByteReader, bits: Int
  ) throws(RunFailure) -> SparseWeights {
    precondition((0...32).contains(bits), "slots have at most 32 bits")
    var reader = source
    let count = try reader.readCount(elementBytes: 1 + 4)
    let limit = UInt64(1) << UInt64(bits)
    var result = SparseWeights()
    result.reserve(count)
    var next: UInt64 = 0
    for _ in 0..<count {
      let gap = try reader.readVarint()
      guard next < limit, gap < limit - next else {
        throw reader.failure("a slot is not below 2^\(bits)")
      }
      result.slots.append(UInt32(next + gap))
      next += gap + 1
    }
    for _ in 0..<count {
      let weight = try reader.readFloat()
      guard weight.isFinite, weight != 0 else {
        let slot = result.slots[result.weights.count]
        throw reader.failure("the weight of slot \(slot) is \(weight)")
      }
      result.weights.append(weight)
    }
    try reader.expectEnd()
    return result
  }
}
