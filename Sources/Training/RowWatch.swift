internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
internal import Notices
internal import RowStream
internal import Scoring
internal import SparseBatches

/// What is noticed of the rows on their way to a learner, beside all that is learned: it decides no
/// weight, but says at the end when a model can hardly be what somebody wanted.
struct RowWatch: ~Copyable {
  private let loss: ModelLoss
  private var labels: LabelBook
  private var order: LabelOrder
  private var sample: RowThinning
  /// Whether every row since the beginning was seen: not in a run that goes on from a checkpoint of a
  /// program that did not look.
  private var isWhole = true

  /// Of so many rows the finished weights say something, and the progressive loss.
  private static let fewestRows = 200
  /// Of so many rows a learner should have come far enough.
  private static let fewestRowsToLearn = 1000

  init(_ rule: LabelRule, loss: ModelLoss, seed: UInt64) {
    self.loss = loss
    labels = LabelBook(rule, isBinary: loss.isBinary, origin: .options)
    order = LabelOrder(loss)
    sample = RowThinning(seed: seed)
  }

  /// Looks at an item of the first pass.
  mutating func look(at item: PipelineItem) { labels.negatives.take(&item.featurizer) }

  /// Looks at rows that are learned for the first time.
  ///
  /// - Parameter ordinal: of the chunk's first row.
  mutating func look(at batch: borrowing SparseBatch, ordinal: Int) {
    order.count(batch)
    for row in 0..<batch.rowCount {
      sample.offer(batch, row: row, ordinal: ordinal + Int(batch.rowsInChunk[row]))
    }
  }

  // MARK: - Findings

  func reportLabels(_ tally: RowTally, _ notices: NoticeBoard) {
    guard isWhole || tally.positives == 0 else { return }
    labels.report(
      LabelBook.Counts(
        rows: tally.rows, positives: tally.positives, weight: tally.totalWeight,
        positiveWeight: tally.positiveWeight), notices)
  }

  /// For learners that the order matters to.
  ///
  /// - Returns: whether there was something to say.
  func reportOrder(
    window: Int, featuresPerRow: Double, _ notices: NoticeBoard
  ) -> Bool {
    guard isWhole, let text = order.warning(window: window, featuresPerRow: featuresPerRow) else {
      return false
    }
    notices.post(text)
    return true
  }

  /// What the labels of the rows seen here add up to.
  var labelSums: [Double] { order.sums }

  /// How finished weights do on the rows that they were learned from.
  struct Verdict {
    /// Mean loss as it is shown, and that of the best guess that is the same for every row.
    var meanLoss: Double?
    var constantLoss: Double?
    /// That of weights that are all 0.
    var lossAtZero: Double?
  }

  /// What to do about a learner that goes too far, and about one that has hardly left 0.
  struct Cures {
    var tooFar: String
    var tooShort: String
  }

  /// Some of the rows learned, and the weights of their features alone.
  ///
  /// - Throws: usage when there is no memory for them.
  private func sampled(
    _ learned: LearnedWeights, into rows: inout SparseBatch
  ) throws(RunFailure) -> ModelWeights {
    let slots = sample.rows.renumbered(into: &rows)
    let some = try learned.weights.taken(at: slots)
    // As few slots as there are: no table of all.
    let bits = Int.bitWidth - slots.count.leadingZeroBitCount
    return try ModelWeights(
      loss: loss, bits: bits, biases: learned.biases, slots: some.slots, outputs: some.outputs,
      weights: some.weights)
  }

  /// What finished weights predict of some of the rows that they were learned from, for a loss of one
  /// output.
  ///
  /// - Throws: usage when there is no memory for the weights of these few rows.
  func predictions(
    _ learned: LearnedWeights
  ) throws(RunFailure) -> [(margin: Double, label: Float, weight: Float)] {
    var rows = SparseBatch()
    let weights = try sampled(learned, into: &rows)
    var margins = GrowableBuffer<Double>()
    weights.predict(rows, into: &margins)
    return (0..<rows.rowCount).map { (margins[$0], rows.labels[$0], rows.weights[$0]) }
  }

  /// - Throws: usage when there is no memory for the weights of these few rows.
  func verdict(_ learned: LearnedWeights) throws(RunFailure) -> Verdict? {
    guard isWhole else { return nil }
    var rows = SparseBatch()
    let weights = try sampled(learned, into: &rows)
    var labels = LabelOrder(loss)
    labels.count(rows)
    let guess = labels.constantGuess
    return Verdict(
      meanLoss: weights.meanLoss(of: rows, loss), constantLoss: guess?.loss,
      lossAtZero: guess?.atZero)
  }

