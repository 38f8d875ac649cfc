internal import InputBytes
internal import SparseBatches

/// Compares the inputs of a run with the ledger.
///
/// Files are recognised by path, size and time without being read. A file of which one of these
/// differs is known by what is in it: `InputPlanner+Content.swift`.
struct InputPlanner {
  let request: InputPlan.Request
  var ledger: Ledger
  var candidates: [InputCandidate] = []
  var start: RowReader.Start?
  var halfReadChange: RunFailure?

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

  func isOpen(_ index: Int) -> Bool {
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

  // MARK: - What was learned but not published

  /// The entry of the same pipe, learned to its end, whose run ended before the model was
  /// published.
  func indexOfReplay(_ candidate: InputCandidate) -> Int? {
    ledger.entries.lastIndex { $0.source == candidate.source && $0.awaitsPublication == true }
  }

  /// The same command again, after such an end: the pipe must bring what it brought, which is not
  /// learned again.
  mutating func matchReplay(
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

  func shown(_ text: String) -> String { DisplayText.escape(path: text) }
}
