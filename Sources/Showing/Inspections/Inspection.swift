internal import Configuration
internal import Featurizing
package import Learning
package import ModelFile
public import Notices
internal import RowStream
package import Scoring
public import SparseBatches
internal import Training

/// The `inspect` command: what a model is.
public struct Inspection: Sendable {
  package let document: ModelDocument
  private let meaning: WeightMeaning

  /// - Parameter path: a model; `-` is standard input.
  /// - Throws: `RunFailure`: missingInput or badData.
  public init(path: String) throws(RunFailure) {
    self.init(try ModelDocument.read(from: path))
  }

  package init(_ document: ModelDocument) {
    self.document = document
    meaning = WeightMeaning(document)
  }

  /// How rows become features, as a file for `--schema`.
  public var schemaText: String { SchemaYAML.text(document.header.schema.source) }

  /// A description for people.
  ///
  /// - Parameter top: how many of the largest weights to list; nil: none.
  public func text(top: Int?) -> String {
    InspectionText.lines(self, top: top).joined(separator: "\n") + "\n"
  }

  /// Everything as one object.
  public func json(top: Int?) -> JSONValue { InspectionJSON.object(self, top: top) }

  /// Writes every non-zero weight as a line: slot, weight, for softmax its class, name where it is
  /// known.
  public func writeWeights<Failure: Error>(
    _ write: (String) throws(Failure) -> Void
  ) throws(Failure) {
    var text = ""
    let (slots, outputs) = (document.weights.slots, document.weights.outputs)
    let weights = document.weights.weights
    for index in weights.indices {
      let slot = slots[index]
      let words = [className(index, outputs), meaning.name(ofSlot: slot)].compactMap { $0 }
      text += "\(slot)\t\(weights[index])"
      text += words.map { "\t" + $0 }.joined() + "\n"
      guard text.utf8.count > 1 << 16 else { continue }
      try write(text)
      text = ""
    }
    if !text.isEmpty { try write(text) }
  }

  /// One of the largest weights.
  package struct Entry {
    package var slot: UInt32
    package var weight: Float
    /// nil unless the model has classes.
    var className: String?
    package var name: String?
    package var odds: WeightMeaning.OddsRatios

    package init(
      slot: UInt32, weight: Float, className: String? = nil, name: String? = nil,
      odds: WeightMeaning.OddsRatios
    ) {
      self.slot = slot
      self.weight = weight
      self.className = className
      self.name = name
      self.odds = odds
    }
  }

  /// By falling size, equal ones by slot, then class.
  package func largest(_ count: Int) -> [Entry] {
    let weights = document.weights.weights
    let (slots, outputs) = (document.weights.slots, document.weights.outputs)
    let order = weights.indices.sorted {
      abs(weights[$0]) > abs(weights[$1]) || abs(weights[$0]) == abs(weights[$1]) && $0 < $1
    }
    return order.prefix(count).map { index in
      Entry(
        slot: slots[index], weight: weights[index], className: className(index, outputs),
        name: meaning.name(ofSlot: slots[index]),
        odds: meaning.oddsRatios(ofSlot: slots[index], weight: weights[index]))
    }
  }

  /// A weight, and what it does to the odds.
  fileprivate func words(ofSlope slope: (slot: UInt32, weight: Double)) -> String {
    let odds = meaning.oddsRatios(ofSlot: slope.slot, weight: Float(slope.weight))
    var words = "; slope \(NumberText.significant(slope.weight, 4))"
    if let ratio = odds.perUnit {
      words += ", odds ratio \(NumberText.significant(ratio, 6))"
    } else if let ratio = odds.perStandardDeviation {
      words += ", odds ratio \(NumberText.significant(ratio, 6)) per s.d."
    }
    return words
  }

  /// Part of the weights that are not zero.
  var occupancy: Double {
    Double(document.weights.count)
      / (Double(1 << document.header.schema.hashing.bits) * Double(loss.outputs))
  }

  package var loss: ModelLoss { document.header.loss ?? .logistic }

