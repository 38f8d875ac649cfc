internal import InputBytes
internal import SparseBatches

/// Compares the inputs of a run with the ledger.
///
/// Files are recognised by path, size and time without being read. Only a file of which one of
/// these differs, and whose size is that of something learned, is read for its checksum.
struct InputPlanner {
  let request: InputPlan.Request
  private(set) var ledger: Ledger
  private(set) var candidates: [InputCandidate] = []
  private(set) var start: RowReader.Start?
  private(set) var halfReadChange: RunFailure?

  init(_ request: InputPlan.Request, _ ledger: Ledger) {
    self.request = request
    self.ledger = ledger
  }

  mutating func plan(_ notice: (String) -> Void) throws(RunFailure) {
    try collect(notice)
    for index in candidates.indices { matchQuickly(index, notice) }
    try findHalfRead()
    for index in candidates.indices where isOpen(index) { try matchByContent(index, notice) }
    for index in candidates.indices where isOpen(index) { try refuseIfChanged(candidates[index]) }
    try dropCopies(notice)
  }

  private func isOpen(_ index: Int) -> Bool {
    candidates[index].entry == nil && !candidates[index].isHalfRead
  }

  // MARK: - The command line

  private mutating func collect(_ notice: (String) -> Void) throws(RunFailure) {
    for path in request.files {
      let candidate: InputCandidate
      if path == "-" {
        candidate = InputCandidate(source: .stream(request.inputName), path: path)
      } else if let stamp = FileStamp(path: path) {
        candidate = InputCandidate(
          source: .file(StoredFile.resolvedPath(path)), path: path, stamp: stamp)
      } else {
        candidate = InputCandidate(source: .pipe(path), path: path)
      }
      if candidates.contains(where: { $0.source == candidate.source }) {
        notice("\(shown(path)) is named twice: it is read once")
      } else {
        candidates.append(candidate)
      }
    }
  }

  // MARK: - What was learned

  /// By name alone, or by path, size and time.
  private mutating func matchQuickly(_ index: Int, _ notice: (String) -> Void) {
    let candidate = candidates[index]
    switch candidate.source {
    case .pipe: return
    case .stream(nil):
      if ledger.entries.contains(where: { $0.source == .stream(nil) }),
        indexOfReplay(candidate) == nil
      {
        notice("standard input without --input-name: its rows count as new ones")
      }
    case .stream(let name?):
      guard let entry = ledger.entries.firstIndex(where: { $0.source == candidate.source }) else {
        return
      }
      candidates[index].entry = entry
      notice("skipped: the stream \"\(shown(name))\" was learned already")
    case .file:
      let found = ledger.entries.firstIndex {
        $0.source == candidate.source && $0.stamp == candidate.stamp
      }
      guard let found else { return }
      candidates[index].entry = found
      notice("skipped: \(shown(candidate.path)) was learned already")
    }
  }

  /// By size and checksum: a file that was renamed, copied or touched.
  private mutating func matchByContent(
    _ index: Int, _ notice: (String) -> Void
  ) throws(RunFailure) {
    try matchReplay(index, notice)
    // Nothing can be told from the content of an empty file.
    guard let stamp = candidates[index].stamp, stamp.size > 0 else { return }
    for (entry, known) in ledger.entries.enumerated() where known.bytes == stamp.size {
      guard case .file(let path) = known.source,
        try candidates[index].knownChecksum() == known.checksum
      else { continue }
      let candidate = candidates[index]
      let isTaken = candidates.contains { $0.entry == entry }
      candidates[index].entry = entry
      if !isTaken {
        ledger.entries[entry].source = candidate.source
        ledger.entries[entry].path = candidate.path
        ledger.entries[entry].stamp = stamp
      }
      let isSamePath = candidate.source == .file(path)
      notice(
        isSamePath
          ? "skipped: \(shown(candidate.path)) was learned already (its time has changed, its bytes"
            + " have not)"
          : "skipped: \(shown(candidate.path)) holds what was learned as \(shown(known.path))")
      return
    }
  }

  // MARK: - What was learned but not published

  /// The entry of the same pipe, learned to its end, whose run ended before the model was
  /// published.
  private func indexOfReplay(_ candidate: InputCandidate) -> Int? {
    ledger.entries.lastIndex { $0.source == candidate.source && $0.awaitsPublication == true }
  }

