internal import ElementaryMath
internal import Featurizing
internal import Learning
internal import ModelFile
public import SparseBatches

/// The `inspect` command: what a model is.
public struct Inspection: Sendable {
  private let document: ModelDocument
  private let names: [UInt32: String]

  /// - Parameter path: a model; `-` is standard input.
  /// - Throws: `RunFailure`: missingInput or badData.
  public init(path: String) throws(RunFailure) {
    document = try ModelDocument.read(from: path)
    names = Self.names(of: document.header.schema)
  }

  /// Writes every non-zero weight as a line: slot, weight, for softmax its class, name where it is
  /// known.
  public func writeWeights<Failure: Error>(
    _ write: (String) throws(Failure) -> Void
  ) throws(Failure) {
    for weight in listed {
      let className = weight.className.map { "\t" + $0 } ?? ""
      let name = names[weight.slot].map { "\t" + $0 } ?? ""
      try write("\(weight.slot)\t\(weight.value)\(className)\(name)\n")
    }
  }

  /// Slots that the schema alone gives a name to: numeric columns and missing values.
  private static func names(of schema: FeatureSchema) -> [UInt32: String] {
    guard case .csv(let csv) = schema.source else { return [:] }
    var names: [UInt32: String] = [:]
    for column in csv.columns {
      let seed = schema.hashing.columnSeed(column.name)
      let missing = MurmurHash3.hash([], seed: seed) & schema.hashing.mask
      switch column.role {
      case .label, .weight, .ignored: continue
      case .numeric: names[seed & schema.hashing.mask] = column.name.display
      case .categorical: break
      }
      names[missing] = column.name.display + " is missing"
    }
    return names
  }

  /// A weight as it is shown.
  private struct ListedWeight {
    var slot: UInt32
    var value: Float
    /// nil unless the model has classes.
    var className: String?
  }

  /// All weights, by slot, then class.
  private var listed: some Sequence<ListedWeight> {
    let weights = document.weights
    let classes = document.header.schema.labels.classes
    return (0..<weights.count).lazy.map { index in
      ListedWeight(
        slot: weights.slots[index], value: weights.weights[index],
        className: classes.isEmpty ? nil : classes[Int(weights.outputs[index])].display)
    }
  }

  private func largest(_ count: Int) -> [ListedWeight] {
    let ranked = listed.enumerated().sorted {
      let (left, right) = (abs($0.element.value), abs($1.element.value))
      return left > right || left == right && $0.offset < $1.offset
    }
    return ranked.prefix(count).map(\.element)
  }
}

// MARK: - Text

