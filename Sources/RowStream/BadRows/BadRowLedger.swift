package import Configuration
package import Notices
package import SparseBatches

/// Counts bad rows, writes them to quarantine and stops the run when there are too many.
package struct BadRowLedger {
  private let budget: InputConfiguration.BadRowBudget
  private let quarantine: QuarantineFile?
  private let names: [String]
  private let notices: NoticeBoard
  private let servesModel: Bool
  package private(set) var countByReason: [RowIssue.Reason: Int] = [:]
  package private(set) var count = 0

  /// What a checkpoint holds of it.
  package struct State {
    package var countByReason: [RowIssue.Reason: Int] = [:]
    package var quarantine: QuarantineFile.Extent?

    package init(
      countByReason: [RowIssue.Reason: Int] = [:], quarantine: QuarantineFile.Extent? = nil
    ) {
      self.countByReason = countByReason
      self.quarantine = quarantine
    }
  }

  /// The first bad rows are shown one by one, the rest only counted.
  private static let shown = 5
  /// A percentage is judged from this row on.
  private static let rowsBeforePercentage = 1000

  /// - Parameters:
  ///   - names: display names of the inputs.
  ///   - servesModel: whether rows are read as a model says, which no option changes.
  package init(
    _ configuration: InputConfiguration, names: [String], notices: NoticeBoard,
    servesModel: Bool, continuing state: State? = nil
  ) throws(RunFailure) {
    budget = configuration.badRowBudget
    switch budget {
    case .rows(let rows) where rows < 0:
      throw RunFailure(.usage, "--max-bad-rows must not be negative")
    case .percent(let percent) where !(percent >= 0 && percent <= 100):
      throw RunFailure(.usage, "--max-bad-rows must be from 0% to 100%")
    default: break
    }
    self.names = names
    self.notices = notices
    self.servesModel = servesModel
    quarantine = try configuration.quarantine.map { path throws(RunFailure) in
      try QuarantineFile(path: path, continuing: state?.quarantine, notices: notices)
    }
    countByReason = state?.countByReason ?? [:]
    count = countByReason.values.reduce(0, +)
  }

  /// What a checkpoint made now must hold.
  package func state() throws(RunFailure) -> State {
    try quarantine?.flush()
    return State(countByReason: countByReason, quarantine: quarantine?.extent)
  }

  /// Returns when the quarantine file is on disk as far as `state` says.
  package var synchronizeQuarantine: @Sendable () throws(RunFailure) -> Void {
    { [quarantine] () throws(RunFailure) in try quarantine?.synchronize() }
  }

  /// Takes in the bad rows of one chunk, in row order.
  ///
  /// - Throws: badData at the row that exceeds the budget.
  package mutating func record(_ issues: [RowIssue], of chunk: borrowing RowChunk)
    throws(RunFailure)
  {
    for issue in issues {
      count += 1
      countByReason[issue.reason, default: 0] += 1
      let extent = chunk.rows[issue.rowInChunk]
      try quarantine?.write(issue, file: names[issue.position.file], extent, chunk)
      let rows = chunk.ordinal + issue.rowInChunk + 1
      if exceeds(afterRows: rows, atEnd: false) { throw refusal(issue) }
      if count <= Self.shown { notices.post("skipped: \(describe(issue)); \(cure(of: issue))") }
    }
  }

  /// - Throws: badData when the whole stream held too many bad rows.
  package func finish(rows: Int) throws(RunFailure) {
    try quarantine?.flush()
    guard exceeds(afterRows: rows, atEnd: true) else { return }
    throw RunFailure(
      .badData, "\(count) of \(rows) rows are bad, more than --max-bad-rows allows",
      cure: "mend the input, or raise --max-bad-rows")
  }

  /// For a run that ends by an error of its own: what was found so far is kept as far as it can be.
  func flushQuarantine() { try? quarantine?.flush() }

  private func exceeds(afterRows rows: Int, atEnd: Bool) -> Bool {
    switch budget {
    case .rows(let allowed): return count > allowed
    case .percent(let percent):
      guard atEnd || rows >= Self.rowsBeforePercentage else { return false }
      return Double(count) > percent / 100 * Double(rows)
    }
  }

  private func refusal(_ issue: RowIssue) -> RunFailure {
    let many = count > 1 ? " (bad row number \(count): --max-bad-rows is exceeded)" : ""
    return RunFailure(
      .badData, describe(issue) + many,
      cure: cure(of: issue)
        + (count == 1 ? "; or let a few bad rows be skipped with --max-bad-rows" : ""))
  }

  /// What a person can do about it: options of `train` are none where a model says how rows are read.
  private func cure(of issue: RowIssue) -> String {
    let namesOption = servesModel && issue.cure.contains("--")
    return (namesOption ? issue.reason.cureForModel : nil) ?? issue.cure
  }

  private func describe(_ issue: RowIssue) -> String {
    let column = issue.column.map { ", column \"\($0)\"" } ?? ""
    return "\(names[issue.position.file]): row \(issue.position.row) "
      + "(line \(issue.position.line))\(column): \(issue.reason.words): found \"\(issue.found)\""
  }
}

extension RowIssue.Reason {
  /// What to do about a row that a model cannot read; nil: what is to be done about any other.
  fileprivate var cureForModel: String? {
    switch self {
    case .notANumber: "the model has this column as a number: write it as the training rows had it"
    case .notFinite: "the model has this column as a number: only finite ones can be scored"
    case .badLabel: "write labels as the training rows had them; inspect shows the model's labels"
    case .textAfterQuote, .unterminatedQuote, .fieldOfManyLines:
      "mend the quotes (a quote inside a quoted field is doubled): they are read as in training"
    case .wrongFieldCount, .badWeight, .malformedFeature, .tooLong, .carriageReturn: nil
    }
  }

  /// The reason in a sentence.
  package var words: String {
    switch self {
    case .wrongFieldCount: "wrong number of fields"
    case .textAfterQuote: "text after a closing quote"
    case .unterminatedQuote: "a quote that is never closed"
    case .notANumber: "not a number"
    case .notFinite: "not a finite number"
    case .badLabel: "not a label"
    case .badWeight: "not a weight"
    case .malformedFeature: "not a feature"
    case .tooLong: "row too long"
    case .carriageReturn: "a carriage return that ends no line"
    case .fieldOfManyLines: "a quoted field of too many lines"
    }
  }
}