  /// The same command again, after such an end: the pipe must bring what it brought, which is not
  /// learned again.
  private mutating func matchReplay(
    _ index: Int, _ notice: (String) -> Void
  ) throws(RunFailure) {
    guard let entry = indexOfReplay(candidates[index]) else { return }
    let (path, known) = (candidates[index].path, ledger.entries[entry])
    let name = path == "-" ? "standard input" : shown(path)
    let found = try StoredFile.checksum(of: path == "-" ? .standardInput : .file(path))
    guard found.bytes == known.bytes, found.checksum == known.checksum else {
      let now = found.bytes == known.bytes ? "other ones" : "\(found.bytes)"
      throw RunFailure(
        .badData,
        "\(name) is not what was learned from it before the run ended without publishing its model:"
          + " \(known.bytes) bytes then, \(now) now",
        cure: "give the same bytes again to publish the model; to learn others on top, name them by"
          + " --input-name, or give them as a file")
    }
    candidates[index].entry = entry
    notice("skipped: \(name) was learned already, but its model not yet published")
  }

  /// A path whose bytes were learned must not come back with others, unless these were found
  /// elsewhere: then a log was rotated.
  private func refuseIfChanged(_ candidate: InputCandidate) throws(RunFailure) {
    guard let stamp = candidate.stamp,
      let known = ledger.entries.first(where: { $0.source == candidate.source }), known.rows > 0
    else { return }
    let change =
      stamp.size == known.bytes
      ? "it has the same \(known.bytes) bytes, but another checksum"
      : "it had \(known.bytes) bytes then and has \(stamp.size) now"
    throw RunFailure(
      .badData, "\(shown(candidate.path)) was changed after it was learned: \(change)",
      cure: "restore it and give new rows in a file of their own, or learn everything again with"
        + " --fresh")
  }

  /// Two new files with the same bytes are one input.
  private mutating func dropCopies(_ notice: (String) -> Void) throws(RunFailure) {
    var index = 0
    while index < candidates.count {
      defer { index += 1 }
      guard candidates[index].entry == nil, let size = candidates[index].stamp?.size, size > 0
      else { continue }
      let others = candidates.indices.filter {
        $0 != index && candidates[$0].entry == nil && candidates[$0].stamp?.size == size
          && ($0 > index || candidates[$0].isHalfRead)
      }
      for other in others {
        let isEqual =
          try candidates[index].knownChecksum() == candidates[other].knownChecksum()
        guard isEqual else { continue }
        // The half-read one stays, else the one that was named first.
        let copy = candidates[other].isHalfRead ? index : other
        let original = copy == index ? other : index
        notice(
          "skipped: \(shown(candidates[copy].path)) holds the same bytes as"
            + " \(shown(candidates[original].path))")
        candidates.remove(at: copy)
        index = -1
        break
      }
    }
  }

  // MARK: - What was half learned

  private mutating func findHalfRead() throws(RunFailure) {
    guard let half = ledger.halfRead else { return }
    guard let index = try indexOfHalfRead(half) else { throw notNamed(half) }
    candidates[index].isHalfRead = true
    let candidate = candidates[index]
    if let known = half.stamp, let stamp = candidate.stamp, known.size != stamp.size {
      halfReadChange = RunFailure(
        .badData,
        "\(shown(candidate.path)) was changed while it was half learned: it had \(known.size) bytes"
          + " then and has \(stamp.size) now",
        cure: "what was learned of it is taken back: run the same command again to learn it anew")
    }
    let isUntouched = half.stamp == candidate.stamp && half.source == candidate.source
    start = RowReader.Start(
      position: half.position, trustedStamp: isUntouched ? half.stamp : nil)
  }

  private func indexOfHalfRead(_ half: Ledger.HalfRead) throws(RunFailure) -> Int? {
    if let same = candidates.firstIndex(where: { $0.source == half.source }) { return same }
    guard let stamp = half.stamp else { return nil }
    // Renamed, or copied with its directory: what was read of it is compared when it is read on.
    return candidates.firstIndex { $0.entry == nil && $0.stamp == stamp }
      ?? candidates.firstIndex {
        $0.entry == nil && $0.stamp?.size == stamp.size
          && Self.lastPart($0.path) == Self.lastPart(half.path)
      }
  }

  private static func lastPart(_ path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }

  private func notNamed(_ half: Ledger.HalfRead) -> RunFailure {
    switch half.source {
    case .file, .pipe:
      return RunFailure(
        .usage,
        "\(request.directory) has half learned \(shown(half.path)), which is not among the inputs",
        cure: "name it again, or start over with --fresh")
    case .stream(let name):
      let what = name.map { "the stream \"\(shown($0))\"" } ?? "standard input without a name"
      let how = name.map { "--input-name \(shown($0))" } ?? "no --input-name"
      return RunFailure(
        .usage, "\(request.directory) has half learned \(what), which is not among the inputs",
        cure: "give the same rows on standard input again, with \(how), or start over with --fresh")
    }
  }

  private func shown(_ text: String) -> String { DisplayText.escape(Array(text.utf8)) }
}
