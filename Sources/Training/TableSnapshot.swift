internal import Glibc
package import ModelFile

/// A copy of a learner's table, made at one moment and written while the learner goes on.
///
/// Its memory is kept for the next copy. Owned by one thread at a time.
package final class TableSnapshot: @unchecked Sendable {
  private var bytes: [UInt8] = []
  private var stateBytes = 1

  package init() {}

  /// States in a section.
  private static let statesInSection = 1 << 16

  /// Replaces the copy.
  ///
  /// - Parameter stateBytes: of one state; sections end between two.
  package func copy(_ table: RawSpan, stateBytes: Int) {
    self.stateBytes = stateBytes
    guard bytes.count == table.byteCount else {
      // The bytes are read within the call only.
      bytes = unsafe table.withUnsafeBytes { unsafe Array($0) }
      return
    }
    unsafe bytes.withUnsafeMutableBytes { target in
      unsafe table.withUnsafeBytes { source in
        // Both have the same number of bytes and are not the same memory.
        unsafe target.copyMemory(from: source)
      }
    }
  }

  /// The copy in sections, without the states that are all zeros: of a large table most.
  ///
  /// Packs the copy in place: call once for each copy.
  package func packedSections() -> [ContainerSection] {
    let states = bytes.count / stateBytes
    var pieces: [(index: UInt32, used: [UInt8], range: Range<Int>)] = []
    for (index, first) in stride(from: 0, to: states, by: Self.statesInSection).enumerated() {
      let count = min(Self.statesInSection, states - first)
      let (used, end) = pack(first: first, count: count)
      let start = first * stateBytes
      if end > start { pieces.append((UInt32(index), used, start..<end)) }
    }
    // Slices share the storage, so they are made when nothing moves any more.
    return pieces.flatMap { piece in
      [
        ContainerSection(type: .usedStates, index: piece.index, data: piece.used),
        ContainerSection(type: .learnerTable, index: piece.index, data: bytes[piece.range]),
      ]
    }
  }

  /// Moves the states of a piece that are not zero to its start.
  ///
  /// - Returns: a bit for each state of the piece, the lowest first: whether it is there; and where
  ///   the states end that are.
  private func pack(first: Int, count: Int) -> (used: [UInt8], end: Int) {
    var used = [UInt8](repeating: 0, count: (count + 7) / 8)
    // Every state has whole words: two Floats at least.
    precondition(stateBytes % 8 == 0, "a state has no whole words")
    let wordsInState = stateBytes / 8
    var end = first * wordsInState
    unsafe bytes.withUnsafeMutableBytes { table in
      // Proof: all states of the piece lie within the copy, and a state never moves behind its place.
      for state in 0..<count {
        let start = (first + state) * wordsInState
        var bits: UInt64 = 0
        for word in 0..<wordsInState {
          let value = unsafe table.loadUnaligned(
            fromByteOffset: 8 * (start + word), as: UInt64.self)
          bits |= value
          // Written always, kept when the state is not zero: no branch that depends on it.
          unsafe table.storeBytes(of: value, toByteOffset: 8 * (end + word), as: UInt64.self)
        }
        let isUsed: UInt8 = bits == 0 ? 0 : 1
        used[state / 8] |= isUsed << UInt8(state % 8)
        end += wordsInState * Int(isUsed)
      }
    }
    return (used, 8 * end)
  }

  /// Hands each piece of a stored table to `load`, with the number of its first state.
  ///
  /// - Parameter states: how many the table has; sections beyond are refused.
  /// - Returns: false when the sections do not fit the table.
  static func forEachPiece(
    of container: Container, stateBytes: Int, states: Int,
    _ load: (RawSpan, _ first: Int) -> Void
  ) -> Bool {
    var used: [UInt32: ArraySlice<UInt8>] = [:]
    for section in container.sections where section.type == .usedStates {
      used[section.index] = section.data
    }
    for section in container.sections where section.type == .learnerTable {
      let first = Int(section.index) * statesInSection
      guard first < states, let bits = used[section.index],
        let piece = unpack(
          section.data, bits, count: min(statesInSection, states - first), stateBytes)
      else { return false }
      // The bytes are those of the piece, which outlives the call.
      unsafe load(piece.span.bytes, first)
    }
    return true
  }

  /// - Returns: nil when there are not as many states as the bits say.
  private static func unpack(
    _ packed: ArraySlice<UInt8>, _ used: ArraySlice<UInt8>, count: Int, _ stateBytes: Int
  ) -> [UInt8]? {
    let states = used.reduce(0) { $0 + $1.nonzeroBitCount }
    guard used.count == (count + 7) / 8, states <= count, packed.count == states * stateBytes
    else { return nil }
    var piece = [UInt8](repeating: 0, count: count * stateBytes)
    var source = 0
    unsafe piece.withUnsafeMutableBytes { target in
      unsafe packed.withUnsafeBytes { states in
        guard let to = target.baseAddress, let from = states.baseAddress else { return }
        // Proof: `state` is below `count`, and there are no more bits than packed states.
        for state in 0..<count {
          guard used[used.startIndex + state / 8] >> UInt8(state % 8) & 1 == 1 else { continue }
          unsafe memcpy(to + state * stateBytes, from + source, stateBytes)
          source += stateBytes
        }
      }
    }
    // A bit behind the last state would leave bytes over.
    return source == packed.count ? piece : nil
  }
}

extension SectionType {
  /// A piece of the learner's table.
  static let learnerTable = SectionType("SLOT")
  /// Which states of the piece of the same index are there: the others are zeros.
  static let usedStates = SectionType("USED")
  /// The learner's state beside the table.
  static let learnerState = SectionType("LRNR")
  /// Counts of rows and the holdout.
  static let intakeState = SectionType("INTK")
  /// What was noticed of the rows; missing in checkpoints of programs that did not look.
  static let rowWatch = SectionType("WTCH")
  /// The shuffle window.
  static let shuffleWindow = SectionType("SHUF")
  /// Epochs made, and the best one's weights.
  static let epochState = SectionType("EPOC")
  /// How the loss went, for the report.
  package static let trainingRecord = SectionType("RECD")
  /// What an exact solver knew behind its last iteration.
  static let solverState = SectionType("SOLV")
  /// A model that was learned to its end.
  static let finishedModel = SectionType("DONE")
}
