internal import Featurizing
package import ModelFile
package import Notices
internal import RowStream
internal import SparseBatches

/// Parts of a model in words and as JSON.
enum ModelText {
  static func objective(_ learner: ModelHeader.Learner) -> String {
    (learner.online?.rate == nil ? "sum" : "mean") + " of weight × \(learner.loss) loss"
      + (learner.l1 > 0 ? " + \(learner.l1)·|w|" : "")
      + (learner.l2 > 0 ? " + \(learner.l2)/2·|w|²" : "") + "; the bias is not penalised"
  }

  static func optimizer(_ learner: ModelHeader.Learner) -> String {
    let penalties = "\(learner.optimizer), l1 \(learner.l1), l2 \(learner.l2)"
    if let exact = learner.exact {
      return penalties + ", \(exact.iterations) iterations, \(exact.passes) passes, objective "
        + "\(NumberText.nineDigits(exact.objective)), \(DisplayText.harmless(exact.reason))"
    }
    guard let online = learner.online else { return penalties }
    let step =
      online.rate.map(describe) ?? "alpha \(online.alpha ?? 0), beta \(online.beta ?? 0)"
    let average = online.average == nil ? "last weights" : "averaged weights"
    let target =
      online.target.map {
        ", labels learned as (y − \(NumberText.significant($0.mean, 4))) / "
          + NumberText.significant($0.deviation, 4)
      } ?? ""
    return penalties + ", \(step), batches of \(online.batchSize), \(average)\(target)"
  }

  /// A race of rates in one line; the rate that won is marked.
  static func race(_ race: ModelHeader.Learner.Race) -> String {
    let best = race.trials.compactMap(\.loss).min()
    let trials = race.trials.map { trial in
      let loss = trial.loss.map { NumberText.fixed($0, 5) } ?? "out of range"
      return "\(trial.rate): \(loss)" + (trial.loss == best && best != nil ? " (chosen)" : "")
    }
    return "loss on the second half of \(NumberText.grouped(race.rows)) rows, each before it was "
      + "learned: " + trials.joined(separator: ", ")
  }

  /// The same as JSON.
  static func race(_ race: ModelHeader.Learner.Race) -> JSONValue {
    .array(
      race.trials.map {
        .object([("rate", .number($0.rate)), ("progressive_log_loss", .optional($0.loss))])
      })
  }

  private static func describe(_ rate: ModelHeader.Learner.Rate) -> String {
    "learning rate \(rate.initial), schedule \(rate.schedule)"
      + (rate.schedule == "invscaling" ? ", power \(rate.power)" : "")
      + (["exponential", "step"].contains(rate.schedule) ? ", decay \(rate.decay)" : "")
      + (["constant", "optimal"].contains(rate.schedule) ? "" : ", decay rows \(rate.decayRows)")
      + (rate.warmupRows > 0 ? ", warm-up \(rate.warmupRows) rows" : "")
  }

  /// A learning rate as a JSON object.
  static func rate(_ rate: ModelHeader.Learner.Rate) -> JSONValue {
    .object([
      ("schedule", .string(rate.schedule)), ("initial", .number(rate.initial)),
      ("power", .number(rate.power)), ("decay", .number(rate.decay)),
      ("decay_rows", .integer(rate.decayRows)), ("warmup", .integer(rate.warmupRows)),
    ])
  }

  static func passes(_ passes: ModelHeader.Passes) -> String {
    var parts = [
      passes.epochs.map { $0 == 1 ? "one epoch" : "\($0) epochs" } ?? "as many as needed"
    ]
    if let best = passes.bestEpoch { parts.append("weights of epoch \(best)") }
    if passes.shuffleRows > 0 { parts.append("shuffled within \(passes.shuffleRows) rows") }
    if passes.holdout > 0 { parts.append("\(passes.holdout) of the rows held out") }
    if passes.shuffleRows > 0 || passes.holdout > 0 { parts.append("seed \(passes.seed)") }
    if !passes.classWeights.isEmpty {
      let shown = passes.classWeights.prefix(8).map { String($0) }.joined(separator: ", ")
      parts.append("class weights \(shown)\(passes.classWeights.count > 8 ? ", …" : "")")
    }
    return parts.joined(separator: ", ")
  }

