internal import ElementaryMath
internal import ModelFile
internal import SparseBatches

// A merged state carries what was added up: from this, and not from the rounded weights, it is merged
// on. A section belongs to the piece of the table with the same index; the last one has the biases.
//
// On disk: the number of coordinates; for each the gap to the one before it and the number of
// learners that touched it, as LEB128; then both sums, each as the number of its canonical parts and
// the parts.

extension SectionType {
  /// What merging added up.
  static let mergedSums = SectionType("SUMS")
}

/// The sums of some coordinates, by rising number.
struct CoordinateSums {
  /// Where the sums of the biases are.
  static let biases = UInt32.max

  var entries: [(place: Int, sums: EvidenceRule.Sums)] = []

  func section(_ index: UInt32) -> ContainerSection {
    var writer = ByteWriter()
    writer.append(entries.count)
    var next = 0
    for entry in entries {
      writer.append(varint: UInt64(entry.place - next))
      next = entry.place + 1
      writer.append(varint: UInt64(entry.sums.learners))
      for sum in [entry.sums.moves, entry.sums.squares] {
        let parts = sum.canonicalParts
        writer.append(varint: UInt64(parts.count))
        for part in parts { writer.append(part) }
      }
    }
    return ContainerSection(type: .mergedSums, index: index, data: writer.bytes)
  }

  init() {}

  /// - Parameters:
  ///   - index: of the section; where it is missing, nothing was touched.
  ///   - places: coordinates that there are.
  ///   - learners: that were merged.
  init(
    _ index: UInt32, of container: Container, places: Int, learners: Int
  ) throws(RunFailure) {
    guard container.sections.contains(where: { $0.type == .mergedSums && $0.index == index })
    else { return }
    var reader = try container.reader(of: .mergedSums, index: index)
    let count = try reader.readCount(elementBytes: 4)
    guard count <= places else { throw reader.failure("it has \(count) sums for \(places)") }
    entries.reserveCapacity(count)
    var next = 0
    for _ in 0..<count {
      let gap = try reader.readVarint()
      guard gap < UInt64(places - next) else {
        throw reader.failure("a sum is of none of the \(places) coordinates")
      }
      next += Int(gap)
      let touched = try reader.readVarint()
      guard (1...UInt64(learners)).contains(touched) else {
        throw reader.failure("\(touched) of \(learners) learners touched a coordinate")
      }
      let moves = try Self.sum(from: &reader)
      let squares = try Self.sum(from: &reader)
      guard squares.value >= 0 else { throw reader.failure("a sum of squares is below 0") }
      entries.append(
        (next, EvidenceRule.Sums(moves: moves, squares: squares, learners: Int(touched))))
      next += 1
    }
    try reader.expectEnd()
  }

  private static func sum(from reader: inout ByteReader) throws(RunFailure) -> ExactSum {
    let count = try reader.readVarint()
    guard count <= 40 else { throw reader.failure("a sum has \(count) parts") }
    var parts: [Double] = []
    for _ in 0..<count { parts.append(try reader.readDouble()) }
    let sum = ExactSum(adding: parts)
    guard parts.allSatisfy(\.isFinite), sum.canonicalParts == parts else {
      throw reader.failure("a sum is not in the one form that it has")
    }
    return sum
  }
}
