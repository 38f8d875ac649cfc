internal import ElementaryMath
internal import ModelFile
internal import SparseBatches

/// Counts the rows that a model was trained on.
struct RowTally {
  /// Whether labels are of a positive and a negative class.
  private let isBinary: Bool
  private(set) var rows = 0
  /// Negatives that sampling left out.
  private(set) var sampledOut = 0
  private(set) var positives = 0
  private var features = 0
  private var weight = CompensatedSum()
  private var positiveWeights = CompensatedSum()

  /// Rows of the stream that were not held out, by class.
  var classes: (negatives: Int, positives: Int) { (rows - positives + sampledOut, positives) }
  /// Sum of the weights.
  var totalWeight: Double { weight.value }
  /// Sum of those of positives.
  var positiveWeight: Double { positiveWeights.value }

  init(isBinary: Bool) { self.isBinary = isBinary }

  mutating func count(_ batch: borrowing SparseBatch) {
    rows += batch.rowCount
    features += batch.slots.count
    for row in 0..<batch.rowCount {
      let rowWeight = Double(batch.weights[row])
      weight.add(rowWeight)
      if isBinary, batch.labels[row] > 0 {
        positives += 1
        positiveWeights.add(rowWeight)
      }
    }
  }

  mutating func countSampledOut(_ rows: Int) { sampledOut += rows }

  /// - Parameter pipeline: the pass that read the input.
  func statistics(
    _ pipeline: RowPipeline, progressiveLoss: Double?
  ) -> ModelHeader.Statistics {
    var statistics = ModelHeader.Statistics()
    statistics.rows = pipeline.rows
    statistics.badRows = pipeline.badRows.count
    statistics.positives = positives
    statistics.features = features
    statistics.weight = weight.value
    statistics.positiveWeight = positiveWeight
    statistics.progressiveLoss = progressiveLoss
    return statistics
  }

  /// Says when there was nothing to tell apart.
  func warn(_ notices: NoticeBoard) {
    guard isBinary, rows > 0 else { return }
    if positives == 0 {
      notices.post("warning: no row is positive; is --positive right?")
    } else if positives == rows {
      notices.post(
        sampledOut == 0
          ? "warning: every row is positive; is --label right?"
          : "warning: no negative was kept: raise --keep-negatives")
    }
  }
}

extension RowTally {
  func encode(into writer: inout ByteWriter) {
    writer.append(rows)
    writer.append(positives)
    writer.append(features)
    writer.append(weight)
    writer.append(positiveWeights)
    writer.append(sampledOut)
  }

  mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    rows = try reader.readTally()
    positives = try reader.readTally()
    features = try reader.readTally()
    weight = try reader.readSum()
    positiveWeights = try reader.readSum()
    sampledOut = try reader.readTally()
  }
}
