package import Featurizing
package import Notices
internal import SparseBatches

/// Counts what labels and weights a run met, and says what of it can hardly be meant: no positive row,
/// one class only, weights that are all 0, texts that are nearly the positive one.
package struct LabelBook {
  /// Where the positive class comes from, for cures.
  package enum Origin: Sendable {
    /// `--positive`, `--label` and `--weight` of the run itself.
    case options
    /// A model that was trained earlier.
    case model
  }

  /// Rows, and their weights, of both classes.
  package struct Counts: Equatable, Sendable {
    package var rows: Int
    package var positives: Int
    package var weight: Double
    package var positiveWeight: Double

    package init(rows: Int, positives: Int, weight: Double, positiveWeight: Double) {
      self.rows = rows
      self.positives = positives
      self.weight = weight
      self.positiveWeight = positiveWeight
    }
  }

  private let rule: LabelRule
  private let isBinary: Bool
  private let origin: Origin
  package var negatives = LabelTexts()
  private var counts = Counts(rows: 0, positives: 0, weight: 0, positiveWeight: 0)

  /// - Parameter isBinary: whether labels are of a positive and a negative class.
  package init(_ rule: LabelRule, isBinary: Bool, origin: Origin) {
    self.rule = rule
    self.isBinary = isBinary
    self.origin = origin
  }

  /// Counts an item's rows whose turn has come.
  package mutating func take(_ item: PipelineItem) {
    negatives.take(&item.featurizer)
    counts.rows += item.batch.rowCount
    for row in 0..<item.batch.rowCount {
      let weight = Double(item.batch.weights[row])
      counts.weight += weight
      guard isBinary, item.batch.labels[row] > 0 else { continue }
      counts.positives += 1
      counts.positiveWeight += weight
    }
  }

  /// Says what was counted by `take`.
  package func report(_ notices: NoticeBoard) { report(counts, notices) }

  /// - Parameter counts: of the rows that matter, counted elsewhere.
  package func report(_ counts: Counts, _ notices: NoticeBoard) {
    guard counts.rows > 0 else { return }
    for line in lines(counts) { notices.post(line) }
  }

  func lines(_ counts: Counts) -> [String] {
    guard isBinary else { return weightLines(counts) }
    var lines: [String] = []
    if counts.positives == 0 {
      lines.append("warning: no row is positive\(textsInBrackets); \(cureOfNoPositives)")
    } else if counts.positives == counts.rows, negatives.rows == 0 {
      lines.append("warning: every row is positive; is \(origin.label) right?")
    } else {
      lines += weightLines(counts)
    }
    guard case .positive(let positive) = rule else { return lines }
    for miss in negatives.nearMisses(of: positive) {
      lines.append(
        "warning: the label \"\(miss.text.display)\" is nearly the positive "
          + "\"\(positive.display)\" (\(miss.difference)), and was taken as negative in "
          + "\(NumberText.grouped(miss.rows)) rows: \(cure(of: miss))")
    }
    if counts.positives > 0, negatives.rows > 0 {
      lines.append(
        "labels: positive: \(positive.display) \(NumberText.grouped(counts.positives)); negative: "
          + texts)
    }
    return lines
  }

  private func weightLines(_ counts: Counts) -> [String] {
    if counts.weight == 0 {
      return ["warning: every row has the weight 0; is \(origin.weight) right?"]
    }
    guard isBinary else { return [] }
    if counts.positives > 0, counts.positiveWeight <= 0 {
      return ["warning: every positive row has the weight 0; is \(origin.weight) right?"]
    }
    // A difference of sums: very small weights are lost in the rounding of very large ones.
    if counts.positives < counts.rows, counts.weight - counts.positiveWeight <= 0 {
      return [
        "warning: the negative rows weigh nothing beside the positive ones; is \(origin.weight) right?"
      ]
    }
    return []
  }

  /// Texts taken as negative, the most frequent first.
  private var texts: String {
    var shown = negatives.entries.sorted { $0.rows > $1.rows }.prefix(8).map {
      "\($0.text.display) \(NumberText.grouped($0.rows))"
    }
    let rest =
      negatives.rows
      - negatives.entries.sorted { $0.rows > $1.rows }.prefix(8)
      .reduce(0) { $0 + $1.rows }
    if rest > 0 { shown.append("others \(NumberText.grouped(rest))") }
    return shown.joined(separator: ", ")
  }

  private var textsInBrackets: String {
    guard case .positive(let positive) = rule, negatives.rows > 0 else { return "" }
    return ": the positive label is \"\(positive.display)\"; negative: \(texts)"
  }

  private var cureOfNoPositives: String {
    switch (rule, origin) {
    case (.positive, .options): "is --positive right?"
    case (.positive, .model): "are these the labels that the model was trained on?"
    default: "is \(origin.label) right?"
    }
  }

  private func cure(of miss: LabelTexts.NearMiss) -> String {
    switch origin {
    case .options: "give --positive '\(miss.text.display)', or write the labels in one way"
    case .model: "write the labels as they were in training"
    }
  }
}

extension LabelBook.Origin {
  fileprivate var label: String { self == .options ? "--label" : "the label column" }
  fileprivate var weight: String { self == .options ? "--weight" : "the weight column" }
}
