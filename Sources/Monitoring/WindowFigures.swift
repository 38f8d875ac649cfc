internal import ElementaryMath
package import Evaluation
package import Featurizing
internal import Learning
internal import ModelFile
internal import Scoring

/// The figures of one window, held against those of the rows trained on.
package struct WindowFigures {
  /// A share of rows, and what it was in training.
  package struct Share {
    package var value: Double
    package var training: Double
  }

  package struct Column {
    package var name: ByteText
    /// Rows that hold something.
    package var present: Int
    package var missing: Share
    /// How the values that are there are spread; nil where either side has none.
    package var divergence: Divergence?
    /// Of categories: the share that the model has no weight for; training: of fresh rows.
    package var unseen: Share?
    /// Of numbers.
    package var clipped: Share?
    /// The bin that changed most, in words.
    package var change: String?
    /// A frequent value that is not among those of the profile.
    package var newcomer: Newcomer?
  }

  package struct Predictions {
    package var divergence: Divergence?
    /// Whether the profile's are of rows that the model had not learned.
    package var areComparable: Bool
    package var change: String?
    /// Mean margin.
    package var mean: Double
  }

  package struct Labels {
    package var rows: Int
    /// Of positives; training nil where what the model learned from says nothing about it.
    package var rate: Double
    package var rateInTraining: Double?
    package var summary: BinarySummary
    package var logLossInTraining: Double?
    package var aucInTraining: Double?
  }

  /// From 1.
  package var number: Int
  /// What its rows hold in the column that makes windows; nil: windows are counted by rows.
  package var text: String?
  /// Rows of the stream, from 1.
  package var firstRow: Int
  package var lastRow: Int
  package var rows: Int
  package var badRows: Int
  package var columns: [Column]
  /// Of rows that name their own features: how many have no weight.
  package var unseen: Share?
  package var predictions: Predictions?
  package var labels: Labels?
  /// What was judged, the worst first.
  package var findings: [Finding] = []

  package var crossings: [Finding] { findings.filter(\.isCrossed) }
}

extension WindowCounter {
  /// Which rows of the stream a window has.
  package struct Place {
    package var number: Int
    package var text: String?
    package var firstRow: Int
    package var lastRow: Int
    package var badRows: Int

    package init(number: Int, text: String?, firstRow: Int, lastRow: Int, badRows: Int) {
      self.number = number
      self.text = text
      self.firstRow = firstRow
      self.lastRow = lastRow
      self.badRows = badRows
    }
  }

  /// Ends a window, and begins the next one.
  package mutating func figures(_ place: Place) -> WindowFigures {
    var figures = WindowFigures(
      number: place.number, text: place.text, firstRow: place.firstRow, lastRow: place.lastRow,
      rows: rows, badRows: place.badRows,
      columns: zip(columns, profile.columns).map { column($0, $1) }, unseen: unseenShare,
      predictions: predictionFigures, labels: nil)
    if let summary = summary() { figures.labels = labels(summary) }
    removeAll()
    return figures
  }

  private static func share(_ count: Int, _ all: Int) -> Double {
    all > 0 ? Double(count) / Double(all) : 0
  }

  private func column(
    _ counts: ColumnCounts, _ training: TrainingProfile.Column
  ) -> WindowFigures.Column {
    let before = training.bins(of: profile).map { Double($0.all) }
    let now = counts.bins.map { Double($0) }
    var figures = WindowFigures.Column(
      name: counts.name, present: counts.present,
      missing: WindowFigures.Share(
        value: Self.share(counts.missing, rows),
        training: Self.share(training.missing.all, profile.rows.all)),
      divergence: Divergence(reference: before, sample: now))
    figures.change = BinWords.change(of: training, before: before, now: now)
    switch training.content {
    case .numbers(let numbers):
      figures.clipped = WindowFigures.Share(
        value: Self.share(counts.clipped, counts.present),
        training: Self.share(numbers.clipped.all, (profile.rows - training.missing).all))
    case .lengths: break
    case .values(let values):
      figures.unseen = training.unknown.map {
        WindowFigures.Share(value: Self.share(counts.unseen, counts.present), training: $0)
      }
      figures.newcomer = counts.others.first
      let fewest = TrainingProfile.fewestRows(ofValue: profile.rows.all)
      let isFull = values.count == TrainingProfile.mostValues
      figures.newcomer?.before = isFull ? max(fewest, values[values.count - 1].rows.all) : fewest
    }
    return figures
  }

  private var unseenShare: WindowFigures.Share? {
    profile.unknown.map {
      WindowFigures.Share(value: Self.share(unknownFeatures, features), training: $0)
    }
  }

  private var predictionFigures: WindowFigures.Predictions? {
    guard let predictions, let profiled = profile.predictions else { return nil }
    let now = predictions.counts.map { Double($0) }
    return WindowFigures.Predictions(
      divergence: Divergence(reference: predictions.reference, sample: now),
      areComparable: profiled.areFresh,
      change: BinWords.change(ofPredictions: predictions, now: now, isBinary: model.loss.isBinary),
      mean: rows > 0 ? predictions.sum / Double(rows) : 0)
  }

  private func labels(_ summary: BinarySummary) -> WindowFigures.Labels {
    let header = model.header
    let measured = (header.holdout ?? header.stream).map { $0.after ?? $0.before }
    // Negatives that were missing before the rows came: their share is not known from these rows.
    let isWhole =
      header.correction.map {
        $0.negativesKept == 1 && $0.populationRate == nil && !$0.hasFakeNegatives
      } ?? true
    return WindowFigures.Labels(
      rows: labelled, rate: Self.share(positives, labelled),
      rateInTraining: isWhole && profile.labelled.all > 0
        ? Self.share(profile.positives.all, profile.labelled.all) : nil,
      summary: summary, logLossInTraining: measured?.logLoss, aucInTraining: measured?.auc)
  }

  /// Rows that the figures of training are of.
  var measuredRows: Int {
    let header = model.header
    return (header.holdout ?? header.stream).map { ($0.after ?? $0.before).rows } ?? 0
  }
}
