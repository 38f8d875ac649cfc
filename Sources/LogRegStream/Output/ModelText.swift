internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// Parts of a model in words and as JSON.
enum ModelText {
  static func objective(_ learner: ModelHeader.Learner) -> String {
    "sum of weight × log loss"
      + (learner.l1 > 0 ? " + \(learner.l1)·|w|" : "")
      + (learner.l2 > 0 ? " + \(learner.l2)/2·|w|²" : "") + "; the bias is not penalised"
  }

  static func optimizer(_ learner: ModelHeader.Learner) -> String {
    let penalties = "\(learner.optimizer), l1 \(learner.l1), l2 \(learner.l2)"
    if let exact = learner.exact {
      return penalties + ", \(exact.iterations) iterations, \(exact.passes) passes, objective "
        + "\(NumberText.nineDigits(exact.objective)), \(exact.reason)"
    }
    guard let online = learner.online else { return penalties }
    return penalties
      + ", alpha \(online.alpha), beta \(online.beta), batches of \(online.batchSize)"
  }

  /// How an exact solver ended, as a JSON object.
  static func solver(_ exact: ModelHeader.Learner.Exact) -> JSONValue {
    .object([
      ("iterations", .integer(exact.iterations)), ("passes", .integer(exact.passes)),
      ("objective", .number(exact.objective)), ("gradient_norm", .number(exact.gradientNorm)),
      ("reason", .string(exact.reason)),
    ])
  }

  static func labels(_ header: ModelHeader) -> String {
    switch header.schema.labels {
    case .positive(let text): "positive is \"\(text.display)\""
    case .convention: header.labelConvention.description
    }
  }

  static func columns(_ schema: FeatureSchema) -> [String] {
    guard case .csv(let csv) = schema.source else { return ["libsvm rows"] }
    let separator = DisplayText.escape([csv.delimiter])
    let quote = csv.quote.map { DisplayText.escape([$0]) } ?? "none"
    return [
      "csv rows, delimiter \(separator), quote \(quote), "
        + (csv.hasHeader ? "with a header" : "without a header")
    ] + csv.columns.map { "  \($0.name.display): \(SchemaText.words($0.role)) (\($0.reason))" }
  }

  /// How rows are read, as members of a JSON object.
  static func reading(_ schema: FeatureSchema) -> [(key: String, value: JSONValue)] {
    guard case .csv(let csv) = schema.source else { return [] }
    return [
      ("delimiter", .string(DisplayText.escape([csv.delimiter]))),
      ("quote", csv.quote.map { .string(DisplayText.escape([$0])) } ?? .null),
      ("header", .bool(csv.hasHeader)), ("label", .string(csv.label.display)),
      ("weight_column", csv.weight.map { .string($0.display) } ?? .null),
      ("missing", .array(csv.missing.tokens.map { .string(DisplayText.escape($0)) })),
      ("clip", .number(csv.clip)), ("columns", .array(csv.columns.map(column))),
    ]
  }

  private static func column(_ column: Column) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("name", .string(column.name.display))]
    members.append(("type", .string(column.role.name)))
    if case .numeric(let scale) = column.role {
      members += [
        ("transform", .string(scale.transform.rawValue)), ("mean", .number(scale.mean)),
        ("standard_deviation", .number(scale.standardDeviation)),
      ]
    }
    members.append(("reason", .string(column.reason)))
    return .object(members)
  }
}
