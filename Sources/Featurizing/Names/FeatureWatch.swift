package import SparseBatches

/// Looks at the features that a featurizer makes, for those whose name or hash somebody wants.
///
/// Idea: a feature that was looked at lately is passed over by one comparison with a small table of
/// full hashes, so that frequent features cost almost nothing. What is offered is offered by row
/// order and never depends on which thread looked: a feature is left out only when it was offered
/// in a row before, or is not wanted for good.
struct FeatureWatch: ~Copyable {
  private let recording: FeatureRecording
  private let slotMask: UInt32
  private let keepsEverything: Bool
  /// Whether every feature of a row is kept, but of some rows only.
  private let keepsSomeRows: Bool
  private var isWatching = false
  private var wantsNames = false
  /// Turns away what surely is not wanted; the same for all rows of a chunk.
  private(set) var gate: FeatureGate
  private var sampleLevel = 0
  private var sampleMask: UInt32 = 0
  private var isSampling = false
  /// A hash that was looked at, in the entry of its low bits.
  private var recent: GrowableBuffer<UInt32>
  private static let recentBits: UInt32 = 12
  /// Slots offered in this chunk: a chunk never holds more names than may be kept.
  private var offered: Set<UInt32> = []
  private var sightings = FeatureSightings()
  private var namesBeforeRow = 0
  private var sampledBeforeRow = 0
  private var levelBeforeRow = 0
  /// Names of the row at hand up to here were held against `offered` before the row's end.
  private var settledNames = 0
  /// Whether what was offered or sampled of the row at hand was thinned before its end.
  private var wasThinned = false

  // A row may have millions of features: what it shows is thinned as it grows.
  private static let mostUnsettled = 1 << 14
  private static let mostSampled = 4 * CollisionSample.capacity
  /// Where some rows are looked at, the first so many features of each.
  static let mostOfSampledRow = 1 << 16

  init(_ recording: FeatureRecording, hashing: FeatureHashing) {
    self.recording = recording
    slotMask = hashing.mask
    gate = FeatureGate(slotMask: hashing.mask, passMask: FeatureGate.passAll)
    if case .sampledRows = recording { keepsSomeRows = true } else { keepsSomeRows = false }
    if case .everything = recording {
      keepsEverything = true
    } else {
      keepsEverything = keepsSomeRows
    }
    if case .register = recording {
      recent = GrowableBuffer(capacity: 1 << Int(Self.recentBits))
      forgetRecent()
    } else {
      recent = GrowableBuffer()
    }
  }

  /// Starts a chunk. Sightings that nobody took are withdrawn, as if they had never been.
  mutating func beginChunk() {
    if !sightings.isEmpty || wasThinned { forgetRecent() }
    sightings.removeAll()
    offered.removeAll(keepingCapacity: true)
    (namesBeforeRow, sampledBeforeRow, settledNames) = (0, 0, 0)
    wasThinned = false
    switch recording {
    case .nothing: return
    case .everything: (isWatching, wantsNames, gate.passMask) = (true, true, 0)
    case .sampledRows: (isWatching, wantsNames, gate.passMask) = (true, true, FeatureGate.passAll)
    case .register(let bulletin):
      wantsNames = bulletin.wantsNames
      isSampling = bulletin.sampleLevel != nil
      setSampleLevel(bulletin.sampleLevel ?? 0)
      levelBeforeRow = sampleLevel
      isWatching = wantsNames || isSampling
      gate.passMask = wantsNames ? 0 : isSampling ? sampleMask : FeatureGate.passAll
    }
  }

  /// Starts a row of a chunk.
  @inline(__always)
  mutating func beginRow(_ row: Int, of chunk: borrowing RowChunk) {
    if keepsSomeRows {
      gate.passMask = FeatureRecording.samples(row, of: chunk) ? 0 : FeatureGate.passAll
    }
  }

