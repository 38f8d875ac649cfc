internal import Featurizing
package import Notices

// When what a model does not know is too much to be chance: a file of another kind, or columns that are
// written in another way than in training.

extension UnseenFeatures {
  /// Of fewer features of a column nothing is said.
  private static let fewestOfColumn = 20
  /// A column that mattered: so much of all weights.
  private static let leastImportance = 0.02
  /// It brings almost nothing: so few of its features are known.
  private static let leastKnownOfColumn = 0.1
  /// The file is another one: of its features so many are known, measured by those of training.
  private static let leastKnown = 2.0 / 3
  /// The same where the model does not say how many were known in training.
  private static let leastKnownAlone = 0.2
  /// An index or a namespace that mattered so much never occurs in so many rows.
  private static let leastImportanceOfAbsent = 0.05
  private static let fewestRowsOfAbsent = 500
  /// Columns that are named; the others are in the JSON.
  private static let shownColumns = 5

  /// - Parameter names: of the inputs.
  package func warnings(inputs names: [String]) -> [String] {
    let heads = headWarnings(names)
    if let shifted = shiftWarning() { return heads + [shifted] }
    let columns = columnWarnings() + absenceWarnings()
    return heads + (columns.isEmpty ? overallWarning().map { [$0] } ?? [] : columns)
  }

  /// Indices and namespaces that are gone: rows that name their features may leave out any of them.
  private func absenceWarnings() -> [String] {
    if case .csv = schema.source { return [] }
    guard rows >= Self.fewestRowsOfAbsent else { return [] }
    let present = Set(columns.map(\.name))
    let absent = importance().filter {
      $0.value >= Self.leastImportanceOfAbsent && !present.contains($0.key)
    }
    let kind = indicesAreFeatures ? "index" : "namespace"
    return absent.sorted { $0.value > $1.value }.prefix(Self.shownColumns).map { name, weight in
      "warning: the \(kind) \"\(name.display)\" does not occur in \(NumberText.grouped(rows)) rows "
        + "looked at, and in training it had \(Self.percent(weight)) of all weight: is a column missing?"
    }
  }

  private func columnWarnings() -> [String] {
    guard columnsHaveValues else { return [] }
    let strange = columns.filter { column in
      column.features >= Self.fewestOfColumn && column.unknown > 0
        && (mainVariant(column) != nil || knownShare(of: column) < Self.leastKnownOfColumn)
    }
    // To weigh the names of a model takes long, and is seldom asked for.
    guard !strange.isEmpty else { return [] }
    let importance = importance()
    var warnings: [(weight: Double, text: String)] = []
    for column in strange {
      let weight = importance[column.name] ?? 0
      let name = column.name.display
      let (unknown, all) = (
        NumberText.grouped(column.unknown), NumberText.grouped(column.features)
      )
      if let variant = mainVariant(column) {
        warnings.append(
          (
            weight,
            "warning: column \"\(name)\": \(unknown) of \(all) values looked at are unknown to the "
              + "model: they \(variant.words): \(variant.cure)"
          ))
        continue
      }
      guard weight >= Self.leastImportance else { continue }
      warnings.append(
        (
          weight,
          "warning: column \"\(name)\" brings almost nothing that the model knows: \(unknown) of "
            + "\(all) values looked at have no weight, and in training the column had "
            + "\(Self.percent(weight)) of all weight: is it written as it was in training?"
        ))
    }
    return warnings.sorted { $0.weight > $1.weight }.prefix(Self.shownColumns).map(\.text)
  }

  /// How most of a column's unknown values are written; nil when they are not written otherwise.
  private func mainVariant(_ column: Column) -> ValueVariant? {
    guard let (variant, rows) = column.otherwise.max(by: { $0.value < $1.value }), rows >= 5,
      20 * rows >= column.features, 2 * rows >= column.unknown
    else { return nil }
    return variant
  }

  private func knownShare(of column: Column) -> Double {
    Double(column.features - column.unknown) / Double(column.features)
  }

  private func overallWarning() -> String? {
    guard let share, features >= Self.fewestOfColumn else { return nil }
    let known = 1 - share
    if let trained = shareInTraining {
      guard known < Self.leastKnown * (1 - trained) else { return nil }
    } else {
      guard known < Self.leastKnownAlone else { return nil }
    }
    let before =
      shareInTraining.map { ", of the distinct ones trained on \(Self.percent(1 - $0))" } ?? ""
    return
      "warning: the model knows \(Self.percent(known)) of the features of these rows\(before); "
      + "\(NumberText.grouped(unknownRows)) of \(NumberText.grouped(rows)) rows looked at bring "
      + "nothing known: are they written as the rows trained on?"
  }

  /// Indices that are all known when they are one more or less: the files count from 0 and from 1.
  private func shiftWarning() -> String? {
    guard unknown >= 10, indicesAreFeatures else { return nil }
    let words: String
    if 10 * unknownIfRaised <= unknown {
      words = "one more: these rows count from 0, and those trained on from 1"
    } else if 10 * unknownIfLowered <= unknown {
      words = "one less: these rows count from 1, and those trained on from 0"
    } else {
      return nil
    }
    return
      "warning: \(NumberText.grouped(unknown)) of \(NumberText.grouped(features)) features have "
      + "an index that the model does not know, and would be known if every index were \(words)"
  }

  /// A first row of nothing but unknown texts, in a file of rows that are known.
  private func headWarnings(_ names: [String]) -> [String] {
    guard case .csv(let csv) = schema.source, !csv.hasHeader, rows >= 10,
      10 * unknownRows < 3 * rows
    else { return [] }
    return strangeHeads.map { file in
      let name = names.indices.contains(file) ? names[file] : "the input"
      return
        "warning: \(name): nothing in the first row is known to the model: is it a header? The "
        + "model was trained on rows without one, so that it counts as a row: leave it out (tail -n +2)"
    }
  }

  private var columnsHaveValues: Bool {
    if case .libsvm = schema.source { false } else { true }
  }

  private var indicesAreFeatures: Bool { !columnsHaveValues }

  static func percent(_ share: Double) -> String { "\(NumberText.significant(100 * share, 3)) %" }
}

extension UnseenFeatures {
  /// As the member `unseen` of a JSON document.
  package var json: JSONValue {
    let importance = importance()
    let worst = columns.filter { $0.unknown > 0 }
      .sorted { ($0.unknown, $1.name.display) > ($1.unknown, $0.name.display) }.prefix(100)
    return .object([
      ("rows", .integer(rows)), ("rows_unknown", .integer(unknownRows)),
      ("features", .integer(features)), ("features_unknown", .integer(unknown)),
      ("share", .optional(share)), ("distinct_share_in_training", .optional(shareInTraining)),
      (
        "columns",
        .array(
          worst.map { column in
            .object([
              ("column", .string(column.name.display)), ("features", .integer(column.features)),
              ("features_unknown", .integer(column.unknown)),
              ("share", .number(Double(column.unknown) / Double(column.features))),
              ("weight_share", .number(importance[column.name] ?? 0)),
            ])
          })
      ),
    ])
  }

  /// One line for people; nil when there were no features.
  package var line: String? {
    share.map { share in
      let before =
        shareInTraining.map { " (of the distinct ones trained on \(Self.percent($0)))" } ?? ""
      return "\(Self.percent(share)) of the features have no weight\(before), "
        + "\(NumberText.grouped(unknownRows)) of \(NumberText.grouped(rows)) rows looked at have "
        + "nothing known\n"
    }
  }
}
