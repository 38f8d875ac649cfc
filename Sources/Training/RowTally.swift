internal import Checkpoints
internal import ElementaryMath
internal import Featurizing
internal import Learning
internal import ModelFile
internal import RowStream
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

  /// Rows of the stream that were not held out and not bad.
  var rowsSeen: Int { rows + sampledOut }
  /// The same by class.
  var classes: (negatives: Int, positives: Int) { (rows - positives + sampledOut, positives) }
  /// Fraction of the negatives that sampling kept, as counted: the shift and the weights are those of
  /// the rows that are there, whichever the lot fell on.
  ///
  /// - Parameter planned: what it was to be; 1: nothing was sampled. In force while none was kept.
  func shareKept(planned: Double) -> Double {
    let kept = rows - positives
    guard planned < 1, isBinary, kept > 0 else { return planned }
    return Double(kept) / Double(kept + sampledOut)
  }
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
    let clipped = pipeline.clipped.byName(pipeline.schema)
    statistics.clipped = clipped.isEmpty ? nil : clipped
    return statistics
  }
}

extension RowTally {
  /// What a state says of it.
  var share: StateShare {
    var share = StateShare()
    share.learnedRows = rows
    share.positives = positives
    share.sampledOut = sampledOut
    share.features = features
    share.weight = StoredSum(weight)
    share.positiveWeight = StoredSum(positiveWeights)
    return share
  }

  /// - Parameter share: of a run of such a loss.
  init(isBinary: Bool, _ share: StateShare) {
    self.init(isBinary: isBinary)
    rows = share.learnedRows
    positives = share.positives
    sampledOut = share.sampledOut
    features = share.features
    weight = share.weight.sum
    positiveWeights = share.positiveWeight.sum
  }

  package func encode(into writer: inout ByteWriter) {
    writer.append(rows)
    writer.append(positives)
    writer.append(features)
    writer.append(weight)
    writer.append(positiveWeights)
    writer.append(sampledOut)
  }

  package mutating func restore(from reader: inout ByteReader) throws(RunFailure) {
    rows = try reader.readTally()
    positives = try reader.readTally()
    features = try reader.readTally()
    weight = try reader.readSum()
    positiveWeights = try reader.readSum()
    sampledOut = try reader.readTally()
    let isSound =
      positives <= (isBinary ? rows : 0) && weight.value.isFinite && positiveWeight.isFinite
      && weight.leading >= 0 && positiveWeights.leading >= 0
      // Both are rounded, each in its own way.
      && positiveWeight <= totalWeight * (1 + 1e-9)
      && (rows > 0 || features == 0 && totalWeight == 0)
      && (positives > 0 || positiveWeight == 0) && (isBinary || sampledOut == 0)
    guard isSound else { throw reader.failure("its counts of rows contradict each other") }
  }
}

extension RowTally {
  /// - Throws: badData when one class has no weight.
  func weightOfBoth() throws(RunFailure) -> (positive: Double, negative: Double) {
    let (positive, negative) = (positiveWeight, totalWeight - positiveWeight)
    guard positive > 0, negative > 0 else {
      throw RunFailure(
        .badData,
        "--population-rate needs rows of both classes to learn from, found none "
          + (positive > 0 ? "negative" : "positive"),
        cure: "is --positive right? are all rows of one class?")
    }
    return (positive, negative)
  }
}
