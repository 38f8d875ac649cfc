import CyclicChecksum
import SparseBatches

/// The uncompressed bytes of a gzip file: one member after another, each verified (RFC 1952).
///
/// Members may be empty; zero bytes may stand between and after members. Anything else there is
/// damage.
final class GzipMembers {
  private enum Stage {
    case beforeHeader
    case inBody
    case afterTrailer
    case end
  }

  private let stored: StoredBytes
  private let inflater: any RawInflater
  private var stage = Stage.beforeHeader
  /// 1-based number of the member at hand.
  private var member = 1
  private var checksum: UInt32 = 0
  private var memberBytes = 0
  /// The bytes of all members before the one at hand, and their CRC-32.
  private var bytesBefore = 0
  private var checksumBefore: UInt32 = 0
  /// nil: nobody will want to enter the file again.
  private var restarts: RestartSearch?

  /// - Parameters:
  ///   - stored: at the magic bytes of the first member.
  ///   - restartSpacing: uncompressed bytes from one restart point to the next; nil: none are kept.
  init(stored: StoredBytes, inflater: any RawInflater, restartSpacing: Int?) {
    self.stored = stored
    self.inflater = inflater
    restarts = restartSpacing.map { RestartSearch(spacing: $0) }
  }

  /// The last one passed.
  var restartPoint: GzipRestartPoint? { restarts?.newest }

  /// Goes on from a point of the same file, without what comes before.
  func enter(at point: GzipRestartPoint) throws(RunFailure) {
    let hasPart = point.unusedBits > 0
    try stored.seek(
      to: point.storedOffset - (hasPart ? 1 : 0), checksum: point.storedChecksum,
      of: point.storedBytesRead)
    member = point.member
    memberBytes = point.memberBytes
    checksum = point.memberChecksum
    bytesBefore = point.bytesBefore
    checksumBefore = point.checksumBefore
    guard let byte = hasPart ? try stored.next() : 0 else {
      throw damage("truncated inside the compressed data")
    }
    inflater.restart(unusedBits: point.unusedBits, of: byte, window: point.window)
    restarts?.goOn(from: point)
    stage = .inBody
  }

  private var offset: Int { bytesBefore + memberBytes }

  /// Call between two blocks.
  private func addRestart(unusedBits: Int) {
    var point = GzipRestartPoint()
    point.storedOffset = stored.offset
    point.unusedBits = unusedBits
    point.member = member
    point.memberBytes = memberBytes
    point.memberChecksum = checksum
    point.bytesBefore = bytesBefore
    point.checksumBefore = checksumBefore
    point.storedBytesRead = stored.bytesRead
    point.storedChecksum = stored.checksum
    restarts?.add(point)
  }

  /// Whether the next point between two blocks is wanted.
  private var wantsRestart: Bool { restarts?.isDue(at: offset) ?? false }

  /// CRC-32 of all bytes written so far. Costs half a microsecond: it is put together from those of
  /// the members.
  var wholeChecksum: UInt32 {
    CRC32.join(checksumBefore, checksum, length: memberBytes)
  }

  /// Writes the next bytes.
  ///
  /// - Returns: how many; 0 only when the last trailer was verified and the input has ended.
  func read(into output: UnsafeMutableBufferPointer<UInt8>) throws(RunFailure) -> Int {
    while true {
      switch stage {
      case .beforeHeader:
        try readHeader()
      case .inBody:
        let produced = unsafe try readBody(into: output)
        if produced > 0 { return produced }
      case .afterTrailer:
        try findNextMember()
      case .end:
        return 0
      }
    }
  }

  private func readHeader() throws(RunFailure) {
    try GzipHeader.read(from: stored) { [self] what in damage(what) }
    inflater.reset()
    checksumBefore = wholeChecksum
    bytesBefore += memberBytes
    checksum = 0
    memberBytes = 0
    restarts?.beginMember()
    if wantsRestart { addRestart(unusedBits: 0) }
    stage = .inBody
  }