  /// Whether the feature with this full hash should be named now.
  @inline(__always)
  mutating func wantsName(of hash: UInt32) -> Bool {
    guard gate.lets(hash) else { return false }
    if keepsEverything { return !keepsSomeRows || hasRoomInRow }
    // Proof: the table has 2^recentBits entries while something is registered.
    let entry = Int(hash & (1 << Self.recentBits - 1))
    if unsafe recent.base[entry] == hash { return false }
    return look(at: hash, entry)
  }

  private var hasRoomInRow: Bool {
    sightings.hashes.count - namesBeforeRow < Self.mostOfSampledRow
  }

  @inline(never)
  private mutating func look(at hash: UInt32, _ entry: Int) -> Bool {
    recent[entry] = hash
    let slot = hash & slotMask
    if isSampling, FeatureBulletin.scattered(slot) & sampleMask == 0 {
      sightings.addSampled(hash)
      if sightings.sampled.count - sampledBeforeRow >= Self.mostSampled { thinSampled() }
    }
    guard wantsNames, case .register(let bulletin) = recording else { return false }
    // A chunk that holds as many names as may be kept has no use for more.
    return offered.count < bulletin.nameLimit && !bulletin.hasName(slot)
  }

  // MARK: Rows of many features

  /// Thins the names of a row that goes on.
  @inline(__always)
  private mutating func boundNames() {
    guard sightings.hashes.count - settledNames >= Self.mostUnsettled,
      case .register(let bulletin) = recording
    else { return }
    leaveOutOffered(limit: bulletin.nameLimit)
    wasThinned = true
  }

  /// Leaves of the row's sampled features what can be left of them once the row is taken: alone they
  /// raise the level.
  @inline(never)
  private mutating func thinSampled() {
    var distinct: Set<UInt32> = []
    for index in sampledBeforeRow..<sightings.sampled.count {
      distinct.insert(sightings.sampled[index])
    }
    let highest = CollisionSample.highestLevel(bits: slotMask.nonzeroBitCount)
    while distinct.count > CollisionSample.capacity, sampleLevel < highest {
      setSampleLevel(sampleLevel + 1)
      distinct = distinct.filter { FeatureBulletin.scattered($0 & slotMask) & sampleMask == 0 }
    }
    // One more than there is room for tells that there are too many.
    let kept = distinct.sorted().prefix(CollisionSample.capacity + 1)
    sightings.truncate(names: sightings.hashes.count, sampled: sampledBeforeRow)
    for hash in kept { sightings.addSampled(hash) }
    wasThinned = true
  }

  private mutating func setSampleLevel(_ level: Int) {
    sampleLevel = level
    sampleMask = FeatureBulletin.sampleMask(level: level)
  }

  // MARK: Ends of rows

  /// Keeps what the row showed.
  @inline(__always)
  mutating func keepRow() {
    if isWatching { settleRow() }
  }

  @inline(never)
  private mutating func settleRow() {
    // Asked first: most rows offer nothing, and need not hold the register.
    if sightings.hashes.count > settledNames, case .register(let bulletin) = recording {
      leaveOutOffered(limit: bulletin.nameLimit)
    }
    if keepsEverything { sightings.endRow() }
    namesBeforeRow = sightings.hashes.count
    settledNames = namesBeforeRow
    sampledBeforeRow = sightings.sampled.count
    levelBeforeRow = sampleLevel
    sightings.sampleLevel = sampleLevel
  }

  private mutating func leaveOutOffered(limit: Int) {
    guard sightings.hashes.count > settledNames else { return }
    var kept = settledNames
    for index in settledNames..<sightings.hashes.count
    where offered.count < limit && offered.insert(sightings.hashes[index] & slotMask).inserted {
      sightings.move(index, to: kept)
      kept += 1
    }
    sightings.truncate(names: kept, sampled: sightings.sampled.count)
    settledNames = kept
  }

