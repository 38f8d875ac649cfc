internal import ElementaryMath
internal import Evaluation
internal import Featurizing
internal import Learning
package import ModelFile
package import RowStream
package import Scoring
package import SparseBatches

/// Counts the rows of one window after another, in the bins of a profile.
package struct WindowCounter {
  let profile: TrainingProfile
  let model: ServedModel
  let csv: CSVSchema?
  private(set) var columns: [ColumnCounts]
  private(set) var predictions: PredictionBins?
  /// Rows that are whole.
  private(set) var rows = 0
  private(set) var positives = 0
  private(set) var labelled = 0
  private(set) var metrics = WindowCounter.emptyMetrics
  /// Of rows that name their own features.
  private(set) var features = 0
  private(set) var unknownFeatures = 0

  /// Texts of categories are looked at in one row of so many.
  package static let textStride = 4
  /// Distinct predictions of a window up to which AUC is exact.
  private static let scores = 1 << 16
  private static var emptyMetrics: BinaryMetrics { BinaryMetrics(capacity: scores) }

  /// - Throws: badData when the profile is not one of the model's columns.
  package init(_ profile: TrainingProfile, _ model: ServedModel) throws(RunFailure) {
    self.profile = profile
    self.model = model
    let schema = model.header.schema
    if case .csv(let csv) = schema.source { self.csv = csv } else { csv = nil }
    let indices = ProfiledColumns.indices(of: schema)
    let names =
      csv.map { csv in indices.map { csv.columns[$0].name } }
      ?? TrainingProfile.lineColumns.map { ByteText($0) }
    guard names == profile.columns.map(\.name) else {
      throw RunFailure(
        .badData, "the model's profile is not one of its columns",
        cure: "restore the model from a copy, or train it again")
    }
    columns = profile.columns.enumerated().map { [csv] place, column in
      ColumnCounts(
        column, role: csv.map { $0.columns[indices[place]].role }, clip: csv?.clip ?? 0)
    }
    predictions = try profile.predictions.flatMap { predictions throws(RunFailure) in
      PredictionBins(predictions, try model.header.adjustment())
    }
  }

  /// Begins the next window.
  mutating func removeAll() {
    for column in columns.indices { columns[column].removeAll() }
    predictions?.removeAll()
    (rows, positives, labelled, features, unknownFeatures) = (0, 0, 0, 0, 0)
    metrics = Self.emptyMetrics
  }

  /// Adds some of the good rows of an item whose margins were predicted.
  package mutating func add(_ good: Range<Int>, of item: PipelineItem) {
    rows += good.count
    if let profiled = item.featurizer.profiled {
      addColumns(good, profiled)
    } else {
      addLines(good, item.batch)
    }
    guard model.loss.outputs == 1 else { return }
    for row in good { predictions?.add(item.margins[row]) }
    guard model.loss.isBinary else { return }
    for row in good where !item.batch.labels[row].isNaN {
      let label = item.batch.labels[row] > 0
      labelled += 1
      positives += label ? 1 : 0
      metrics.add(
        margin: item.margins[row], probability: Elementary.sigmoid(item.margins[row]),
        label: label, weight: Double(item.batch.weights[row]))
    }
  }

  /// Values were taken of every good row, so that both have the same numbers.
  private mutating func addColumns(_ good: Range<Int>, _ profiled: ProfiledRows) {
    let mask = model.header.schema.hashing.mask
    for row in good {
      let start = row * profiled.stride + 1
      for column in columns.indices {
        columns[column].add(ProfileCell(bits: profiled.cells[start + column])) { [model] in
          model.isKnown(slot: $0 & mask)
        }
      }
    }
    for index in 0..<profiled.rowsWithTexts.count {
      let row = Int(profiled.rowsWithTexts[index])
      guard good.contains(row) else { continue }
      let start = row * profiled.stride + 1
      for column in columns.indices {
        columns[column].addText(ProfileCell(bits: profiled.cells[start + column])) {
          profiled.text(index, column: column)
        }
      }
    }
  }

  private mutating func addLines(_ good: Range<Int>, _ batch: borrowing SparseBatch) {
    for row in good {
      for column in columns.indices {
        let word = LineProfile.word(column + 1, of: batch, row: row)
        columns[column].add(ProfileCell(bits: word)) { _ in true }
      }
      for index in batch.features(ofRow: row) {
        features += 1
        if !model.isKnown(slot: batch.slots[index]) { unknownFeatures += 1 }
      }
    }
  }

  /// What a window's labels say; nil without any.
  mutating func summary() -> BinarySummary? { labelled > 0 ? metrics.summary() : nil }
}

/// Predictions in the bins of a profile, as they are served.
struct PredictionBins {
  /// Served margins; ascending.
  let edges: [Double]
  /// Of the profile, scaled to the rows that they are worth.
  let reference: [Double]
  private(set) var counts: [Int]
  private(set) var sum = 0.0

  /// A calibrator may map several margins to one: their bins are joined.
  init(_ predictions: TrainingProfile.Predictions, _ adjustment: MarginAdjustment) {
    var edges: [Double] = []
    var reference = [predictions.late.first ?? 0]
    for (edge, share) in zip(predictions.edges, predictions.late.dropFirst()) {
      let served = adjustment.applied(to: edge)
      if let last = edges.last, served <= last {
        reference[reference.count - 1] += share
      } else {
        edges.append(served)
        reference.append(share)
      }
    }
    self.edges = edges
    self.reference = reference.map { $0 * predictions.lateRows }
    counts = Array(repeating: 0, count: edges.count + 1)
  }

  mutating func removeAll() {
    for bin in counts.indices { counts[bin] = 0 }
    sum = 0
  }

  mutating func add(_ margin: Double) {
    guard margin.isFinite else { return }
    counts[TrainingProfile.Numbers.bin(of: margin, edges)] += 1
    sum += margin
  }
}
