internal import Evaluation
internal import Featurizing
internal import Learning
package import Notices
package import SparseBatches

/// A model as one JSON document: everything that scoring needs, described in the article Serving.
package enum JSONExport {
  /// - Throws: usage where a text that is compared is not UTF-8.
  package static func document(_ model: ExportedModel) throws(RunFailure) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("kind", .string("logreg-stream model")),
      ("program", .string(model.origin.program)),
      (
        "model",
        .object([
          ("name", .string(model.origin.name)), ("crc32", .string(model.origin.checksum)),
        ])
      ),
      (
        "training",
        .object([
          ("rows", .integer(model.training.rows)), ("optimizer", .string(model.training.optimizer)),
          ("progressive_loss", .optional(model.training.progressiveLoss)),
        ])
      ),
      ("loss", .string(model.loss.name)), ("classes", .array(model.classes.map { .string($0) })),
      (
        "hash",
        .object([
          ("bits", .integer(model.hashing.bits)), ("seed", .integer(Int(model.hashing.seed))),
        ])
      ),
    ]
    switch model.rows {
    case .columns(let columns): members += try rows(columns)
    case .indices(let scales): members += [("indices", indices(scales))]
    }
    members += [
      ("bias", numbers(model.biases)), ("weights", weights(model.weights)),
      ("shift", numbers(model.shifts)), ("calibrator", calibrator(model.calibrator)),
      ("fake_negatives", .bool(model.hasFakeNegatives)),
    ]
    return .object(members)
  }

  private static func rows(
    _ columns: ExportedColumns
  ) throws(RunFailure) -> [(key: String, value: JSONValue)] {
    [
      ("columns", .array(columns.columns.map(column))),
      ("missing", .array(try columns.missingTexts(target: "json").map { .string($0) })),
      ("decimal", .string(columns.numbers.decimal == .comma ? "," : ".")),
      ("marks", .string(columns.numbers.marks)), ("clip", .number(columns.clip)),
      ("ngrams", .integer(columns.ngrams)),
      (
        "crosses",
        .array(
          columns.crosses.map { cross in
            .object([
              ("name", .string(cross.name.display)), ("seed", .integer(Int(cross.seed))),
              ("columns", .array(cross.columns.map { .integer($0) })),
            ])
          })
      ),
    ]
  }

  private static func column(_ column: ExportedColumn) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("name", .string(column.name.text))]
    switch column.kind {
    case .category: members.append(("kind", .string("category")))
    case .text: members.append(("kind", .string("text")))
    case .number: members.append(("kind", .string("number")))
    }
    members += [
      ("seed", .integer(Int(column.seed))), ("missing_slot", .integer(Int(column.missingSlot))),
    ]
    if case .number(let features) = column.kind {
      members.append(("features", .array(features.map(feature))))
    }
    return .object(members)
  }

  private static func feature(_ feature: ExportedFeature) -> JSONValue {
    switch feature {
    case .scaled(let slot, let scale):
      .object([
        ("kind", .string(scale.transform.rawValue)), ("slot", .integer(Int(slot))),
        ("mean", .number(scale.mean)), ("deviation", .number(scale.standardDeviation)),
      ])
    case .bin(let edges, let slots):
      .object([
        ("kind", .string("bins")), ("edges", numbers(edges)),
        ("slots", .array(slots.map { .integer(Int($0)) })),
      ])
    }
  }

  private static func indices(_ scales: IndexScales?) -> JSONValue {
    guard let scales else { return .object([("clip", .null), ("largest", .object([]))]) }
    let largest = zip(scales.indices, scales.magnitudes).map {
      (key: String($0), value: JSONValue.number(Double($1)))
    }
    let clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
    return .object([("clip", .number(Double(clip))), ("largest", .object(largest))])
  }

  /// 32-bit weights as the 64-bit numbers that they are.
  private static func weights(_ weights: ExportedWeights) -> JSONValue {
    .object([
      ("slot", .array(weights.slots.map { .integer(Int($0)) })),
      ("output", .array(weights.outputs.map { .integer(Int($0)) })),
      ("value", numbers(weights.values.map { Double($0) })),
    ])
  }

  private static func calibrator(_ calibrator: Calibrator?) -> JSONValue {
    guard let calibrator else { return .null }
    return .object([
      ("kind", .string(calibrator.kind.rawValue)), ("parameters", numbers(calibrator.parameters)),
    ])
  }

  private static func numbers(_ numbers: [Double]) -> JSONValue {
    .array(numbers.map { .number($0) })
  }
}
