internal import Checkpoints
internal import ElementaryMath
internal import Learning
internal import ModelFile
internal import SparseBatches
internal import Training

/// Tables and biases of several learners to those of one, piece by piece: of each state only a piece
/// is unpacked at a time.
struct TableMerge {
  /// A learner, or several that were merged before.
  struct Part {
    let container: Container
    let table: StoredTable
    let biases: [[UInt64]]
    /// Of merged ones, how many; nil: one alone.
    let learners: Int?
  }

  /// What comes out.
  struct Outcome {
    /// Of the model: all evidence counts.
    var final = Form()
    /// Of a learner that goes on.
    var ongoing = Form()
    var sums: [ContainerSection] = []
    /// Coordinates that any learner touched, biases left out.
    var touched = 0

    struct Form {
      var table: [ContainerSection] = []
      var biases: [[UInt64]] = []
    }
  }

  let layout: CoordinateLayout
  let evidence: EvidenceRule.Evidence
  /// States of the table.
  let states: Int
  let base: Part
  let parts: [Part]

  func run() throws(RunFailure) -> Outcome {
    var outcome = Outcome()
    try mergeBiases(into: &outcome)
    let pieces = (states + StoredTable.statesInPiece - 1) / StoredTable.statesInPiece
    for index in 0..<UInt32(pieces) { try mergePiece(index, into: &outcome) }
    return outcome
  }

  private func mergeBiases(into outcome: inout Outcome) throws(RunFailure) {
    let count = base.biases.count
    var all = Array(repeating: EvidenceRule.Sums(), count: count)
    for part in parts {
      if let learners = part.learners {
        let sums = try CoordinateSums(
          CoordinateSums.biases, of: part.container, places: count, learners: learners)
        for entry in sums.entries { Self.add(entry.sums, to: &all[entry.place]) }
        continue
      }
      for output in 0..<count where part.biases[output].prefix(2) != base.biases[output].prefix(2) {
        layout.biasRule.add(
          layout.coordinate(bias: part.biases[output]),
          from: layout.coordinate(bias: base.biases[output]), to: &all[output])
      }
    }
    var stored = CoordinateSums()
    for (output, sums) in all.enumerated() {
      guard sums.learners > 0 else {
        let plain = Array(base.biases[output].prefix(2))
        let bias = plain + Array(repeating: 0, count: layout.biasWords - 2)
        outcome.final.biases.append(bias)
        outcome.ongoing.biases.append(bias)
        continue
      }
      guard sums.isFinite else { throw Self.outOfRange }
      let start = layout.coordinate(bias: base.biases[output])
      stored.entries.append((output, sums))
      outcome.final.biases.append(layout.bias(layout.biasRule.merged(start, sums, .all)))
      outcome.ongoing.biases.append(layout.bias(layout.biasRule.merged(start, sums, evidence)))
    }
    outcome.sums.append(stored.section(CoordinateSums.biases))
  }

  private func mergePiece(_ index: UInt32, into outcome: inout Outcome) throws(RunFailure) {
    let first = Int(index) * StoredTable.statesInPiece
    let count = min(StoredTable.statesInPiece, states - first)
    let (before, isEmpty) = try base.table.words(ofPiece: index, count: count)
    var touched = Array(repeating: Int32(-1), count: count)
    var all: [EvidenceRule.Sums] = []
    var isTouched = false
    func sums(_ state: Int) -> Int {
      isTouched = true
      if touched[state] < 0 {
        touched[state] = Int32(all.count)
        all.append(EvidenceRule.Sums())
      }
      return Int(touched[state])
    }
    for part in parts {
      if let learners = part.learners {
        let stored = try CoordinateSums(
          index, of: part.container, places: count, learners: learners)
        for entry in stored.entries { Self.add(entry.sums, to: &all[sums(entry.place)]) }
        continue
      }
      let (words, _) = try part.table.words(ofPiece: index, count: count)
      for state in 0..<count {
        let start = state * layout.words
        // Untouched is what has the bits of the base: differences of rounded roots cancel.
        guard (0..<layout.learnedWords).contains(where: { words[start + $0] != before[start + $0] })
        else { continue }
        let place = sums(state)
        layout.rule.add(
          layout.coordinate(words[start..<start + layout.words]),
          from: layout.coordinate(before[start..<start + layout.words]), to: &all[place])
      }
    }
    guard isTouched || !isEmpty else { return }
    var (final, ongoing) = (before, before)
    var stored = CoordinateSums()
    for state in 0..<count {
      let start = state * layout.words
      let range = start..<start + layout.words
      guard touched[state] >= 0 else {
        // No average lags behind merged weights.
        for word in start + layout.learnedWords..<start + layout.words {
          (final[word], ongoing[word]) = (0, 0)
        }
        continue
      }
      let sums = all[Int(touched[state])]
      guard sums.isFinite else { throw Self.outOfRange }
      let coordinate = layout.coordinate(before[range])
      stored.entries.append((state, sums))
      final.replaceSubrange(range, with: layout.state(layout.rule.merged(coordinate, sums, .all)))
      ongoing.replaceSubrange(
        range, with: layout.state(layout.rule.merged(coordinate, sums, evidence)))
    }
    outcome.touched += stored.entries.count
    if !stored.entries.isEmpty { outcome.sums.append(stored.section(index)) }
    outcome.final.table += StoredTable.sections(index, final, wordsOfState: layout.words)
    outcome.ongoing.table += StoredTable.sections(index, ongoing, wordsOfState: layout.words)
  }

  private static func add(_ sums: EvidenceRule.Sums, to all: inout EvidenceRule.Sums) {
    all.moves.add(sums.moves)
    all.squares.add(sums.squares)
    all.learners += sums.learners
  }

  private static var outOfRange: RunFailure {
    RunFailure(
      .badData, "the merged weights leave the range of numbers",
      cure: "did one of the states diverge? scale the values down, or learn more slowly")
  }
}