  /// The mean loss while training, as it is shown.
  var progressive: Double? {
    document.header.statistics.progressiveLoss.map { loss.shownMean($0) }
  }

  /// - Parameter outputs: of all weights.
  private func className(_ index: Int, _ outputs: [UInt32]) -> String? {
    let classes = document.header.schema.labels.classes
    return classes.isEmpty ? nil : classes[Int(outputs[index])].display
  }
}

/// A model described for people.
enum InspectionText {
  static func lines(_ inspection: Inspection, top: Int?) -> [String] {
    let header = inspection.document.header
    var lines = ["a logreg-stream model, format \(BuildInformation.modelFormat)", ""]
    lines += summary(inspection).map { title, words in
      title + String(repeating: " ", count: 12 - title.count) + words
    }
    lines.append("")
    let curves = NumberCurves(inspection.document)
    lines += ModelText.columns(header.schema) { column in
      curves?.slope(of: column).map { inspection.words(ofSlope: $0) }
    }
    if let profile = inspection.document.profile { lines += ProfileText.lines(profile) }
    if let top { lines += table(inspection.largest(top)) }
    return lines
  }

  private static func summary(_ inspection: Inspection) -> [(title: String, words: String)] {
    let document = inspection.document
    let header = document.header
    let statistics = header.statistics
    let hashing = header.schema.hashing
    var parts = [
      ("objective", ModelText.objective(header.learner)),
      ("optimizer", ModelText.optimizer(header.learner)),
      ("passes", ModelText.passes(header.passes)),
      (
        "rows",
        "\(NumberText.grouped(statistics.rows)) read, \(NumberText.grouped(statistics.badRows)) bad"
          + (inspection.loss.isBinary
            ? ", \(NumberText.grouped(statistics.positives)) positive" : "")
      ),
      (
        "loss",
        (inspection.progressive.map { NumberText.fixed($0, 6) } ?? "undefined")
          + " (progressive \(inspection.loss.meanName))"
      ),
      ("bias", ModelText.biases(header)),
      (
        "weights",
        "\(NumberText.grouped(document.weights.count)) non-zero in 2^\(hashing.bits) slots "
          + "(\(NumberText.fixed(inspection.occupancy * 100, 2)) %), hash seed \(hashing.seed)"
      ),
    ]
    if let words = WeightChoiceText.words(header) { parts.insert(("served", words), at: 2) }
    if let race = header.learner.online?.race {
      parts.insert(("race", ModelText.race(race)), at: 2)
    }
    if let clipped = statistics.clipped, !clipped.isEmpty {
      let total = NumberText.grouped(clipped.values.reduce(0, &+))
      parts.append(("clipped", "\(total) values, by column or index in --json"))
    }
    if let words = CollisionText.words(header) { parts.append(("features", words)) }
    if let advice = CollisionText.advice(header) { parts.append(("", advice)) }
    parts.append(("names", names(document)))
    parts.append(("profile", ProfileText.summary(document.profile)))
    parts.append(("labels", ModelText.labels(header)))
    return parts + ProbabilityText.parts(header)
  }

  private static func names(_ document: ModelDocument) -> String {
    guard document.names.count > 0 else { return "none kept" }
    return "\(NumberText.grouped(document.names.count)) kept: they hold values of the rows"
  }

  private static func table(_ entries: [Inspection.Entry]) -> [String] {
    let titles = ["slot", "weight", "odds ratio", "per s.d."]
    return ["", "largest weights (odds ratios per unit and per standard deviation)"]
      + [cells(titles) + (entries.first?.className == nil ? "  name" : "  class  name")]
      + entries.map(line)
  }

  private static func line(_ entry: Inspection.Entry) -> String {
    let texts = [
      String(entry.slot), NumberText.fixed(Double(entry.weight), 6), ratio(entry.odds.perUnit),
      ratio(entry.odds.perStandardDeviation),
    ]
    let words = [entry.className, entry.name ?? "?"].compactMap { $0 }
    return cells(texts) + "  " + words.joined(separator: "  ")
  }

