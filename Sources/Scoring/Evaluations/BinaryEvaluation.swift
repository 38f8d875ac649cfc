package import Configuration
internal import ElementaryMath
package import Evaluation
internal import Featurizing
package import Learning
package import RowStream
package import SparseBatches

/// What is known of a row's prediction.
package enum RowScore {
  /// Log-odds: the loss is exact however far out.
  case margin(Double)
  case probability(Double)
}

/// All figures of one pass over predictions of a binary label.
package struct BinaryEvaluation {
  package let configuration: EvaluationConfiguration
  private(set) var metrics = BinaryMetrics()
  package private(set) var segments: SegmentTable?
  package private(set) var groups: GroupRanking?
  private let negativeFactor: Double

  package init(_ configuration: EvaluationConfiguration) {
    self.configuration = configuration
    negativeFactor = 1 / configuration.negativesKept
    if configuration.by != nil { segments = SegmentTable() }
    groups = configuration.grouping.map { GroupRanking(cutoff: $0.cutoff) }
  }

  /// Adds a row of an item's batch.
  package mutating func add(_ score: RowScore, row: Int, of item: PipelineItem) {
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
      texts.append(Blanks.trimmed(field))
    }
    segments?.add(
      name: texts[0], prediction: probability, loss: loss, label: label, weight: scaled)
    groups?.add(
      group: GroupKey(texts[texts.count - 1]), score: ranked, label: label, weight: weight)
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
  package mutating func figures(rows: Int, badRows: Int) -> BinaryFigures {
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
package struct BinaryFigures {
  /// Data rows of the stream, bad ones included.
  package var rows: Int
  package var badRows: Int
  package var summary: BinarySummary
  /// The decisions that call the top shares of the rows positive.
  package var tops: [(share: Double, decision: Decision?)]
  package var bestF1: Decision?
  /// nil unless costs were given.
  package var costs: CostFigures?
  /// The column of `segments`.
  package var by: String?
  package var segments: [SegmentSummary]?
  package var grouping: EvaluationConfiguration.Grouping?
  package var groups: GroupSummary?
}

/// Decisions when mistakes have costs.
package struct CostFigures {
  package var costs: DecisionCosts
  package var cheapest: CostedDecision?
  /// At the threshold that is best if probabilities mean what they say.
  package var calibrated: CostedDecision?
}

/// All figures of one pass over a model's predictions: the many of a binary label, or the few of other
/// losses.
package struct ModelEvaluation {
  /// nil for losses of other labels.
  private var binary: BinaryEvaluation?
  private var others: ModelMetrics

  /// - Throws: usage when figures of a binary label are asked for and the model has none.
  package init(_ configuration: EvaluationConfiguration, _ loss: ModelLoss) throws(RunFailure) {
    others = ModelMetrics(loss, isDetailed: configuration.report != nil)
    switch loss {
    case .logistic, .probit: binary = BinaryEvaluation(configuration)
    case .softmax, .squared:
      let words = loss == .squared ? "a number" : "one of several classes"
      for (option, isGiven) in configuration.binaryOptions where isGiven {
        throw RunFailure(
          .usage, "\(option) needs predictions of two classes; this model predicts \(words)",
          cure: "drop it")
      }
    }
  }

  /// Adds the rows of an item whose margins were predicted.
  package mutating func add(_ item: PipelineItem) {
    guard binary != nil else { return others.add(item.batch, scores: item.margins) }
    for row in 0..<item.batch.rowCount {
      binary?.add(.margin(item.margins[row]), row: row, of: item)
    }
  }

  /// - Parameters:
  ///   - rows: of the stream, bad ones included.
  ///   - badRows: how many of them were left out.
  package mutating func figures(rows: Int, badRows: Int) -> EvaluationFigures {
    if let figures = binary?.figures(rows: rows, badRows: badRows) { return .binary(figures) }
    return .other(others.summary(), rows: rows, badRows: badRows)
  }
}

/// What an evaluation found, as plain values.
package enum EvaluationFigures {
  /// Of a binary label.
  case binary(BinaryFigures)
  /// Of other labels; rows of the stream, and how many of them were bad.
  case other(ModelSummary, rows: Int, badRows: Int)
}