  /// Forgets what the row showed: it is a bad one.
  @inline(never)
  mutating func dropRow() {
    guard isWatching else { return }
    if wasThinned {
      // What was left out is asked for again.
      forgetRecent()
      for index in namesBeforeRow..<settledNames {
        offered.remove(sightings.hashes[index] & slotMask)
      }
      setSampleLevel(levelBeforeRow)
    } else if case .register = recording {
      for index in namesBeforeRow..<sightings.hashes.count { forget(sightings.hashes[index]) }
      for index in sampledBeforeRow..<sightings.sampled.count { forget(sightings.sampled[index]) }
    }
    sightings.truncate(names: namesBeforeRow, sampled: sampledBeforeRow)
    settledNames = namesBeforeRow
  }

  private mutating func forget(_ hash: UInt32) {
    let entry = hash & (1 << Self.recentBits - 1)
    recent[Int(entry)] = Self.noHash(at: entry)
  }

  private mutating func forgetRecent() {
    guard case .register = recording else { return }
    recent.removeAll()
    for entry in 0..<(UInt32(1) << Self.recentBits) { recent.append(Self.noHash(at: entry)) }
  }

  /// A hash that never stands in this entry.
  private static func noHash(at entry: UInt32) -> UInt32 { entry == 0 ? 1 : 0 }
}

/// The first question about a feature, answered without a look at memory.
struct FeatureGate: BitwiseCopyable {
  let slotMask: UInt32
  /// Slots whose scattered number, made odd, shares a bit with this are passed over: none while
  /// names are wanted, all while nothing is.
  var passMask: UInt32
  static let passAll: UInt32 = 1

  /// Whether the feature with this full hash may be wanted.
  @inline(__always)
  func lets(_ hash: UInt32) -> Bool {
    (FeatureBulletin.scattered(hash & slotMask) | 1) & passMask == 0
  }
}

/// What becomes of the names of features.
package enum FeatureRecording: Sendable {
  case nothing
  /// Those that a register wants.
  case register(FeatureBulletin)
  /// All of every row.
  case everything
  /// All of some rows: enough to tell what a stream is made of, at a small price.
  case sampledRows

  private static let firstRows = 1024
  private static let strideMask = 63
  private static let lastRow = 1 << 15

  /// Whether a chunk may hold one of those rows.
  package static func samplesSome(of chunk: borrowing RowChunk) -> Bool {
    chunk.ordinal < firstRows || chunk.rowsBefore < lastRow
  }

  /// Whether a row is one of those rows: the first 1,024 of the stream, and every 64th of the first
  /// 32,768 of each file, so that a long stream costs no more than a short one.
  package static func samples(_ row: Int, of chunk: borrowing RowChunk) -> Bool {
    let place = chunk.rowsBefore + row
    return chunk.ordinal + row < firstRows || place < lastRow && place & strideMask == 0
  }
}

extension FeatureWatch {
  mutating func lendSightings<Result>(_ body: (inout FeatureSightings) -> Result) -> Result {
    body(&sightings)
  }
}

// MARK: - Naming

extension FeatureWatch {
  /// Names the feature after its column alone.
  @inline(never)
  mutating func name(_ hash: UInt32, column: ByteText) {
    name(hash, pieces: [column.bytes])
  }

  /// Names the feature `column=(missing)`.
  @inline(never)
  mutating func nameMissing(_ hash: UInt32, column: ByteText) {
    name(hash, pieces: [column.bytes, Array("=(missing)".utf8)])
  }

  /// Names the feature `column=value`.
  ///
  /// - Precondition: `count` bytes can be read at `value`.
  @unsafe @inline(never)
  mutating func name(
    _ hash: UInt32, column: ByteText, value: UnsafePointer<UInt8>, count: Int
  ) {
    sightings.beginName(of: hash)
    sightings.appendToName(column.bytes.span)
    sightings.appendToName([UInt8(ascii: "=")].span)
    // Proof: the caller's bytes, read within the call.
    unsafe sightings.appendToName(Span(_unsafeStart: value, count: count))
    sightings.endName()
    boundNames()
  }

  /// Names the feature by the pieces, one after the other.
  mutating func name(_ hash: UInt32, pieces: [[UInt8]]) {
    sightings.beginName(of: hash)
    for piece in pieces { sightings.appendToName(piece.span) }
    sightings.endName()
    boundNames()
  }
}
