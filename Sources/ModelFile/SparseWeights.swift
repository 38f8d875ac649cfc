package import SparseBatches

extension SectionType {
  /// `SparseWeights`.
  package static let sparseWeights = SectionType("SPWT")
}

/// The non-zero weights of a hashed model, by ascending slot, then output.
///
/// A model with K outputs (classes) has K weights a slot; its entries are numbered slot · K +
/// output. On disk: the count in 64 bits; for each weight the gap to the entry before it (entry −
/// previous − 1, the first entry itself) as LEB128; then the weights as Float32. Gaps cannot
/// descend, so ascending order needs no check, and one set of weights has one encoding.
///
/// In memory it is kept as it lies on disk: a model of millions of weights is written without being
/// put together anew.
package struct SparseWeights: Equatable, Sendable {
  /// K; 1 but for softmax.
  package let outputsPerSlot: Int
  package private(set) var count = 0
  /// The first entry that may come next.
  private var next: UInt64 = 0
  private var gapBytes: [UInt8] = []
  private var weightBytes: [UInt8] = []

  package init(outputsPerSlot: Int = 1) { self.outputsPerSlot = outputsPerSlot }

  /// Makes room for as many more weights, within reason: most gaps take one byte.
  package mutating func reserve(_ additional: Int) {
    // Untouched memory costs nothing, but a table may have 2^30 states.
    let expected = min(additional, 1 << 24)
    gapBytes.reserveCapacity(gapBytes.count + expected)
    weightBytes.reserveCapacity(weightBytes.count + 4 * expected)
  }

  /// - Throws: a bug of ours when the entry does not ascend or the weight is zero or not finite.
  package mutating func append(
    slot: UInt32, output: Int = 0, weight: Float
  ) throws(RunFailure) {
    guard (0..<outputsPerSlot).contains(output) else { throw Self.bug(UInt64(slot), weight) }
    let entry = UInt64(slot) * UInt64(outputsPerSlot) + UInt64(output)
    LEB128.encode(try gap(before: entry, weight)) { gapBytes.append($0) }
    unsafe withUnsafeBytes(of: weight.bitPattern.littleEndian) {
      // Four bytes, read while they are in scope.
      unsafe weightBytes.append(contentsOf: $0)
    }
    count += 1
  }

  /// - Throws: a bug of ours when entries do not ascend or a weight is zero or not finite.
  package mutating func append(_ portion: borrowing EntryWeights) throws(RunFailure) {
    let added = portion.entries.count
    precondition(portion.weights.count == added, "each entry has a weight")
    var gaps = GrowableBuffer<UInt8>(capacity: 2 * added)
    for index in 0..<added {
      let gap = try gap(before: portion.entries[index], portion.weights[index])
      LEB128.encode(gap) { gaps.append($0) }
    }
    gaps.withSpan { Self.append($0, to: &gapBytes) }
    portion.weights.withSpan { Self.append($0, to: &weightBytes) }
    count += added
  }

  /// The gap to an entry that comes next.
  private mutating func gap(
    before entry: UInt64, _ weight: Float
  ) throws(RunFailure) -> UInt64 {
    guard entry >= next, weight.isFinite, weight != 0 else { throw Self.bug(entry, weight) }
    defer { next = entry + 1 }
    return entry - next
  }

  private static func append(_ bytes: Span<UInt8>, to array: inout [UInt8]) {
    // The bytes are read within the call only.
    unsafe bytes.withUnsafeBufferPointer { unsafe array.append(contentsOf: $0) }
  }

  private static func append(_ weights: Span<Float>, to array: inout [UInt8]) {
    #if _endian(little)
      // As above: on disk a Float32 is what it is in this machine's memory.
      unsafe weights.withUnsafeBytes { unsafe array.append(contentsOf: $0) }
    #else
      var writer = ByteWriter()
      for index in weights.indices { writer.append(weights[index]) }
      array.append(contentsOf: writer.bytes)
    #endif
  }

  private static func bug(_ entry: UInt64, _ weight: Float) -> RunFailure {
    RunFailure(.bug, "entry \(entry) cannot be stored with weight \(weight)")
  }
}