  private static func ratio(_ ratio: Double?) -> String {
    ratio.map { NumberText.significant($0, 6) } ?? "-"
  }

  private static func cells(_ texts: [String]) -> String {
    texts.map { String(repeating: " ", count: max(0, 12 - $0.count)) + $0 }.joined(separator: " ")
  }
}

/// A model as one JSON object.
enum InspectionJSON {
  static func object(_ inspection: Inspection, top: Int?) -> JSONValue {
    let document = inspection.document
    let header = document.header
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("inspect")), ("kind", .string("model")),
      ("model_format", .integer(BuildInformation.modelFormat)),
    ]
    members += learner(header)
    members.append(("passes", ModelText.passes(header.passes)))
    members += statistics(inspection)
    members += ProbabilityText.members(header, showsKnots: true)
    members += ProbabilityText.members(header.holdout, "holdout")
    members += ProbabilityText.members(header.stream, "stream")
    members += [
      ("bias", header.biases.count == 1 ? .number(header.biases[0]) : .null),
      ("biases", .array(header.biases.map { .number($0) })),
      ("nonzero_weights", .integer(document.weights.count)),
      ("bits", .integer(header.schema.hashing.bits)),
      ("hash_seed", .integer(Int(header.schema.hashing.seed))),
      ("slot_occupancy", .number(inspection.occupancy)),
      ("collisions", CollisionText.json(header)), ("names", .integer(document.names.count)),
      ("labels", .string(ModelText.labels(header))),
      ("classes", .array(header.schema.labels.classes.map { .string($0.display) })),
      ("format", .string(header.schema.formatName)),
    ]
    members += ModelText.reading(header.schema)
    members.append(("profile", ProfileText.json(document.profile)))
    members.append(("top_weights", top.map { .array(inspection.largest($0).map(entry)) } ?? .null))
    return .object(members)
  }

  private static func learner(_ header: ModelHeader) -> [(key: String, value: JSONValue)] {
    let learner = header.learner
    let online = learner.online
    return [
      ("loss", .string(learner.loss)), ("optimizer", .string(learner.optimizer)),
      ("alpha", .optional(online?.alpha)), ("beta", .optional(online?.beta)),
      ("learning_rate", online?.rate.map(ModelText.rate) ?? .null),
    ] + WeightChoiceText.members(header) + [
      ("race", online?.race.map(ModelText.race) ?? .null),
      ("l1", .number(learner.l1)), ("l2", .number(learner.l2)),
      ("batch_size", online.map { .integer($0.batchSize) } ?? .null),
      ("solver", learner.exact.map(ModelText.solver) ?? .null),
    ]
  }

  private static func statistics(
    _ inspection: Inspection
  ) -> [(key: String, value: JSONValue)] {
    let statistics = inspection.document.header.statistics
    return [
      ("rows", .integer(statistics.rows)), ("rows_held_out", .integer(statistics.heldOutRows)),
      ("rows_bad", .integer(statistics.badRows)), ("positives", .integer(statistics.positives)),
      ("features", .integer(statistics.features)),
      ("clipped", ModelText.clipped(statistics)), ("weight", .number(statistics.weight)),
      ("positive_weight", .number(statistics.positiveWeight)),
      ("progressive_" + inspection.loss.meanKey, .optional(inspection.progressive)),
    ]
  }

  private static func entry(_ entry: Inspection.Entry) -> JSONValue {
    .object([
      ("slot", .integer(Int(entry.slot))), ("weight", .number(Double(entry.weight))),
      ("odds_ratio", .optional(entry.odds.asLearned)),
      ("odds_ratio_per_unit", .optional(entry.odds.perUnit)),
      ("odds_ratio_per_standard_deviation", .optional(entry.odds.perStandardDeviation)),
      ("class", entry.className.map { .string($0) } ?? .null),
      ("name", entry.name.map { .string($0) } ?? .null),
    ])
  }
}