  static func passes(_ passes: ModelHeader.Passes) -> JSONValue {
    .object([
      ("epochs", passes.epochs.map { .integer($0) } ?? .null),
      ("best_epoch", passes.bestEpoch.map { .integer($0) } ?? .null),
      ("shuffle", .integer(passes.shuffleRows)), ("seed", .integer(Int(clamping: passes.seed))),
      ("holdout", .number(passes.holdout)),
      ("class_weights", .array(passes.classWeights.map { .number($0) })),
    ])
  }

  /// How an exact solver ended, as a JSON object.
  static func solver(_ exact: ModelHeader.Learner.Exact) -> JSONValue {
    .object([
      ("iterations", .integer(exact.iterations)), ("passes", .integer(exact.passes)),
      ("objective", .number(exact.objective)), ("gradient_norm", .number(exact.gradientNorm)),
      ("reason", .string(DisplayText.harmless(exact.reason))),
    ])
  }

  static func labels(_ header: ModelHeader) -> String {
    switch header.schema.labels {
    case .positive(let text): "positive is \"\(text.display)\""
    case .convention: header.labelConvention.description
    case .number: "numbers"
    case .classes(let names): "classes " + LabelRule.list(names)
    }
  }

  static func biases(_ header: ModelHeader) -> String {
    let shown = header.biases.prefix(8).map { NumberText.nineDigits($0) }.joined(separator: ", ")
    let unit =
      switch header.schema.labels {
      case .number: " (label)"
      case .classes: " (one a class)"
      case .positive, .convention: header.learner.loss == "probit" ? " (probit)" : " log-odds"
      }
    return shown + (header.biases.count > 8 ? ", …" : "") + unit
  }

  /// - Parameter note: what else there is to say of a column.
  static func columns(
    _ schema: FeatureSchema, note: (Column) -> String? = { _ in nil }
  ) -> [String] {
    guard case .csv(let csv) = schema.source else {
      return [
        "\(schema.formatName) rows" + SchemaText.scaling(schema)
          + (schema.labelsCarryWeights ? ", that begin with label:weight" : "")
      ]
    }
    let separator = DisplayText.escape([csv.delimiter])
    let quote = csv.quote.map { DisplayText.escape([$0]) } ?? "none"
    return [
      "csv rows, delimiter \(separator), quote \(quote), "
        + (csv.hasHeader ? "with a header" : "without a header")
        + SchemaText.numberForm(csv.numbers) + limits(csv)
    ]
      + csv.columns.map {
        "  \($0.name.display): \(SchemaText.words($0.role)) (\($0.shownReason))" + (note($0) ?? "")
      }
      + csv.crosses.map { "  \($0.name(among: csv.columns).display): product" }
  }

  /// Values that were clipped, by column or index.
  static func clipped(_ statistics: ModelHeader.Statistics) -> JSONValue {
    .object(
      (statistics.clipped ?? [:]).sorted { $0.key < $1.key }.map {
        (key: $0.key, value: .integer($0.value))
      })
  }

  /// What is no row, and what no row may be, where it is not the usual.
  private static func limits(_ csv: CSVSchema) -> String {
    var text = csv.comment.map { ", comment \(DisplayText.escape([$0]))" } ?? ""
    if csv.skippedLines > 0 { text += ", \(csv.skippedLines) lines skipped" }
    if let lines = csv.maximumFieldLines { text += ", at most \(lines) lines a field" }
    if csv.maximumColumns != CSVSchema.usualMaximumColumns {
      text += ", at most \(csv.maximumColumns) columns"
    }
    return text
  }

  /// How rows are read, as members of a JSON object.
  static func reading(_ schema: FeatureSchema) -> [(key: String, value: JSONValue)] {
    guard case .csv(let csv) = schema.source else { return libsvm(schema) }
    return [
      ("delimiter", .string(DisplayText.escape([csv.delimiter]))),
      ("quote", csv.quote.map { .string(DisplayText.escape([$0])) } ?? .null),
      ("header", .bool(csv.hasHeader)), ("label", .string(csv.label.display)),
      ("weight_column", csv.weight.map { .string($0.display) } ?? .null),
      ("missing", .array(csv.missing.tokens.map { .string(DisplayText.escape($0)) })),
      ("decimal", .string(csv.numbers.decimal.rawValue)),
      ("number_marks", .string(csv.numbers.marks)),
      ("clip", .number(csv.clip)), ("ngrams", .integer(csv.ngrams)),
      ("comment", csv.comment.map { .string(DisplayText.escape([$0])) } ?? .null),
      ("skip_lines", .integer(csv.skippedLines)),
      ("max_field_lines", csv.maximumFieldLines.map { .integer($0) } ?? .null),
      ("max_columns", .integer(csv.maximumColumns)),
      ("columns", .array(csv.columns.map(column))),
      (
        "crosses",
        .array(
          csv.crosses.map { cross in
            .array(cross.columns.map { .string(csv.columns[$0].name.display) })
          })
      ),
    ]
  }

