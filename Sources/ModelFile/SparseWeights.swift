package import SparseBatches

extension SectionType {
  /// `SparseWeights`.
  package static let sparseWeights = SectionType("SPWT")
}

/// The non-zero weights of a hashed model, by ascending slot, then output.
///
/// A model with K outputs (classes) has K weights a slot; its entries are numbered slot · K + output.
/// On disk: the count in 64 bits; for each weight the gap to the entry before it (entry − previous −
/// 1, the first entry itself) as LEB128; then the weights as Float32. Gaps cannot descend, so
/// ascending order needs no check, and one set of weights has one encoding.
package struct SparseWeights: Equatable, Sendable {
  /// K; 1 but for softmax.
  package let outputsPerSlot: Int
  package private(set) var slots: [UInt32] = []
  /// Of each weight; empty when there is but one.
  package private(set) var outputs: [UInt32] = []
  package private(set) var weights: [Float] = []

  package init(outputsPerSlot: Int = 1) { self.outputsPerSlot = outputsPerSlot }

  package var count: Int { slots.count }

  package mutating func reserve(_ count: Int) {
    slots.reserveCapacity(count)
    if outputsPerSlot > 1 { outputs.reserveCapacity(count) }
    weights.reserveCapacity(count)
  }

  /// - Throws: a bug of ours when the entry does not ascend or the weight is zero or not finite.
  package mutating func append(
    slot: UInt32, output: Int = 0, weight: Float
  ) throws(RunFailure) {
    let isNext = count == 0 || entry(count - 1) < entry(slot, output)
    guard isNext, (0..<outputsPerSlot).contains(output), weight.isFinite, weight != 0 else {
      throw RunFailure(.bug, "slot \(slot) cannot be stored with weight \(weight)")
    }
    slots.append(slot)
    if outputsPerSlot > 1 { outputs.append(UInt32(output)) }
    weights.append(weight)
  }

  private func entry(_ slot: UInt32, _ output: Int) -> UInt64 {
    UInt64(slot) * UInt64(outputsPerSlot) + UInt64(output)
  }

  private func entry(_ index: Int) -> UInt64 {
    entry(slots[index], outputsPerSlot > 1 ? Int(outputs[index]) : 0)
  }

  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(8 + 6 * count)
    writer.append(count)
    var next: UInt64 = 0
    for index in slots.indices {
      let entry = entry(index)
      writer.append(varint: entry - next)
      next = entry + 1
    }
    for weight in weights { writer.append(weight) }
    return writer.bytes
  }

  /// Reads to the end of the section.
  ///
  /// - Parameters:
  ///   - bits: slots must lie below 2^bits.
  ///   - outputsPerSlot: K, below 2^31.
  package static func decode(
    _ source: ByteReader, bits: Int, outputsPerSlot: Int = 1
  ) throws(RunFailure) -> SparseWeights {
    precondition((0...32).contains(bits), "slots have at most 32 bits")
    let outputs = UInt64(outputsPerSlot)
    var reader = source
    let count = try reader.readCount(elementBytes: 1 + 4)
    let limit = outputs << UInt64(bits)
    var result = SparseWeights(outputsPerSlot: outputsPerSlot)
    result.reserve(count)
    var next: UInt64 = 0
    for _ in 0..<count {
      let gap = try reader.readVarint()
      guard next < limit, gap < limit - next else {
        throw reader.failure("a slot is not below 2^\(bits)")
      }
      result.slots.append(UInt32((next + gap) / outputs))
      if outputsPerSlot > 1 { result.outputs.append(UInt32((next + gap) % outputs)) }
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
