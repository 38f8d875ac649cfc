package import ElementaryMath
package import Featurizing
package import ModelFile
internal import SparseBatches

/// What a state says in words: everything but the learner itself.
///
/// A state is what an online learner knew when all its rows were learned. Others can start from it,
/// and states that started from the same one can be merged. No name, no path, no time stamp: the
/// same rows and options give the same bytes.
package struct StateHeader: Codable, Equatable, Sendable {
  /// Version of all that is written.
  package static let currentVersion = 1

  package var program = "logreg-stream"
  package var version = StateHeader.currentVersion
  /// What its model says, without a calibrator and figures of held-out rows.
  package var model: ModelHeader
  /// Options that decide what is learned, by name, as text, and names of those at their default.
  package var options: [String: String]
  package var defaults: [String]
  /// Bad rows by reason.
  package var badRows: [String: Int]
  package var missing: MissingValues
  /// nil: no value was clipped.
  package var clipped: ClippedValues?
  /// What it started from; nil: nothing.
  package var outset: StateOutset?
  /// Counts of all rows, those of the outset included where that was a state.
  package var totals: StateShare
  /// What each learner has learned since the outset: one, or as many as were merged, by identity.
  package var shares: [StateShare]
  /// Of merged states: how evidence was added up for a learner that goes on; nil in others.
  package var evidence: ShardKind?

  package init(
    model: ModelHeader, options: [String: String], defaults: [String], badRows: [String: Int],
    missing: MissingValues, clipped: ClippedValues?, outset: StateOutset?, totals: StateShare,
    shares: [StateShare]
  ) {
    self.model = model
    self.options = options
    self.defaults = defaults
    self.badRows = badRows
    self.missing = missing
    self.clipped = clipped
    self.outset = outset
    self.totals = totals
    self.shares = shares
  }

  /// Every input whose rows are in it.
  package var allInputs: [StateInput] { (outset?.inputs ?? []) + shares.flatMap(\.inputs) }

  /// What is wrong with a header whose checksums are right: nil when it can be used.
  package var defect: String? {
    guard program == "logreg-stream" else { return "it names another program" }
    guard version == Self.currentVersion else {
      return "it is of version \(version), this program reads version \(Self.currentVersion)"
    }
    if let defect = model.defect { return defect }
    guard model.learner.online != nil, model.calibration == nil, model.holdout == nil,
      model.stream == nil
    else { return "its model is none of a learner that goes on" }
    let statistics = model.statistics
    guard totals.rows == statistics.rows, totals.badRows == statistics.badRows,
      badRows.values.allSatisfy({ $0 >= 0 && $0 <= totals.rows }),
      badRows.keys.allSatisfy({ RowIssue.Reason(rawValue: $0) != nil }),
      badRows.values.reduce(0, +) == totals.badRows
    else { return "counts of rows are invalid" }
    let labels = max(2, model.schema.labels.classes.count)
    guard totals.isSound(labels: labels), outset?.isSound ?? true, !shares.isEmpty,
      shares.allSatisfy({ $0.isSound(labels: labels) && $0.rows <= totals.rows }),
      shares.count == 1 || shares.allSatisfy({ $0.identity != nil }),
      (shares.first?.identity != nil) == (evidence != nil)
    else { return "counts of its learners are invalid" }
    return missing.defect(rows: totals.rows, schema: model.schema)
      ?? clipped?.defect(model.schema)
  }
}

/// How rows were dealt out to states that are merged.
package enum ShardKind: String, Codable, CaseIterable, Sendable {
  /// At random: each state has seen the same kind of rows.
  case mixed
  /// One part of the stream after another, as days.
  case calendar
}

/// An input, known by what it holds once it is inflated.
package struct StateInput: Codable, Hashable, Comparable, Sendable {
  /// CRC-32 of the uncompressed bytes.
  package var checksum: UInt32
  package var bytes: Int
  package var rows: Int

  package init(checksum: UInt32, bytes: Int, rows: Int) {
    self.checksum = checksum
    self.bytes = bytes
    self.rows = rows
  }

  package static func < (one: StateInput, other: StateInput) -> Bool {
    (one.checksum, one.bytes, one.rows) < (other.checksum, other.bytes, other.rows)
  }

  /// As messages call it.
  package var words: String {
    ContentIdentity(checksum: checksum, bytes: bytes).words + " uncompressed, \(rows) rows"
  }

  var isSound: Bool { (0..<1 << 50).contains(bytes) && (0..<1 << 50).contains(rows) }
}