// MARK: - Reading

extension SparseWeights {
  // All three are taken from the bytes at each call: who wants more than one element keeps them.

  /// The slot of each weight.
  package var slots: [UInt32] {
    let outputs = UInt64(outputsPerSlot)
    return outputs == 1 ? entries { UInt32($0) } : entries { UInt32($0 / outputs) }
  }

  /// The output of each weight; empty when there is but one.
  package var outputs: [UInt32] {
    let outputs = UInt64(outputsPerSlot)
    return outputs == 1 ? [] : entries { UInt32($0 % outputs) }
  }

  package var weights: [Float] {
    // Proof: `weightBytes` holds 4 · count bytes, of which each four are read as one word.
    unsafe weightBytes.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let word = unsafe bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: word))
      }
    }
  }

  /// The weights of some slots, which are renumbered: each becomes its index in `wanted`.
  ///
  /// - Parameter wanted: rising, as the weights are: one walk over both, without a copy of either.
  package func taken(at wanted: [UInt32]) throws(RunFailure) -> SparseWeights {
    var some = SparseWeights(outputsPerSlot: outputsPerSlot)
    let outputs = UInt64(outputsPerSlot)
    let gaps = gapBytes.span
    // Proof: the bytes outlive the walk.
    let weights = unsafe weightBytes.span.bytes
    var (position, entry, place) = (0, UInt64(0), 0)
    for index in 0..<count {
      entry += LEB128.next(in: gaps, &position)
      defer { entry += 1 }
      while place < wanted.count, (UInt64(wanted[place]) + 1) * outputs <= entry { place += 1 }
      guard place < wanted.count else { break }
      let first = UInt64(wanted[place]) * outputs
      guard entry >= first else { continue }
      // Proof: `weightBytes` holds 4 · count bytes, of which each four are read as one word.
      let word = unsafe weights.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      try some.append(
        slot: UInt32(place), output: Int(entry - first),
        weight: Float(bitPattern: UInt32(littleEndian: word)))
    }
    return some
  }

  private func entries<Element>(_ part: (UInt64) -> Element) -> [Element] {
    let bytes = gapBytes.span
    var position = 0
    var next: UInt64 = 0
    return (0..<count).map { _ in
      let entry = next + LEB128.next(in: bytes, &position)
      next = entry + 1
      return part(entry)
    }
  }
}

// MARK: - On disk

extension SparseWeights {
  package var section: ContainerSection {
    ContainerSection(
      type: .sparseWeights, parts: [countBytes[...], gapBytes[...], weightBytes[...]])
  }

  package func encoded() -> [UInt8] { countBytes + gapBytes + weightBytes }

  private var countBytes: [UInt8] {
    var writer = ByteWriter()
    writer.append(count)
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
    var reader = source
    var result = SparseWeights(outputsPerSlot: outputsPerSlot)
    result.count = try reader.readCount(elementBytes: 1 + 4)
    let limit = UInt64(outputsPerSlot) << UInt64(bits)
    var gaps = reader
    for _ in 0..<result.count {
      let gap = try gaps.readVarint()
      guard result.next < limit, gap < limit - result.next else {
        throw reader.failure("a slot is not below 2^\(bits)")
      }
      result.next += gap + 1
    }
    result.gapBytes = Array(try reader.readBytes(reader.remaining - gaps.remaining))
    result.weightBytes = Array(try reader.readBytes(4 * result.count))
    try result.checkWeights(reader)
    try reader.expectEnd()
    return result
  }

  private func checkWeights(_ reader: ByteReader) throws(RunFailure) {
    let weights = weights
    guard let wrong = weights.firstIndex(where: { !$0.isFinite || $0 == 0 }) else { return }
    throw reader.failure("the weight of slot \(slots[wrong]) is \(weights[wrong])")
  }
}
