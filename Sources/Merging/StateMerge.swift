package import Checkpoints
package import Configuration
internal import ElementaryMath
internal import Featurizing
internal import Learning
package import ModelFile
package import Notices
package import SparseBatches
internal import Training

/// What several learners come to.
package struct MergedState {
  /// Of their last weights, without a calibrator.
  package let document: ModelDocument
  package let header: StateHeader
  package let sections: [ContainerSection]
  /// Features, or their weights for each class, that any of them touched.
  package let touched: Int
}

/// Merges states that started from the same one.
///
/// Everything that comes out depends on the set of learners alone: sums are exact, or made in the
/// order of the learners' identities, so that a tree of merges gives the bytes of one merge.
package struct StateMerge {
  private let states: [NamedState]
  private let base: LearningOrigin?
  private let kind: ShardKind
  private let notices: NoticeBoard
  /// Of all states, by identity.
  private let shares: [StateShare]
  private let layout: CoordinateLayout

  /// Reads the states, and compares them.
  ///
  /// - Throws: missingInput, badData for what is damaged or would be counted twice, usage for what
  ///   differs.
  package init(
    _ configuration: MergeConfiguration, notices: NoticeBoard
  ) throws(RunFailure) {
    var states: [NamedState] = []
    for path in configuration.states {
      states.append(
        NamedState(
          name: RunFailure.display(path), document: try StateDocument.read(from: path)))
    }
    base = try configuration.base.map { path throws(RunFailure) in
      try LearningOrigin.read(from: path)
    }
    try StateComparison.check(
      states, base: base, baseName: configuration.base.map { RunFailure.display($0) } ?? "")
    self.states = states
    kind = configuration.shardKind
    self.notices = notices
    shares = states.flatMap(\.shares).sorted { one, other in
      guard let one = one.identity, let other = other.identity else { return false }
      return one < other
    }
    layout = try Self.layout(states[0])
  }

  private static func layout(_ state: NamedState) throws(RunFailure) -> CoordinateLayout {
    let learner = state.header.model.learner
    guard state.header.model.passes.holdout == 0 else {
      throw RunFailure(
        .usage, "\(state.name) holds rows out, and holdouts cannot be merged",
        cure: "learn the states without --holdout, and measure with evaluate")
    }
    guard let layout = CoordinateLayout(learner) else {
      let reason =
        learner.optimizer == "adagrad"
        ? "penalties of adagrad that are due are not in its weights yet: use ftrl, or no penalty"
        : "\(learner.optimizer) keeps no evidence by which its weights could be weighed: use ftrl"
      throw RunFailure(.usage, "\(state.name) cannot be merged: \(reason)")
    }
    return layout
  }

  /// - Throws: badData when a state cannot be what its options say, or its labels are of one kind;
  ///   usage when there is no memory for a table.
  package func run() throws(RunFailure) -> MergedState {
    let first = states[0].header.model
    try LabelBalance(shares, first.loss ?? .logistic)?.report(notices)
    if base == nil, shares.count > Self.mostWithoutBase {
      notices.post(
        "warning: \(shares.count) learners that started from nothing: beyond \(Self.mostWithoutBase), "
          + "merging them is worse than averaging; learn 1 to 5 % of the rows first, and start all "
          + "from that state with --start-from")
    }
    let outcome = try mergeTables()
    let totals = sum
    guard totals.isSound(labels: max(2, first.schema.labels.classes.count)) else {
      throw RunFailure(
        .badData, "the counts of the states add up to more than there can be",
        cure: "restore the states from copies, or learn again")
    }
    var model = try modelHeader(totals)
    let register = try joinedRegister()
    let learner = try learner(model, outcome.final, totals)
    let weights = try learner.lastWeights()
    let features = try StateBooks.features(
      register, model.schema.hashing, nameLimit: nameLimit, of: weights.weights.slots)
    model.statistics.collisions = features.collisions
    model.biases = weights.biases
    var served = model
    served.learner.online?.average = nil
    let ongoing = try self.learner(model, outcome.ongoing, totals)
    var header = stateHeader(model, totals)
    header.evidence = kind
    return MergedState(
      document: ModelDocument(header: served, weights: weights.weights, names: features.names),
      header: header,
      sections: [ongoing.section, StateBooks.section(totals, model, register)]
        + outcome.ongoing.table + outcome.sums,
      touched: outcome.touched)
  }

  private static let mostWithoutBase = 8

  // MARK: - Weights

  private func mergeTables() throws(RunFailure) -> TableMerge.Outcome {
    let first = states[0].header.model
    let start = try StateLearner(like: first, from: base, named: states[0].name)
    var parts: [TableMerge.Part] = []
    for state in states {
      // Every number is checked.
      let head = try StateLearner(of: state.document).head
      let isMerged = state.header.evidence != nil
      parts.append(
        part(
          state.document.container, head.biases, learners: isMerged ? state.shares.count : nil))
    }
    let container = Container(
      kind: .state, headerJSON: [], sections: start.table, name: "what the states started from")
    let merge = TableMerge(
      layout: layout, evidence: kind == .mixed ? .ofMixedShards : .all,
      states: (1 << first.schema.hashing.bits) * first.biases.count,
      base: part(container, start.head.biases, learners: nil), parts: parts)
    return try merge.run()
  }

  private func part(
    _ container: Container, _ biases: [[UInt64]], learners: Int?
  ) -> TableMerge.Part {
    TableMerge.Part(
      container: container,
      table: StoredTable(
        container.sections, wordsOfState: layout.words, name: container.name),
      biases: biases, learners: learners)
  }

  private func learner(
    _ model: ModelHeader, _ form: TableMerge.Outcome.Form, _ totals: StateShare
  ) throws(RunFailure) -> StateLearner {
    var progress = ProgressiveLoss()
    progress.weightedLoss = totals.loss.sum
    progress.weight = totals.lossWeight.sum
    progress.rows = totals.lossRows
    return try StateLearner(
      like: model,
      LearnerHead(biases: form.biases, updates: totals.updates, progress: progress),
      table: form.table, named: "the merged state")
  }

  // MARK: - Books

  private var sum: StateShare {
    var totals = base?.totals ?? StateShare()
    for share in shares { totals = totals.and(share) }
    return totals
  }

  private var nameLimit: Int {
    let text = states[0].header.options["names"] ?? ""
    let limit = text == "off" ? 0 : Int(text) ?? FeatureRegister.usualNameLimit
    return min(max(limit, 0), FeatureNaming.most)
  }

  private func joinedRegister() throws(RunFailure) -> FeatureRegisterState {
    var registers: [FeatureRegisterState] = []
    for state in states { registers.append(try StateBooks.register(of: state.document)) }
    var before: FeatureRegisterState?
    if case .state(let document) = base { before = try StateBooks.register(of: document) }
    return FeatureRegisterState.joined(
      registers, onTopOf: before, hashing: states[0].header.model.schema.hashing,
      nameLimit: nameLimit)
  }

  private func modelHeader(_ totals: StateShare) throws(RunFailure) -> ModelHeader {
    var model = states[0].header.model
    for state in states where state.header.model.labelConvention != .undecided {
      model.labelConvention = state.header.model.labelConvention
    }
    // A race that one of them has run for itself says nothing of the others.
    let races = states.map { $0.header.model.learner.online?.race }
    if races.contains(where: { $0 != races[0] }) { model.learner.online?.race = nil }
    model.passes.shuffleRows = states.map { $0.header.model.passes.shuffleRows }.min() ?? 0
    model.passes.epochs = states.compactMap { $0.header.model.passes.epochs }.max()
    model.passes.bestEpoch = nil
    var statistics = ModelHeader.Statistics()
    statistics.rows = totals.rows
    statistics.badRows = totals.badRows
    statistics.positives = totals.positives
    statistics.features = totals.features
    statistics.weight = totals.weight.sum.value
    statistics.positiveWeight = totals.positiveWeight.sum.value
    statistics.progressiveLoss = StateBooks.progressiveLoss(totals, model.learner)
    let clipped = clipped(model.schema).byName(model.schema)
    statistics.clipped = clipped.isEmpty ? nil : clipped
    model.statistics = statistics
    model.correction = try StateBooks.correction(model, totals)
    return model
  }

  private var baseState: StateHeader? {
    guard case .state(let document) = base else { return nil }
    return document.header
  }

  private func clipped(_ schema: FeatureSchema) -> ClippedValues {
    ClippedValues.joined(
      states.map { $0.header.clipped ?? ClippedValues() },
      onTopOf: baseState?.clipped ?? ClippedValues(), schema)
  }

  private func stateHeader(_ model: ModelHeader, _ totals: StateShare) -> StateHeader {
    let before = baseState
    var reasons = before?.badRows ?? [:]
    for state in states {
      for (reason, count) in state.header.badRows {
        reasons[reason, default: 0] += count - (before?.badRows[reason] ?? 0)
      }
    }
    let clipped = clipped(model.schema)
    return StateHeader(
      model: model, options: options, defaults: defaults,
      badRows: reasons.filter { $0.value > 0 },
      missing: MissingValues.joined(
        states.map(\.header.missing), onTopOf: before?.missing ?? MissingValues()),
      clipped: clipped.counts.isEmpty ? nil : clipped,
      outset: base?.outset, totals: totals, shares: shares)
  }

  /// Those of the first learner by its options: how rows are read may have been said or taken over.
  private var options: [String: String] { plainest.options }
  private var defaults: [String] { plainest.defaults }

  private var plainest: (options: [String: String], defaults: [String]) {
    let all = states.map { ($0.header.options, $0.header.defaults) }
    let order = all.map { options, defaults in
      options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
        + "\n" + defaults.joined(separator: "\n")
    }
    let least = order.indices.min { order[$0] < order[$1] } ?? 0
    return all[least]
  }
}

extension MergedState {
  /// - Parameter name: the file, for messages.
  package func container(named name: String) throws(RunFailure) -> Container {
    try StateDocument.container(header, sections, named: name)
  }
}
