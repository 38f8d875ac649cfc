package import Featurizing
package import Learning
package import ModelFile
package import SparseBatches

// What `Featurizing` and `Learning` know, to bytes and back, for checkpoints.

extension FeatureRegisterState {
  package func encode(into writer: inout ByteWriter) {
    writer.append(slots.count)
    for slot in slots { writer.append(slot) }
    writer.append(contentsOf: lengths)
    writer.append(counted: bytes)
    writer.append(wantsNames)
    writer.append(sample.count)
    for hash in sample { writer.append(hash) }
    writer.append(sampleLevel)
    writer.append(isSaturated)
  }

  package init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    let count = try reader.readCount(elementBytes: 5)
    for _ in 0..<count { slots.append(try reader.readUInt32()) }
    lengths = Array(try reader.readBytes(count))
    bytes = Array(try reader.readCountedBytes())
    wantsNames = try reader.readBool()
    let sampled = try reader.readCount(elementBytes: 4)
    for _ in 0..<sampled { sample.append(try reader.readUInt32()) }
    sampleLevel = try reader.readInt()
    isSaturated = try reader.readBool()
  }
}

extension SolverState {
  package func encode(into writer: inout ByteWriter) {
    // Of a large problem the vectors are hundreds of megabytes: room for all of them at once.
    let vectors = [means, scales, point, gradient, lastStep] + steps + changes
    writer.reserve(vectors.reduce(128) { $0 + 8 * $1.count + 8 })
    for count in [iteration, passes, idleIterations, steps.count] { writer.append(count) }
    for number in [
      smallestNorm, radius, startObjective, startPlainNorm, startOwnNorm, objective, plainNorm,
      ownNorm, worstMargin,
    ] { writer.append(number) }
    for vector in vectors { writer.append(vector) }
  }

  /// Whether its lengths fit a problem is found out when a solver takes it over.
  package init(from reader: inout ByteReader) throws(RunFailure) {
    self.init()
    iteration = try reader.readTally()
    passes = try reader.readTally()
    idleIterations = try reader.readTally()
    // Each pair has at least the counts of its two vectors.
    let pairs = try reader.readTally()
    guard pairs <= reader.remaining / 16 else { throw reader.failure("it has \(pairs) pairs") }
    smallestNorm = try reader.readDouble()
    radius = try reader.readDouble()
    startObjective = try reader.readDouble()
    startPlainNorm = try reader.readDouble()
    startOwnNorm = try reader.readDouble()
    objective = try reader.readDouble()
    plainNorm = try reader.readDouble()
    ownNorm = try reader.readDouble()
    worstMargin = try reader.readDouble()
    means = try reader.readVector()
    scales = try reader.readVector()
    point = try reader.readVector()
    gradient = try reader.readVector()
    lastStep = try reader.readVector()
    for _ in 0..<pairs { steps.append(try reader.readVector()) }
    for _ in 0..<pairs { changes.append(try reader.readVector()) }
    let vectors = [means, scales, point, gradient, lastStep] + steps + changes
    let norms = [smallestNorm, startPlainNorm, startOwnNorm, plainNorm, ownNorm]
    // A region may be without bounds, and without classes no row is on a wrong side.
    guard vectors.allSatisfy({ $0.allSatisfy(\.isFinite) }),
      norms.allSatisfy({ $0 >= 0 && $0.isFinite }), startObjective.isFinite, objective.isFinite,
      radius >= 0, !worstMargin.isNaN
    else { throw reader.failure("a number is out of range") }
  }
}
