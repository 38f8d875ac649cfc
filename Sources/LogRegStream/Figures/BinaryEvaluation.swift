internal import ElementaryMath
internal import Evaluation
internal import Featurizing
internal import SparseBatches

/// What is known of a row's prediction.
enum RowScore {
  /// Log-odds: the loss is exact however far out.
  case margin(Double)
  case probability(Double)
}

/// All figures of one pass over predictions of a binary label.
struct BinaryEvaluation {
  let configuration: EvaluationConfiguration
  private(set) var metrics = BinaryMetrics()
  private(set) var segments: SegmentTable?
  private(set) var groups: GroupRanking?
  private let negativeFactor: Double

  init(_ configuration: EvaluationConfiguration) {
    self.configuration = configuration
    negativeFactor = 1 / configuration.negativesKept
    if configuration.by != nil { segments = SegmentTable() }
    groups = configuration.grouping.map { GroupRanking(cutoff: $0.cutoff) }
  }

  /// Adds a row of an item's batch.
  mutating func add(_ score: RowScore, row: Int, of item: PipelineItem) {
    let label = item.batch.labels[row] > 0
    let weight = item.batch.weights[row]
    let scaled = label ? Double(weight) : Double(weight) * negativeFactor
    let (ranked, probability, loss) = Self.resolve(score, label)
    switch score {
    case .margin(let margin):
      metrics.add(margin: margin, probability: probability, label: label, weight: scaled)
    case .probability: metrics.add(probability: probability, label: label, weight: scaled)
    }
    guard segments != nil || groups != nil else { return }
    var texts: [[UInt8]] = []
    item.featurizer.forEachIdentifier(ofRow: Int(item.batch.rowsInChunk[row])) { field in
      texts.append(Self.trimmed(field))
    }
    segments?.add(
      name: texts[0], prediction: probability, loss: loss, label: label, weight: scaled)
    groups?.add(
      group: GroupKey(texts[texts.count - 1]), score: ranked, label: label, weight: weight)
  }

  /// Blanks around a field do not belong to it, as when it is learned from.
  private static func trimmed(_ field: Span<UInt8>) -> [UInt8] {
    var (start, end) = (0, field.count)
    while start < end, field[start] == UInt8(ascii: " ") { start += 1 }
    while start < end, field[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return (start..<end).map { field[$0] }
  }

  private static func resolve(
    _ score: RowScore, _ label: Bool
  ) -> (ranked: Double, probability: Double, loss: Double) {
    switch score {
    case .margin(let margin):
      (margin, Elementary.sigmoid(margin), Elementary.softplus(label ? -margin : margin))
    case .probability(let probability):
      (probability, probability, BinaryMetrics.loss(probability: probability, label: label))
    }
  }

  /// The figures of all rows so far.
  ///
  /// - Parameters:
  ///   - rows: of the stream, bad ones included.
  ///   - badRows: how many of them were left out.
  mutating func figures(rows: Int, badRows: Int) -> BinaryFigures {
    let table = metrics.decisions()
    let costs = configuration.costs.map {
      DecisionCosts(falsePositive: $0.falsePositive, falseNegative: $0.falseNegative)
    }
    return BinaryFigures(
      rows: rows, badRows: badRows, summary: metrics.summary(),
      tops: DecisionTable.reportedShares.map { ($0, table.top($0)) }, bestF1: table.bestF1,
      costs: costs.map { costs in
        CostFigures(
          costs: costs, cheapest: table.cheapest(costs),
          calibrated: table.at(threshold: costs.calibratedThreshold, costs))
      },
      by: configuration.by, segments: segments?.summaries, grouping: configuration.grouping,
      groups: groups?.summary())
  }
}

/// What an evaluation of a binary label found, as plain values.
struct BinaryFigures {
  /// Data rows of the stream, bad ones included.
  var rows: Int
  var badRows: Int
  var summary: BinarySummary
  /// The decisions that call the top shares of the rows positive.
  var tops: [(share: Double, decision: Decision?)]
  var bestF1: Decision?
  /// nil unless costs were given.
  var costs: CostFigures?
  /// The column of `segments`.
  var by: String?
  var segments: [SegmentSummary]?
  var grouping: EvaluationConfiguration.Grouping?
  var groups: GroupSummary?
}

/// Decisions when mistakes have costs.
struct CostFigures {
  var costs: DecisionCosts
  var cheapest: CostedDecision?
  /// At the threshold that is best if probabilities mean what they say.
  var calibrated: CostedDecision?
}
