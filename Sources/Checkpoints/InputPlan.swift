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

    package init(files: [String], inputName: String?, directory: String) {
      self.files = files
      self.inputName = inputName
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