  private static func libsvm(_ schema: FeatureSchema) -> [(key: String, value: JSONValue)] {
    guard case .libsvm(let scales) = schema.source else { return [] }
    let weights = (key: "label_weights", value: JSONValue.bool(schema.labelsCarryWeights))
    guard let scales else { return [weights] }
    let magnitudes = zip(scales.indices, scales.magnitudes).map { index, magnitude in
      // An index may be larger than a JSON reader's integers.
      (key: String(index), value: JSONValue.number(Double(magnitude)))
    }
    return [
      weights, ("clip", .number(scales.clip)), ("maximum_magnitudes", .object(magnitudes)),
    ]
  }

  private static func column(_ column: Column) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("name", .string(column.name.display))]
    members.append(("type", .string(column.role.name)))
    switch column.role {
    case .binned(let bins):
      members += [
        ("transform", .string("quantile")), ("edges", .array(bins.edges.map { .number($0) })),
      ]
    case .binsAndSlope(let number):
      members += [
        ("transform", .string("bins+slope")), ("mean", .number(number.slope.mean)),
        ("standard_deviation", .number(number.slope.standardDeviation)),
        ("symlog_mean", .optional(number.logarithm?.mean)),
        ("symlog_standard_deviation", .optional(number.logarithm?.standardDeviation)),
        ("edges", .array(number.bins.edges.map { .number($0) })),
      ]
    case .numeric(let scale):
      members += [
        ("transform", .string(scale.transform.rawValue)), ("mean", .number(scale.mean)),
        ("standard_deviation", .number(scale.standardDeviation)),
      ]
    default: break
    }
    members.append(("reason", .string(column.shownReason)))
    return .object(members)
  }
}

/// How crowded a model's slots are, in words and as JSON.
package enum CollisionText {
  /// nil when the model does not know.
  package static func words(_ header: ModelHeader) -> String? {
    guard let figures = header.statistics.collisions else { return nil }
    let features = NumberText.grouped(count(figures.distinctFeatures))
    let distinct =
      figures.relativeError.map { error in
        error == 0 ? features : "\(features) (± \(NumberText.fixed(error * 100, 1)) %)"
      } ?? "more than \(features)"
    return "\(distinct) distinct in \(NumberText.grouped(count(figures.slotsUsed))) slots, "
      + "\(NumberText.fixed(figures.collidedShare * 100, 2)) % share a slot with another"
  }

  /// What to do about crowded slots; nil when they are not.
  package static func advice(_ header: ModelHeader) -> String? {
    let bits = header.schema.hashing.bits
    guard let figures = header.statistics.collisions, let advised = figures.advisedBits(now: bits)
    else { return nil }
    let percent = NumberText.fixed(figures.collidedShare * 100, 1)
    return "warning: \(percent) % of the distinct features "
      + "share a slot with another in 2^\(bits) slots; use --bits \(advised)"
  }

  package static func json(_ header: ModelHeader) -> JSONValue {
    guard let figures = header.statistics.collisions else { return .null }
    let advised = figures.advisedBits(now: header.schema.hashing.bits)
    return .object([
      ("distinct_features", .number(figures.distinctFeatures)),
      ("relative_error", .optional(figures.relativeError)),
      ("slots_used", .number(figures.slotsUsed)),
      ("collided_share", .number(figures.collidedShare)),
      ("advised_bits", advised.map { .integer($0) } ?? .null),
    ])
  }

  /// Counts of hostile files may lie beyond any integer.
  private static func count(_ estimate: Double) -> Int { Int(min(estimate, 1e18)) }
}
