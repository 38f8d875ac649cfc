package import InputBytes
package import SparseBatches

/// What a run has to read, after what its directory has learned was taken off.
package struct InputPlan: Sendable {
  /// An input to read.
  package struct Reading: Equatable, Sendable {
    package var source: Ledger.Source
    /// As a person named it; `-` is standard input.
    package var path: String
    /// nil for pipes.
    package var stamp: FileStamp?
  }

  /// In the order of reading: the half-read one first.
  package private(set) var readings: [Reading] = []
  /// Where the first of them goes on; nil: at its start.
  package private(set) var start: RowReader.Start?
  /// The ledger, with the present names and times of files that were renamed or touched.
  package private(set) var ledger: Ledger
  /// The half-read file has another size than then: what was learned of it must be taken back.
  package private(set) var halfReadChange: RunFailure?
  /// Inputs of the run in the order in which they were named, each once.
  package private(set) var named: [Named] = []

  /// An input of the run.
  package enum Named: Equatable, Sendable {
    /// An entry of the ledger, by its index.
    case learned(Int)
    /// One of `readings`, by its index.
    case reading(Int)
  }

  /// Rows that were learned from inputs which the run does not name.
  package var rowsElsewhere: Int {
    ledger.finishedRows
      - named.reduce(0) { sum, input in
        if case .learned(let entry) = input { sum + ledger.entries[entry].rows } else { sum }
      }
  }

  /// What the plan is made of.
  package struct Request: Sendable {
    /// Paths; `-` is standard input.
    package var files: [String]
    /// The name of standard input.
    package var inputName: String?
    /// How messages call the directory.
    package var directory: String
    /// The descriptor that is read in place of standard input; nil: none is.
    package var standardInput: Int32?

    package init(
      files: [String], inputName: String?, directory: String, standardInput: Int32? = nil
    ) {
      self.files = files
      self.inputName = inputName
      self.standardInput = standardInput
      self.directory = directory
    }
  }

  /// - Parameter notice: told what is skipped, and why.
  /// - Throws: usage when the half-read input is not named, badData when a file that was learned
  ///   has changed, missingInput when one cannot be read.
  package init(
    _ request: Request, _ ledger: Ledger, notice: (String) -> Void
  ) throws(RunFailure) {
    var planner = InputPlanner(request, ledger)
    try planner.plan(notice)
    self.ledger = planner.ledger
    start = planner.start
    halfReadChange = planner.halfReadChange
    let half = planner.candidates.filter(\.isHalfRead)
    let others = planner.candidates.filter { !$0.isHalfRead && $0.entry == nil }
    let toRead = half + others
    readings = toRead.map { Reading(source: $0.source, path: $0.path, stamp: $0.stamp) }
    var seen: Set<Int> = []
    for candidate in planner.candidates {
      if let entry = candidate.entry {
        if seen.insert(entry).inserted { named.append(.learned(entry)) }
      } else if let index = toRead.firstIndex(where: { $0.source == candidate.source }) {
        named.append(.reading(index))
      }
    }
  }
}

/// An input of the command line on its way into the plan.
struct InputCandidate {
  var source: Ledger.Source
  var path: String
  /// nil for pipes.
  var stamp: FileStamp?
  /// CRC-32 of the stored bytes, once that had to be known.
  var checksum: UInt32?
  /// The entry of the ledger that it is.
  var entry: Int?
  var isHalfRead = false
  /// What its end says when it is a gzip file, and what it holds, once these had to be known.
  var knownTrailer: FileContent??
  var knownContent: FileContent??

  /// The checksum; reads the file whole the first time.
  mutating func knownChecksum() throws(RunFailure) -> UInt32 {
    if let checksum { return checksum }
    let known = try StoredFile.checksum(ofFile: path).checksum
    checksum = known
    return known
  }
}

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
    let found = try StoredFile.checksum(
      of: InputSource(path, insteadOfStandardInput: request.standardInput))
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

/// The input of which only the start was learned.
extension InputPlanner {
  mutating func findHalfRead() throws(RunFailure) {
    guard let half = ledger.halfRead else { return }
    guard let index = try indexOfHalfRead(half) else { throw notNamed(half) }
    candidates[index].isHalfRead = true
    let candidate = candidates[index]
    if let known = half.stamp, let stamp = candidate.stamp, known.size != stamp.size,
      // Found by its content, it may be packed in another way.
      candidate.source == half.source
    {
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

  private mutating func indexOfHalfRead(_ half: Ledger.HalfRead) throws(RunFailure) -> Int? {
    let same = candidates.firstIndex { $0.source == half.source }
    guard let stamp = half.stamp else { return same }
    if let same, candidates[same].stamp?.size == stamp.size { return same }
    // Renamed, or copied with its directory: what was read of it is compared when it is read on.
    let renamed =
      candidates.firstIndex { $0.entry == nil && $0.stamp == stamp }
      ?? candidates.firstIndex {
        same == nil && $0.entry == nil && $0.stamp?.size == stamp.size
          && Self.lastPart($0.path).utf8.elementsEqual(Self.lastPart(half.path).utf8)
      }
    if let renamed { return renamed }
    return try indexByContent(half) ?? same
  }

  /// Compressed meanwhile, or rotated and compressed: the file that starts with what was read.
  private func indexByContent(_ half: Ledger.HalfRead) throws(RunFailure) -> Int? {
    guard half.bytesRead > 0 else { return nil }
    for (index, candidate) in candidates.enumerated()
    where candidate.entry == nil && candidate.stamp != nil && candidate.source != half.source {
      let isIt = try Self.whatIsWhole { () throws(RunFailure) in
        try FileContent.starts(candidate.path, with: half.checksum, count: half.bytesRead)
      }
      if isIt == true { return index }
    }
    return nil
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
}