/// What a learner began with.
package struct StateOutset: Codable, Equatable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case state
    case model
  }

  package var kind: Kind
  package var identity: ContentIdentity
  /// Rows that it had seen.
  package var rows: Int
  /// Inputs that it had learned; a model does not say.
  package var inputs: [StateInput]

  package init(kind: Kind, identity: ContentIdentity, rows: Int, inputs: [StateInput]) {
    self.kind = kind
    self.identity = identity
    self.rows = rows
    self.inputs = inputs
  }

  var isSound: Bool {
    (0..<1 << 50).contains(rows) && identity.bytes >= 0 && inputs.allSatisfy(\.isSound)
  }
}

/// What was counted of the rows of one learner, or of several.
package struct StateShare: Codable, Equatable, Sendable {
  /// Of the state that it is of; nil in that state itself.
  package var identity: ContentIdentity?
  /// Data rows, bad ones included.
  package var rows = 0
  package var badRows = 0
  package var learnedRows = 0
  package var positives = 0
  package var sampledOut = 0
  package var features = 0
  package var weight = StoredSum()
  package var positiveWeight = StoredSum()
  /// Losses before each row was learned, in the learner's unit, their weight and rows.
  package var loss = StoredSum()
  package var lossWeight = StoredSum()
  package var lossRows = 0
  /// Updates made.
  package var updates: UInt64 = 0
  /// Rows by class, negative first; of numbers their sum and the sum of their squares.
  package var labels: [Double] = []
  /// Inputs that were learned, sorted.
  package var inputs: [StateInput] = []

  package init() {}

  /// No count is so large that those of thousands of learners could overflow.
  ///
  /// - Parameter count: of the classes.
  package func isSound(labels count: Int) -> Bool {
    let counts = [rows, badRows, learnedRows, positives, sampledOut, features, lossRows]
    guard counts.allSatisfy({ (0..<1 << 50).contains($0) }), updates < 1 << 50 else { return false }
    let sums = [weight, positiveWeight, loss, lossWeight]
    return sums.allSatisfy(\.isFinite) && weight.leading >= 0 && positiveWeight.leading >= 0
      && lossWeight.leading >= 0 && badRows <= rows && learnedRows <= rows
      && positives <= learnedRows && sampledOut <= rows
      && [0, count].contains(labels.count) && labels.allSatisfy(\.isFinite)
      && inputs.allSatisfy(\.isSound) && identity?.bytes ?? 0 >= 0
  }
}

/// A sum as it is stored: what it is as a Double, and what rounding has dropped of it.
package struct StoredSum: Codable, Equatable, Sendable {
  package var leading = 0.0
  package var dropped = 0.0

  package init() {}

  package init(_ sum: CompensatedSum) {
    leading = sum.leading
    dropped = sum.dropped
  }

  package var sum: CompensatedSum { CompensatedSum(leading: leading, dropped: dropped) }

  var isFinite: Bool { leading.isFinite && dropped.isFinite }

  package static func + (one: StoredSum, other: StoredSum) -> StoredSum {
    var sum = one.sum
    sum.add(other.leading)
    sum.add(other.dropped)
    return StoredSum(sum)
  }

  package static func - (one: StoredSum, other: StoredSum) -> StoredSum {
    var sum = one.sum
    sum.add(-other.leading)
    sum.add(-other.dropped)
    return StoredSum(sum)
  }
}

extension StateShare {
  /// What came on top of `before`. Inputs and identity are those of `self`.
  package func since(_ before: StateShare) -> StateShare {
    var share = self
    share.rows &-= before.rows
    share.badRows &-= before.badRows
    share.learnedRows &-= before.learnedRows
    share.positives &-= before.positives
    share.sampledOut &-= before.sampledOut
    share.features &-= before.features
    share.weight = weight - before.weight
    share.positiveWeight = positiveWeight - before.positiveWeight
    share.loss = loss - before.loss
    share.lossWeight = lossWeight - before.lossWeight
    share.lossRows &-= before.lossRows
    share.updates &-= before.updates
    return share
  }

  /// Both together, without identity and inputs.
  package func and(_ other: StateShare) -> StateShare {
    var both = self
    both.identity = nil
    both.inputs = []
    both.rows &+= other.rows
    both.badRows &+= other.badRows
    both.learnedRows &+= other.learnedRows
    both.positives &+= other.positives
    both.sampledOut &+= other.sampledOut
    both.features &+= other.features
    both.weight = weight + other.weight
    both.positiveWeight = positiveWeight + other.positiveWeight
    both.loss = loss + other.loss
    both.lossWeight = lossWeight + other.lossWeight
    both.lossRows &+= other.lossRows
    both.updates &+= other.updates
    both.labels =
      labels.isEmpty
      ? other.labels
      : other.labels.isEmpty ? labels : zip(labels, other.labels).map { $0 + $1 }
    return both
  }
}