  /// - Parameter progressive: mean loss before each row was learned, as it is shown.
  /// - Returns: nil when the model is not clearly worse than a guess.
  func divergence(progressive: Double?, _ verdict: Verdict?, cures: Cures) -> String? {
    guard isWhole, order.rowCount >= Self.fewestRows, let guess = order.constantGuess,
      guess.loss > 0
    else { return nil }
    // A slow start is no divergence: the finished weights must be no better than the guess either.
    guard let mean = verdict?.meanLoss, let constant = verdict?.constantLoss,
      let atZero = verdict?.lossAtZero
    else { return nil }
    let isAbove = progressive.map { !($0 <= 1.05 * guess.loss + guess.start) } ?? false
    // Few rows may well end before the bias has found the share of a rare class.
    let isExcused = order.rowCount < Self.fewestRowsToLearn && loss != .squared
    let excess = isExcused ? guess.start : 0
    guard !(mean <= 2 * constant + excess) || isAbove && mean > 1.05 * constant else { return nil }
    let why: String
    if mean <= 1.05 * atZero, atZero > 1.05 * constant {
      why = "the learner has hardly left 0, where it began: \(cures.tooShort)"
    } else if !(mean <= 10 * constant) {
      why = "the learner diverges: \(cures.tooFar)"
    } else {
      why =
        "the learner diverges, has not come far enough, or the features say nothing: "
        + "\(cures.tooFar), or make more passes with --epochs"
    }
    let shown = NumberText.significant(progressive ?? mean, 4)
    return "warning: the progressive \(loss.meanName) is \(shown), that of the finished weights on "
      + "\(sample.rows.rowCount) rows learned \(NumberText.significant(mean, 4)), and the same guess for "
      + "every row has \(NumberText.significant(guess.loss, 4)): \(why)"
  }

  /// For an exact solver, whose objective cannot end above that of the same guess for every row,
  /// unless it was stopped or numbers were too large for it.
  ///
  /// - Parameter objective: Σ s·ℓ and the penalties.
  func failure(
    objective: Double, weight: Double, _ verdict: Verdict?, cure: String
  ) -> String? {
    guard isWhole, weight > 0, let guess = order.constantGuess else { return nil }
    let reached = loss.shownMean(objective / weight)
    // What the sums of a null model may be off by.
    let rounding = 1e-9 * (guess.loss + guess.atZero)
    let isAbove = !(reached <= guess.loss * (1 + 1e-6) + rounding)
    // The weights of a model are single precision: with values of 1e9 that may show.
    var isSpoilt = false
    if order.rowCount >= Self.fewestRows, let mean = verdict?.meanLoss,
      let constant = verdict?.constantLoss
    {
      isSpoilt = !(mean <= 2 * constant + rounding)
    }
    guard isAbove || isSpoilt else { return nil }
    let shown =
      isAbove
      ? "the objective is \(NumberText.significant(reached, 4)) a row"
      : "the \(loss.meanName) of the finished weights on \(sample.rows.rowCount) rows learned is "
        + NumberText.significant(verdict?.meanLoss ?? reached, 4)
    return "warning: \(shown), and the same guess for every row has "
      + "\(NumberText.significant(guess.loss, 4)): the model is worse than none: \(cure)"
  }
}

// MARK: - Checkpoints

extension RowWatch {
  var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(isWhole)
    order.encode(into: &writer)
    sample.encode(into: &writer)
    writer.append(labels.negatives.entries.count)
    for entry in labels.negatives.entries {
      writer.append(counted: entry.text.bytes)
      writer.append(entry.rows)
    }
    writer.append(labels.negatives.others)
    return ContainerSection(type: .rowWatch, data: writer.bytes)
  }

  mutating func restore(_ container: Container, _ limits: RowLimits) throws(RunFailure) {
    guard container.has(.rowWatch) else {
      isWhole = false
      return
    }
    var reader = try container.reader(of: .rowWatch)
    isWhole = try reader.readBool()
    try order.restore(from: &reader)
    try sample.restore(from: &reader, limits)
    let count = try reader.readCount(elementBytes: 16)
    guard count <= LabelTexts.limit else { throw reader.failure("it has too many labels") }
    var entries: [LabelTexts.Entry] = []
    for _ in 0..<count {
      let text = ByteText(bytes: Array(try reader.readCountedBytes()))
      entries.append(LabelTexts.Entry(text: text, rows: try reader.readTally()))
    }
    labels.negatives = LabelTexts(entries: entries, others: try reader.readTally())
    try reader.expectEnd()
  }
}

extension SparseBatch {
  /// Appends the same rows to `rows`, with slots that are indices into those that occur.
  ///
  /// - Returns: the slots that occur, rising.
  fileprivate func renumbered(into rows: inout SparseBatch) -> [UInt32] {
    // The slot above, the feature below: one sort of plain integers.
    let order = (0..<slots.count).map { UInt64(slots[$0]) << 32 | UInt64($0) }.sorted()
    var occurring: [UInt32] = []
    var numbers = [UInt32](repeating: 0, count: slots.count)
    for entry in order {
      let slot = UInt32(entry >> 32)
      if occurring.last != slot { occurring.append(slot) }
      numbers[Int(entry & 0xFFFF_FFFF)] = UInt32(occurring.count - 1)
    }
    for row in 0..<rowCount {
      for index in features(ofRow: row) { rows.addFeature(numbers[index], values[index]) }
      rows.endRow(label: labels[row], weight: weights[row], rowInChunk: row)
    }
    return occurring
  }
}