  /// - Returns: 0 when the body ended without another byte.
  private func readBody(
    into output: UnsafeMutableBufferPointer<UInt8>
  ) throws(RunFailure) -> Int {
    while true {
      let progress = unsafe inflater.inflate(
        stored.unconsumed, into: output, stopsBetweenBlocks: wantsRestart)
      stored.consume(progress.consumed)
      unsafe account(UnsafeBufferPointer(rebasing: output[..<progress.produced]))
      switch progress.stop {
      case .damaged(let what):
        throw damage(what)
      case .streamEnd:
        try verifyTrailer()
        return progress.produced
      case .outputFull:
        return progress.produced
      case .betweenBlocks(let unusedBits):
        addRestart(unusedBits: unusedBits)
        if progress.produced > 0 { return progress.produced }
      case .needsInput:
        let isMore = try stored.refill()
        if progress.produced > 0 { return progress.produced }
        if !isMore { throw damage("truncated inside the compressed data") }
      }
    }
  }

  private func account(_ produced: UnsafeBufferPointer<UInt8>) {
    checksum = unsafe CRC32.extend(checksum, produced)
    memberBytes += produced.count
    unsafe restarts?.note(produced, endingAt: offset)
  }

  private func verifyTrailer() throws(RunFailure) {
    let storedChecksum = try trailerWord()
    guard storedChecksum == checksum else {
      throw damage(mismatch("CRC-32", stored: storedChecksum, computed: checksum))
    }
    let storedBytes = try trailerWord()
    let computedBytes = UInt32(truncatingIfNeeded: memberBytes)
    guard storedBytes == computedBytes else {
      throw damage(mismatch("length (ISIZE)", stored: storedBytes, computed: computedBytes))
    }
    stage = .afterTrailer
  }

  private func trailerWord() throws(RunFailure) -> UInt32 {
    var word: UInt32 = 0
    for shift in [0, 8, 16, 24] as [UInt32] {
      guard let byte = try stored.next() else { throw damage("truncated inside the trailer") }
      word |= UInt32(byte) << shift
    }
    return word
  }

  private func mismatch(_ what: String, stored: UInt32, computed: UInt32) -> String {
    "\(what) does not match (stored \(hexadecimal(stored)), computed \(hexadecimal(computed)))"
  }

  private func findNextMember() throws(RunFailure) {
    while let byte = try stored.next() {
      if byte == 0 { continue }
      stored.consume(-1)
      guard try stored.startsWith(GzipMembers.magic) else {
        throw damage("bytes after the member are neither zeros nor another member")
      }
      member += 1
      stage = .beforeHeader
      return
    }
    stage = .end
  }

  static let magic: [UInt8] = [0x1F, 0x8B]

  private func damage(_ what: String) -> RunFailure {
    RunFailure(
      .badData,
      "\(stored.name): gzip member \(member): \(what) at compressed byte \(stored.offset)",
      cure: "the file is damaged: check it with `gzip -t` and fetch or write it again")
  }
}

/// Finds restart points while a gzip file is inflated: the first end of a block in every so many
/// bytes.
///
/// The window is put together from the output, and only when a point is near: apart from that a
/// search costs a comparison for each call of the inflater.
struct RestartSearch {
  private let spacing: Int
  /// Uncompressed offset from which on the next point is wanted.
  private var due: Int
  /// The end of what was inflated of the member at hand, from 32 KiB before `due` on.
  private var window: [UInt8] = []
  private(set) var newest: GzipRestartPoint?

  /// - Parameter spacing: uncompressed bytes from one point to the next, at least.
  init(spacing: Int) {
    self.spacing = max(spacing, 1)
    due = self.spacing
  }

  /// Whether the next end of a block at or after this uncompressed offset is wanted.
  func isDue(at offset: Int) -> Bool { offset >= due }

