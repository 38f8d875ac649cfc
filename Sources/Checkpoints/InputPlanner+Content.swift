internal import InputBytes
internal import SparseBatches

/// Files known by what is in them: renamed, copied, touched, compressed or packed in another way.
///
/// The stored bytes come first: their size, and when that is known their checksum. Then what they hold
/// once inflated, its length and CRC-32: a gzip file of one member says both in its last eight bytes,
/// another has to be inflated once.
///
/// If you change this, also look at `Ledger.Entry.content` and at "Scheduled training" in the docs.
extension InputPlanner {
  mutating func matchByContent(_ index: Int, _ notice: (String) -> Void) throws(RunFailure) {
    try matchReplay(index, notice)
    // Nothing can be told from the content of an empty file.
    guard isOpen(index), let stamp = candidates[index].stamp, stamp.size > 0 else { return }
    for (entry, known) in ledger.entries.enumerated() where known.bytes == stamp.size {
      guard case .file = known.source, try candidates[index].knownChecksum() == known.checksum
      else { continue }
      return accept(index, as: entry, stamp, isRepacked: false, notice)
    }
    let known = ledger.entries.enumerated().compactMap { entry, known -> (Int, FileContent)? in
      guard case .file = known.source, let content = known.content, content.bytes > 0 else {
        return nil
      }
      return (entry, content)
    }
    guard let content = try candidates[index].content(ofAnyLength: known.map(\.1.bytes)) else {
      return
    }
    guard let (entry, _) = known.first(where: { content.isSame(as: $0.1) }) else { return }
    accept(index, as: entry, stamp, isRepacked: true, notice)
  }

  private mutating func accept(
    _ index: Int, as entry: Int, _ stamp: FileStamp, isRepacked: Bool, _ notice: (String) -> Void
  ) {
    let candidate = candidates[index]
    let known = ledger.entries[entry]
    let isTaken = candidates.contains { $0.entry == entry }
    candidates[index].entry = entry
    if !isTaken {
      ledger.entries[entry].source = candidate.source
      ledger.entries[entry].path = candidate.path
      ledger.entries[entry].stamp = stamp
    }
    let how = isRepacked ? ", stored in another way" : ""
    let change =
      isRepacked
      ? "it is stored in another way, its content has not changed"
      : "its time has changed, its bytes have not"
    notice(
      candidate.source == known.source
        ? "skipped: \(shown(candidate.path)) was learned already (\(change))"
        : "skipped: \(shown(candidate.path)) holds what was learned as \(shown(known.path))\(how)")
  }

  // MARK: - Copies

  /// Two new files with the same content are one input.
  mutating func dropCopies(_ notice: (String) -> Void) throws(RunFailure) {
    var index = 0
    while index < candidates.count {
      defer { index += 1 }
      guard candidates[index].isNewFile else { continue }
      for other in candidates.indices
      where other != index && candidates[other].isNewFile
        && (other > index || candidates[other].isHalfRead)
      {
        guard let how = try likeness(index, other) else { continue }
        // The half-read one stays, else the one that was named first.
        let copy = candidates[other].isHalfRead ? index : other
        let original = copy == index ? other : index
        notice(
          "skipped: \(shown(candidates[copy].path)) holds the same \(how) as"
            + " \(shown(candidates[original].path))")
        candidates.remove(at: copy)
        index = -1
        break
      }
    }
  }

  /// What two files have in common, "bytes" or "content"; nil when they are two inputs.
  private mutating func likeness(_ one: Int, _ other: Int) throws(RunFailure) -> String? {
    if candidates[one].stamp?.size == candidates[other].stamp?.size,
      try candidates[one].knownChecksum() == candidates[other].knownChecksum()
    {
      return "bytes"
    }
    let (first, second) = (try candidates[one].trailer(), try candidates[other].trailer())
    // Two plain files were compared already.
    guard first != nil || second != nil else { return nil }
    let lengths = [first == nil ? one : nil, second == nil ? other : nil].compactMap {
      $0.flatMap { candidates[$0].stamp?.size }
    }
    let mayBeSame =
      if let first, let second {
        first.isSame(as: second)
      } else if let length = lengths.first {
        (first ?? second)?.fits(bytes: length) ?? false
      } else {
        false
      }
    guard mayBeSame || Self.stem(candidates[one].path) == Self.stem(candidates[other].path),
      let content = try candidates[one].content(ofAnyLength: lengths.isEmpty ? nil : lengths),
      let likewise = try candidates[other].content(ofAnyLength: lengths.isEmpty ? nil : lengths)
    else { return nil }
    return content.isSame(as: likewise) && content.bytes > 0 ? "content" : nil
  }

  /// The path without `.gz`.
  private static func stem(_ path: String) -> [UInt8] {
    Array((path.hasSuffix(".gz") ? String(path.dropLast(3)) : path).utf8)
  }

  /// What `body` finds; nil for a damaged file, which the reading of its rows will report.
  static func whatIsWhole<Result>(
    _ body: () throws(RunFailure) -> Result?
  ) throws(RunFailure) -> Result? {
    do throws(RunFailure) {
      return try body()
    } catch {
      guard error.kind == .badData else { throw error }
      return nil
    }
  }
}

extension InputCandidate {
  /// A file with bytes in it that is not known to be learned.
  fileprivate var isNewFile: Bool { entry == nil && stamp?.size ?? 0 > 0 }

  /// deflate makes at most 1,032 bytes of one; a member for each short line adds many to each.
  private static let mostFromOne = 1032
  private static let mostForOne = 32

  /// What a gzip file's end says of it; nil for a plain file.
  fileprivate mutating func trailer() throws(RunFailure) -> FileContent? {
    if let knownTrailer { return knownTrailer }
    let found = try FileContent.trailer(ofFile: path)
    knownTrailer = .some(found)
    return found
  }

  /// What the file holds once inflated.
  ///
  /// - Parameter lengths: content of another length is of no interest; nil: any is.
  /// - Returns: nil when it has none of these lengths, or is damaged.
  fileprivate mutating func content(ofAnyLength lengths: [Int]?) throws(RunFailure) -> FileContent?
  {
    guard let size = stamp?.size else { return nil }
    guard let trailer = try trailer() else {
      guard lengths?.contains(size) ?? true else { return nil }
      return FileContent(checksum: try knownChecksum(), bytes: size)
    }
    let possible = lengths?.filter {
      $0 / Self.mostFromOne <= size && size <= Self.mostForOne * $0 + (1 << 17)
    }
    if let possible, possible.isEmpty { return nil }
    if let knownContent { return knownContent }
    let path = path
    let found = try InputPlanner.whatIsWhole { () throws(RunFailure) in
      guard try FileContent.mayHaveMembers(path) else { return trailer }
      return try FileContent.reading(path)
    }
    knownContent = .some(found)
    return found
  }
}
