package import ModelFile
package import SparseBatches

/// The table of a stored learner, taken apart piece by piece, as 32-bit words: for whoever merges
/// tables. `TableSnapshot` writes them, and reads them into a learner.
package struct StoredTable {
  package static var statesInPiece: Int { TableSnapshot.statesInSection }

  private let name: String
  private let wordsOfState: Int
  private var used: [UInt32: ArraySlice<UInt8>] = [:]
  private var states: [UInt32: ArraySlice<UInt8>] = [:]

  /// - Parameter sections: those of a learner; others are passed over.
  package init(_ sections: [ContainerSection], wordsOfState: Int, name: String) {
    self.name = name
    self.wordsOfState = wordsOfState
    for section in sections {
      if section.type == .usedStates { used[section.index] = section.data }
      if section.type == .learnerTable { states[section.index] = section.data }
    }
  }

  /// The states of a piece, those that are not stored as zeros.
  ///
  /// - Parameter count: of its states.
  /// - Throws: badData when there are not as many states as are marked.
  package func words(
    ofPiece index: UInt32, count: Int
  ) throws(RunFailure) -> (words: [UInt32], isEmpty: Bool) {
    var words = [UInt32](repeating: 0, count: count * wordsOfState)
    guard let bits = used[index], let packed = states[index] else { return (words, true) }
    let marked = bits.reduce(0) { $0 + $1.nonzeroBitCount }
    guard bits.count == (count + 7) / 8, marked <= count,
      packed.count == marked * 4 * wordsOfState
    else {
      throw RunFailure(
        .badData, "\(name) is damaged: its table is not that of its options",
        cure: "restore the file from a copy, or learn again")
    }
    var source = packed.startIndex
    for state in 0..<count
    where bits[bits.startIndex + state / 8] >> UInt8(state % 8) & 1 == 1 {
      for word in 0..<wordsOfState {
        words[state * wordsOfState + word] =
          UInt32(packed[source]) | UInt32(packed[source + 1]) << 8
          | UInt32(packed[source + 2]) << 16 | UInt32(packed[source + 3]) << 24
        source += 4
      }
    }
    return (words, false)
  }

  /// A piece as it is stored; nothing when all its states are zeros.
  package static func sections(
    _ index: UInt32, _ words: [UInt32], wordsOfState: Int
  ) -> [ContainerSection] {
    let count = words.count / wordsOfState
    var used = [UInt8](repeating: 0, count: (count + 7) / 8)
    var states = ByteWriter()
    for state in 0..<count {
      let range = state * wordsOfState..<(state + 1) * wordsOfState
      guard words[range].contains(where: { $0 != 0 }) else { continue }
      used[state / 8] |= 1 << UInt8(state % 8)
      for word in words[range] { states.append(word) }
    }
    guard !states.bytes.isEmpty else { return [] }
    return [
      ContainerSection(type: .usedStates, index: index, data: used),
      ContainerSection(type: .learnerTable, index: index, data: states.bytes),
    ]
  }
}