  /// Takes in what was inflated, in order.
  ///
  /// - Parameter offset: the uncompressed offset after it.
  mutating func note(_ produced: UnsafeBufferPointer<UInt8>, endingAt offset: Int) {
    let limit = GzipRestartPoint.windowBytes
    guard offset > due - limit else { return }
    // Trimmed now and then: not for each of many short pieces.
    if window.count >= 2 * limit { window.removeFirst(window.count - limit) }
    unsafe window.append(contentsOf: produced.suffix(limit))
  }

  /// What follows cannot refer to anything before.
  mutating func beginMember() { window.removeAll(keepingCapacity: true) }

  /// - Parameter found: all but the window.
  mutating func add(_ found: GzipRestartPoint) {
    var point = found
    point.window = Array(
      window.suffix(min(found.memberBytes, GzipRestartPoint.windowBytes)))
    goOn(from: point)
  }

  /// The search goes on from a point that is known.
  mutating func goOn(from point: GzipRestartPoint) {
    newest = point
    due = point.offset + spacing
    window.removeAll(keepingCapacity: true)
    // Of the next window these bytes may be the start.
    if due - GzipRestartPoint.windowBytes < point.offset { window = point.window }
  }
}

/// The header of one gzip member (RFC 1952, section 2.3), read and checked byte by byte.
struct GzipHeader {
  private static let headerChecksum: UInt8 = 0x02
  private static let extraField: UInt8 = 0x04
  private static let fileName: UInt8 = 0x08
  private static let comment: UInt8 = 0x10
  private static let reserved: UInt8 = 0xE0

  private let stored: StoredBytes
  private let damage: (String) -> RunFailure
  private var checksum: UInt32 = 0

  /// Consumes one header, whose magic bytes the caller has seen.
  ///
  /// - Parameter damage: makes the error for what was found.
  static func read(
    from stored: StoredBytes, damage: @escaping (String) -> RunFailure
  ) throws(RunFailure) {
    var header = GzipHeader(stored: stored, damage: damage)
    try header.read()
  }

  private init(
    stored: StoredBytes, damage: @escaping (String) -> RunFailure
  ) {
    self.stored = stored
    self.damage = damage
  }

  private mutating func read() throws(RunFailure) {
    try skip(2)
    let method = try byte()
    guard method == 8 else { throw damage("unknown compression method \(method)") }
    let flags = try byte()
    guard flags & GzipHeader.reserved == 0 else { throw damage("reserved header flags are set") }
    // Time, extra flags and operating system say nothing about the bytes.
    try skip(6)
    if flags & GzipHeader.extraField != 0 {
      let low = try byte()
      try skip(Int(low) | Int(try byte()) << 8)
    }
    if flags & GzipHeader.fileName != 0 { try skipText() }
    if flags & GzipHeader.comment != 0 { try skipText() }
    if flags & GzipHeader.headerChecksum != 0 { try verifyChecksum() }
  }

  private mutating func verifyChecksum() throws(RunFailure) {
    let computed = UInt16(truncatingIfNeeded: checksum)
    let low = try byte()
    let found = UInt16(low) | UInt16(try byte()) << 8
    guard found == computed else {
      throw damage(
        "header checksum does not match (stored \(hexadecimal(found)),"
          + " computed \(hexadecimal(computed)))")
    }
  }

  private mutating func skip(_ count: Int) throws(RunFailure) {
    for _ in 0..<count { _ = try byte() }
  }

  private mutating func skipText() throws(RunFailure) {
    while try byte() != 0 {}
  }

  private mutating func byte() throws(RunFailure) -> UInt8 {
    guard let next = try stored.next() else { throw damage("truncated inside the header") }
    // The pointer is used within the call only.
    checksum = unsafe withUnsafePointer(to: next) {
      unsafe CRC32.extend(checksum, UnsafeBufferPointer(start: $0, count: 1))
    }
    return next
  }
}

/// `0x` and all digits of the number.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(number, radix: 16)
  return "0x" + String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
}
