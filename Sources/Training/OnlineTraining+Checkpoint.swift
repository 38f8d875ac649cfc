internal import Configuration
internal import Featurizing
internal import Learning
internal import ModelFile
internal import Notices
internal import RowCache
internal import RowStream
internal import Scoring
internal import SparseBatches

extension OnlineTraining {
  var copyTable: ((TableSnapshot) -> Void)? { { [session] in session.copyTable(into: $0) } }

  func snapshot() throws(RunFailure) -> TrainingSnapshot {
    var epochs = ByteWriter()
    epochs.append(epoch)
    epochs.append(place)
    epochs.append(shuffle != nil)
    outcome.encode(into: &epochs)
    var window = ByteWriter()
    shuffle?.encode(into: &window)
    var opened = ByteWriter()
    opened.append(opening != nil)
    opening?.encode(into: &opened)
    start.encode(into: &opened)
    var blocks = ByteWriter()
    frozen?.encode(into: &blocks)
    // Rows wait for the rate, or after that in the window or in a frozen block: never in two of them.
    var places = ByteWriter()
    if opening != nil {
      opening?.waiting.encodePlaces(into: &places)
    } else if frozen != nil {
      frozen?.waiting.encodePlaces(into: &places)
    } else {
      shuffle?.waiting.encodePlaces(into: &places)
    }
    let sections = run.sections(
      session.section, ContainerSection(type: .epochState, data: epochs.bytes),
      ContainerSection(type: .openingRows, data: opened.bytes),
      ContainerSection(type: .shuffleWindow, data: window.bytes),
      ContainerSection(type: .frozenBlocks, data: blocks.bytes),
      ContainerSection(type: .waitingPlaces, data: places.bytes))
    return try run.snapshot(
      repeating: epoch > 1,
      sections + [recorded.marginSection, recorded.predictionSection].compactMap(\.self))
  }

  func restore(_ container: Container) throws(RunFailure) {
    try restoreStart(container)
    try session.restore(container)
    try run.record?.restore(container)
    try recorded.restorePredictions(container, atMost: run.intake.books.tally.rows)
    try recorded.restoreMargins(
      container, atMost: run.intake.books.tally.rows, run.notices)
    var reader = try container.reader(of: .epochState)
    epoch = try reader.readTally()
    place = try reader.readTally()
    let hasWindow = try reader.readBool()
    outcome = try EpochOutcome(
      from: &reader, bits: run.schema.hashing.bits, outputs: run.loss.outputs)
    try reader.expectEnd()
    guard epoch >= 1, epoch <= passes.epochs, hasWindow == (passes.shuffle != .none),
      outcome.epochs == epoch - 1, passes.earlyStop != nil || outcome.bestEpoch == nil,
      place <= (epoch == 1 ? 0 : run.intake.cache?.extent.bytes ?? 0)
    else {
      throw reader.failure("its epochs are not those of the options")
    }
    if epoch > 1 { startShuffle(epoch) }
    if hasWindow {
      var window = try container.reader(of: .shuffleWindow)
      try shuffle?.restore(from: &window, run.limits)
      try window.expectEnd()
    }
    try restoreFrozen(container)
    try restorePlaces(container)
  }
}

extension OnlineTraining {
  /// How the run started; programs that knew only rates that are given stored nothing of it.
  private func restoreStart(_ container: Container) throws(RunFailure) {
    guard container.has(.openingRows) else {
      opening = nil
      return
    }
    var reader = try container.reader(of: .openingRows)
    if try reader.readBool() {
      guard opening != nil else {
        throw reader.failure("rows wait for a rate, which the options give")
      }
      try opening?.restore(from: &reader, run.limits)
    } else {
      opening = nil
    }
    start = try LearnerStart(from: &reader, run.configuration.learner)
    try reader.expectEnd()
    // A rate that was taken over without a race.
    start.rate = start.rate ?? inherited.rate
    session = try TrainingSessions.make(
      run.configuration.learner, loss: run.loss, bits: run.schema.hashing.bits, start)
  }

  private func restoreFrozen(_ container: Container) throws(RunFailure) {
    guard frozen != nil else { return }
    var reader = try container.reader(of: .frozenBlocks)
    try frozen?.restore(from: &reader, run.limits, atMost: run.intake.books.tally.rows)
    try reader.expectEnd()
  }

  private func restorePlaces(_ container: Container) throws(RunFailure) {
    guard container.has(.waitingPlaces) else { return }
    var reader = try container.reader(of: .waitingPlaces)
    if opening != nil {
      try opening?.waiting.restorePlaces(from: &reader)
    } else if frozen != nil {
      try frozen?.waiting.restorePlaces(from: &reader)
    } else {
      try shuffle?.waiting.restorePlaces(from: &reader)
    }
    try reader.expectEnd()
  }
}
