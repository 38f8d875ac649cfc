internal import Featurizing
internal import Learning
internal import ModelFile

/// A model described for people.
enum InspectionText {
  static func lines(_ inspection: Inspection, top: Int?) -> [String] {
    let header = inspection.document.header
    var lines = ["a logreg-stream model, format \(BuildInformation.modelFormat)", ""]
    lines += summary(inspection).map { title, words in
      title + String(repeating: " ", count: 12 - title.count) + words
    }
    lines.append("")
    lines += ModelText.columns(header.schema)
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
    if let words = CollisionText.words(header) { parts.append(("features", words)) }
    if let advice = CollisionText.advice(header) { parts.append(("", advice)) }
    parts.append(("names", names(document)))
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
