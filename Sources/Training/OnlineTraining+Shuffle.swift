internal import Configuration
internal import Notices
internal import Scoring

extension OnlineTraining {
  /// What became of `--shuffle`: a model holds how many rows were mixed.
  func noteShuffle() {
    switch passes.shuffle {
    case .none: outcome.shuffledRows = 0
    case .window(let rows): outcome.shuffledRows = rows
    case .whole: noteWholeShuffle()
    }
  }

  private func noteWholeShuffle() {
    guard let hasGivenUp = shuffle?.hasGivenUp else { return }
    let rows = run.intake.books.tally.rows
    outcome.shuffledRows = hasGivenUp ? 0 : rows
    guard epoch == 1 else { return }
    run.notices.post(
      hasGivenUp
        ? "--shuffle auto: the rows do not fit into memory, and are learned in the order of the "
          + "input; --shuffle ROWS mixes them within a window"
        : "--shuffle auto: all \(NumberText.grouped(rows)) rows are learned in random order")
  }
}
