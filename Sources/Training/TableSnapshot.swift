internal import Glibc
package import ModelFile

/// A copy of a learner's table, made at one moment and written while the learner goes on.
///
/// Only the states that are not zero are copied, and pages of the table that were never touched are
/// not even looked at: of a large table that is most of it. Owned by one thread at a time.
package final class TableSnapshot: @unchecked Sendable {
  private var pieces: [Piece] = []
  private let pages = TouchedPages()

  package init() {}

  /// The states of one section that are not zero.
  private struct Piece {
    var index: UInt32
    /// A bit for each state of the section, the lowest first: whether it is there.
    var used: [UInt8]
    var states: [UInt8]
  }

  /// States in a section.
  static let statesInSection = 1 << 16
  /// Zeros are looked for in stretches of so many states.
  private static let statesInStretch = 512

  /// Replaces the copy.
  ///
  /// - Parameters:
  ///   - table: anonymous memory of the process, or anything else where there is no pagemap.
  ///   - stateBytes: of one state; sections end between two.
  package func copy(_ table: RawSpan, stateBytes: Int) {
    // Every state has whole words: some Floats.
    precondition(stateBytes % 4 == 0, "a state has no whole words")
    pieces.removeAll()
    let states = table.byteCount / stateBytes
    for (index, first) in stride(from: 0, to: states, by: Self.statesInSection).enumerated() {
      let count = min(Self.statesInSection, states - first)
      let start = first * stateBytes
      let piece = table.extracting(start..<start + count * stateBytes)
      if let (used, states) = pack(piece, count: count, stateBytes) {
        pieces.append(Piece(index: UInt32(index), used: used, states: states))
      }
    }
  }

  /// The copy in sections, without the states that are all zeros.
  package func packedSections() -> [ContainerSection] {
    pieces.flatMap { piece in
      [
        ContainerSection(type: .usedStates, index: piece.index, data: piece.used),
        ContainerSection(type: .learnerTable, index: piece.index, data: piece.states),
      ]
    }
  }

  /// - Returns: nil when all states are zeros.
  private func pack(
    _ piece: RawSpan, count: Int, _ stateBytes: Int
  ) -> (used: [UInt8], states: [UInt8])? {
    let ranges = unsafe piece.withUnsafeBytes { bytes in
      pages.ranges(at: UInt(bitPattern: bytes.baseAddress), count: bytes.count)
    }
    var stretches: [Range<Int>] = []
    for range in ranges {
      // A state may lie on two pages: whole states, and none of them twice.
      let from = max(range.lowerBound / stateBytes, stretches.last?.upperBound ?? 0)
      let to = (range.upperBound + stateBytes - 1) / stateBytes
      for start in stride(from: from, to: to, by: Self.statesInStretch) {
        let stretch = start..<min(start + Self.statesInStretch, to)
        let bytes = stretch.lowerBound * stateBytes..<stretch.upperBound * stateBytes
        if !Self.isZero(piece.extracting(bytes)) { stretches.append(stretch) }
      }
    }
    guard !stretches.isEmpty else { return nil }
    var used = [UInt8](repeating: 0, count: (count + 7) / 8)
    let room = stretches.reduce(0) { $0 + $1.count } * stateBytes
    let states = unsafe [UInt8](unsafeUninitializedCapacity: room) { target, filled in
      filled = 0
      for stretch in stretches {
        unsafe Self.pack(piece, stretch, stateBytes, into: target, &filled, &used)
      }
    }
    return (used, states)
  }

  /// - Parameter bytes: whole words.
  private static func isZero(_ bytes: RawSpan) -> Bool {
    unsafe bytes.withUnsafeBytes { bytes in
      var bits: UInt64 = 0
      let pairs = bytes.count & ~7
      // Proof: the words lie within the bytes, whose number is a multiple of four.
      for offset in stride(from: 0, to: pairs, by: 8) {
        bits |= unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      }
      for offset in stride(from: pairs, to: bytes.count, by: 4) {
        bits |= UInt64(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      return bits == 0
    }
  }

  /// Appends the states of a stretch that are not zero to `target`, and marks them.
  ///
  /// - Parameter filled: bytes of `target` in use, at least a stretch short of its end.
  @unsafe
  private static func pack(
    _ piece: RawSpan, _ stretch: Range<Int>, _ stateBytes: Int,
    into target: UnsafeMutableBufferPointer<UInt8>, _ filled: inout Int, _ used: inout [UInt8]
  ) {
    let target = UnsafeMutableRawBufferPointer(target)
    unsafe piece.withUnsafeBytes { source in
      // Proof: the states of the stretch lie within the piece, and all of them fit behind `filled`.
      for state in stretch {
        var bits: UInt32 = 0
        for offset in stride(from: 0, to: stateBytes, by: 4) {
          let value = unsafe source.loadUnaligned(
            fromByteOffset: state * stateBytes + offset, as: UInt32.self)
          bits |= value
          // Written always, kept when the state is not zero: no branch that depends on it.
          unsafe target.storeBytes(of: value, toByteOffset: filled + offset, as: UInt32.self)
        }
        let isUsed: UInt8 = bits == 0 ? 0 : 1
        used[state / 8] |= isUsed << UInt8(state % 8)
        filled += stateBytes * Int(isUsed)
      }
    }
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
    // No states are marked that are not there.
    guard used.count == container.sections.count(where: { $0.type == .learnerTable }) else {
      return false
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

  /// Calls `body` with the number of each state that `forEachPiece` has found.
  static func forEachUsedState(of container: Container, _ body: (Int) -> Void) {
    for section in container.sections where section.type == .usedStates {
      let first = Int(section.index) * statesInSection
      for (index, byte) in section.data.enumerated() {
        var rest = byte
        while rest != 0 {
          body(first + 8 * index + rest.trailingZeroBitCount)
          rest &= rest - 1
        }
      }
    }
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
  /// The rows that wait for a rate, or how it was found; missing in checkpoints of programs that knew
  /// only rates that are given.
  static let openingRows = SectionType("OPEN")
  /// `FrozenBlocks`; empty where averages and last weights are not compared, and not in checkpoints of
  /// programs that never did.
  static let frozenBlocks = SectionType("FRZN")
  /// Where the rows stand that wait in `openingRows`, `shuffleWindow` or `frozenBlocks`; missing in
  /// checkpoints of programs that did not keep it.
  static let waitingPlaces = SectionType("WAIT")
  /// `StreamCalibration`; not in checkpoints of programs that had none.
  static let streamMargins = SectionType("MARG")
  /// `SamplingCourse`; missing where no negatives are left out, and in checkpoints of programs that did
  /// not keep it.
  static let samplingCourse = SectionType("SMPL")
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

/// Which pages of this process's private memory were ever written to.
///
/// `/proc/self/pagemap` has eight bytes for each page: bit 63 says that it is in memory, bit 62 that
/// it was swapped out. A page of an anonymous mapping that is neither is all zeros. `mincore` would
/// need no /proc, but it does not tell a page that was swapped out from one that was never there.
final class TouchedPages {
  /// Negative where the system does not tell.
  private let descriptor: Int32
  private let pageBytes: Int
  private var entries: [UInt64] = []

  init() {
    descriptor = unsafe open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    pageBytes = max(1, sysconf(Int32(_SC_PAGESIZE)))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The parts of a stretch of private, anonymous memory that may hold something else than zeros.
  ///
  /// - Parameters:
  ///   - address: where the stretch starts.
  ///   - count: its bytes.
  /// - Returns: byte ranges within the stretch, ascending; all of it where the system does not tell.
  func ranges(at address: UInt, count: Int) -> [Range<Int>] {
    guard descriptor >= 0, count > 0 else { return [0..<count] }
    let first = Int(address) / pageBytes
    let pages = (Int(address) + count - 1) / pageBytes - first + 1
    if entries.count < pages { entries = [UInt64](repeating: 0, count: pages) }
    // At most as many bytes as the array has are read.
    let got = unsafe pread(descriptor, &entries, 8 * pages, off_t(8 * first))
    guard got == 8 * pages else { return [0..<count] }
    var ranges: [Range<Int>] = []
    for page in 0..<pages where entries[page] >> 62 != 0 {
      let start = max(0, (first + page) * pageBytes - Int(address))
      let end = min(count, (first + page + 1) * pageBytes - Int(address))
      if let last = ranges.last, last.upperBound == start {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(start..<end)
      }
    }
    return ranges
  }
}
