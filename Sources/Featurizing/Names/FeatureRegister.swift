package import SparseBatches

/// The features that a training run met: names of a bounded number of them, and how crowded the
/// slots are.
///
/// Names are taken in row order, each slot's first feature only, until there are as many as allowed
/// or their bytes are 64 times that number. All of it depends on the rows alone. Belongs to the
/// thread that consumes rows; what others must know is in `bulletin`.
package final class FeatureRegister {
  package let bulletin: FeatureBulletin
  private let byteLimit: Int
  private var slots: [UInt32] = []
  private var ends: [Int] = []
  private var bytes: [UInt8] = []
  private var sample: CollisionSample

  /// How many names are kept when nobody says otherwise.
  package static let usualNameLimit = 1 << 16
  package static let allowedNameLimits = 0...1 << 24
  private static let bytesPerName = 64

  /// - Parameter nameLimit: 0 keeps no names.
  package init(hashing: FeatureHashing, nameLimit: Int) {
    precondition(Self.allowedNameLimits.contains(nameLimit), "number of names out of range")
    bulletin = FeatureBulletin(hashing: hashing, nameLimit: nameLimit)
    byteLimit = Self.bytesPerName * nameLimit
    sample = CollisionSample(hashing: hashing)
  }

  /// Takes what a chunk showed. Chunks come in their order.
  package func take(_ featurizer: inout ChunkFeaturizer) {
    featurizer.withSightings { sightings in
      takeNames(sightings)
      takeSample(sightings)
      sightings.removeAll()
    }
  }

  private func takeNames(_ sightings: borrowing FeatureSightings) {
    let mask = bulletin.hashing.mask
    for index in 0..<sightings.hashes.count where bulletin.wantsNames {
      let slot = sightings.hashes[index] & mask
      let range = sightings.nameRange(index)
      if bulletin.hasName(slot) { continue }
      guard bytes.count + range.count <= byteLimit else {
        bulletin.closeNames()
        return
      }
      _ = bulletin.insert(slot)
      slots.append(slot)
      for offset in range { bytes.append(sightings.bytes[offset]) }
      ends.append(bytes.count)
      if slots.count == bulletin.nameLimit { bulletin.closeNames() }
    }
  }

  private func takeSample(_ sightings: borrowing FeatureSightings) {
    guard !sightings.sampled.isEmpty else { return }
    for index in 0..<sightings.sampled.count { sample.insert(sightings.sampled[index]) }
    bulletin.setSampleLevel(sample.isSaturated ? nil : sample.level)
  }

  /// The names of those slots that have one.
  ///
  /// - Parameter wanted: ascending.
  package func names(of wanted: [UInt32]) throws(RunFailure) -> FeatureNames {
    // The slot above, the place in the register below: one sort of plain integers.
    let order = slots.enumerated().map { UInt64($1) << 32 | UInt64($0) }.sorted()
    var names = FeatureNames()
    var next = 0
    for index in order.map({ Int($0 & 0xFFFF_FFFF) }) {
      while next < wanted.count, wanted[next] < slots[index] { next += 1 }
      guard next < wanted.count else { break }
      guard wanted[next] == slots[index] else { continue }
      let start = index == 0 ? 0 : ends[index - 1]
      try names.append(slot: slots[index], name: bytes[start..<ends[index]])
    }
    return names
  }

  package var collisions: CollisionFigures { sample.figures }
}
