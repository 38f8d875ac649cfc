package import Configuration
internal import Featurizing
internal import ModelFile
package import RowStream
internal import Scoring
package import SparseBatches

/// Cuts a stream of rows into windows, and has each counted and judged.
package struct WindowRun {
  private var counter: WindowCounter
  private var judge: WindowJudge
  private let window: MonitorConfiguration.Window
  private var number = 1
  /// Ordinal of the window's first row.
  private var start = 0
  /// What its rows hold in the column that makes windows; nil before the first row.
  private var text: [UInt8]?

  package init(_ counter: WindowCounter, _ configuration: MonitorConfiguration) {
    self.counter = counter
    judge = WindowJudge(configuration.thresholds)
    window = configuration.window
  }

  /// Takes an item whose margins were predicted. Items come in their order.
  ///
  /// - Parameter emit: called with each window that has ended.
  package mutating func take(
    _ item: PipelineItem, _ emit: (WindowFigures) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    var first = 0
    let count = item.batch.rowCount
    for row in 0..<count {
      let place = Int(item.batch.rowsInChunk[row])
      let ordinal = item.chunk.ordinal + place
      while endsBefore(ordinal, place, item) {
        counter.add(first..<row, of: item)
        first = row
        try end(before: nextStart(ordinal), emit)
      }
    }
    counter.add(first..<count, of: item)
  }

  /// Ends the last window.
  ///
  /// - Parameter rows: of the stream, bad ones included.
  package mutating func finish(
    rows: Int, _ emit: (WindowFigures) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    if case .rows(let size) = window {
      // Rows that are bad to the end made no window of their own yet.
      while rows - start > size { try end(before: start + size, emit) }
    }
    if rows > start { try end(before: rows, emit) }
  }

  /// Whether the row is none of the window's. The text of a new window is taken down.
  private mutating func endsBefore(_ ordinal: Int, _ place: Int, _ item: PipelineItem) -> Bool {
    switch window {
    case .rows(let rows): return ordinal - start >= rows
    case .column:
      var found: [UInt8] = []
      item.featurizer.forEachIdentifier(ofRow: place) { found = Blanks.trimmed($0) }
      defer { nextText = found }
      guard let text else {
        self.text = found
        return false
      }
      return found != text
    }
  }

  private var nextText: [UInt8]?

  /// Where the next window begins, when its first whole row has this ordinal.
  private func nextStart(_ ordinal: Int) -> Int {
    if case .rows(let rows) = window { start + rows } else { ordinal }
  }

  private mutating func end(
    before next: Int, _ emit: (WindowFigures) throws(RunFailure) -> Void
  ) throws(RunFailure) {
    var figures = counter.figures(
      WindowCounter.Place(
        number: number, text: text.map { DisplayText.escape($0, limit: 200) },
        firstRow: start + 1, lastRow: next,
        badRows: next - start - counter.rows))
    judge.judge(&figures, counter)
    number += 1
    start = next
    text = nextText
    try emit(figures)
  }
}