extension Inspection {
  /// A description for people.
  ///
  /// - Parameter top: how many of the largest weights to list; nil: none.
  public func text(top: Int?) -> String {
    let header = document.header
    let schema = header.schema
    var lines = [
      "a logreg-stream model, format \(BuildInformation.modelFormat)",
      "", "objective   \(ModelText.objective(header.learner))",
      "optimizer   \(ModelText.optimizer(header.learner))",
      "passes      \(ModelText.passes(header.passes))",
      "rows        \(NumberText.grouped(header.statistics.rows)) read, "
        + "\(NumberText.grouped(header.statistics.badRows)) bad"
        + (loss.isBinary
          ? ", \(NumberText.grouped(header.statistics.positives)) positive" : ""),
      "loss        \(progressive.map { NumberText.fixed($0, 6) } ?? "undefined")"
        + " (progressive \(loss.meanName))",
      "bias        \(ModelText.biases(header))",
      "weights     \(NumberText.grouped(document.weights.count)) non-zero in 2^\(schema.hashing.bits)"
        + " slots (\(NumberText.fixed(occupancy * 100, 2)) %), hash seed \(schema.hashing.seed)",
      "labels      \(ModelText.labels(header))",
    ]
    lines += ProbabilityText.lines(header) + [""] + ModelText.columns(schema)
    if let top {
      lines += ["", "largest weights", "        slot       weight   odds ratio  name"]
      lines += largest(top).map(weightLine)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var loss: ModelLoss { document.header.loss ?? .logistic }

  private var progressive: Double? {
    document.header.statistics.progressiveLoss.map { loss.shownMean($0) }
  }

  private var occupancy: Double {
    Double(document.weights.count)
      / (Double(1 << document.header.schema.hashing.bits) * Double(loss.outputs))
  }

  private func weightLine(_ weight: ListedWeight) -> String {
    let value = Double(weight.value)
    let cells = [
      String(weight.slot), NumberText.fixed(value, 6),
      loss.hasOddsRatio ? NumberText.nineDigits(Elementary.exp(value)) : "-",
    ].map { String(repeating: " ", count: max(0, 12 - $0.count)) + $0 }
    let words = [weight.className, names[weight.slot]].compactMap { $0 }
    return cells.joined(separator: " ") + "  " + words.joined(separator: "  ")
  }
}

// MARK: - JSON

extension Inspection {
  /// Everything as one object.
  public func json(top: Int?) -> JSONValue {
    let header = document.header
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("inspect")), ("kind", .string("model")),
      ("model_format", .integer(BuildInformation.modelFormat)),
    ]
    members += learnerMembers(header.learner)
    members.append(("passes", ModelText.passes(header.passes)))
    members += statisticsMembers(header.statistics)
    members += ProbabilityText.members(header, showsKnots: true)
    members += [
      ("holdout", header.holdout.map { ProbabilityText.json($0.after ?? $0.before) } ?? .null),
      (
        "holdout_uncalibrated",
        header.holdout.flatMap { $0.after == nil ? nil : ProbabilityText.json($0.before) } ?? .null
      ),
    ]
    members += [
      ("bias", header.biases.count == 1 ? .number(header.biases[0]) : .null),
      ("biases", .array(header.biases.map { .number($0) })),
      ("nonzero_weights", .integer(document.weights.count)),
      ("bits", .integer(header.schema.hashing.bits)),
      ("hash_seed", .integer(Int(header.schema.hashing.seed))),
      ("slot_occupancy", .number(occupancy)), ("labels", .string(ModelText.labels(header))),
      ("classes", .array(header.schema.labels.classes.map { .string($0.display) })),
      ("format", .string(header.schema.formatName)),
    ]
    members += ModelText.reading(header.schema)
    members.append(("top_weights", topJSON(top)))
    return .object(members)
  }

  private func learnerMembers(
    _ learner: ModelHeader.Learner
  ) -> [(key: String, value: JSONValue)] {
    let online = learner.online
    return [
      ("loss", .string(learner.loss)), ("optimizer", .string(learner.optimizer)),
      ("alpha", .optional(online?.alpha)), ("beta", .optional(online?.beta)),
      ("learning_rate", online?.rate.map(ModelText.rate) ?? .null),
      ("l1", .number(learner.l1)), ("l2", .number(learner.l2)),
      ("batch_size", online.map { .integer($0.batchSize) } ?? .null),
      ("solver", learner.exact.map(ModelText.solver) ?? .null),
    ]
  }

  private func statisticsMembers(
    _ statistics: ModelHeader.Statistics
  ) -> [(key: String, value: JSONValue)] {
    [
      ("rows", .integer(statistics.rows)), ("rows_held_out", .integer(statistics.heldOutRows)),
      ("rows_bad", .integer(statistics.badRows)), ("positives", .integer(statistics.positives)),
      ("features", .integer(statistics.features)), ("weight", .number(statistics.weight)),
      ("positive_weight", .number(statistics.positiveWeight)),
      ("progressive_" + loss.meanKey, .optional(progressive)),
    ]
  }

  private func topJSON(_ top: Int?) -> JSONValue {
    guard let top else { return .null }
    return .array(
      largest(top).map { weight in
        let value = Double(weight.value)
        return .object([
          ("slot", .integer(Int(weight.slot))), ("weight", .number(value)),
          ("odds_ratio", loss.hasOddsRatio ? .number(Elementary.exp(value)) : .null),
          ("class", weight.className.map { .string($0) } ?? .null),
          ("name", names[weight.slot].map { .string($0) } ?? .null),
        ])
      })
  }
}

extension ModelLoss {
  /// Whether e^weight is a ratio of odds: of the positive class, or of a class to one of weight 0.
  fileprivate var hasOddsRatio: Bool {
    switch self {
    case .logistic, .softmax: true
    case .squared, .probit: false
    }
  }
}
