internal import Featurizing
internal import Learning
internal import ModelFile

/// A model as one JSON object.
enum InspectionJSON {
  static func object(_ inspection: Inspection, top: Int?) -> JSONValue {
    let document = inspection.document
    let header = document.header
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("inspect")), ("kind", .string("model")),
      ("model_format", .integer(BuildInformation.modelFormat)),
    ]
    members += learner(header.learner)
    members.append(("passes", ModelText.passes(header.passes)))
    members += statistics(inspection)
    members += ProbabilityText.members(header, showsKnots: true)
    members += ProbabilityText.members(header.holdout)
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
    members.append(("top_weights", top.map { .array(inspection.largest($0).map(entry)) } ?? .null))
    return .object(members)
  }

  private static func learner(
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

  private static func statistics(
    _ inspection: Inspection
  ) -> [(key: String, value: JSONValue)] {
    let statistics = inspection.document.header.statistics
    return [
      ("rows", .integer(statistics.rows)), ("rows_held_out", .integer(statistics.heldOutRows)),
      ("rows_bad", .integer(statistics.badRows)), ("positives", .integer(statistics.positives)),
      ("features", .integer(statistics.features)), ("weight", .number(statistics.weight)),
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
