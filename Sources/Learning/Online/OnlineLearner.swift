internal import CKernels
package import Processor
package import SparseBatches

/// Online learning of one margin: the loops of the optimizers, each of which is a `CoordinateRule`.
///
/// With `batchSize` B = 1 each row is learned at once. With B > 1 the margins of B consecutive rows
/// of the stream are taken at the weights before the first of them, then each coordinate is updated
/// once by the sum of its gradients in row order. Where the stream is cut into `SparseBatch`es
/// never matters.
///
/// Steady state allocates nothing: memory is the table, and scratch as long as the longest row
/// (B = 1) or as the distinct slots of a mini-batch (B > 1).
package struct OnlineLearner<Rule: CoordinateRule, Loss: MarginLoss>: ~Copyable, Sendable {
  package typealias Slot = Rule.Block.Slot

  package let parameters: Rule.Parameters
  /// Rows per update.
  package let batchSize: Int

  package internal(set) var progress = ProgressiveLoss()
  package internal(set) var margins: GrowableBuffer<Double>
  /// What labels are measured in.
  package var target = TargetScale.unscaled

  internal var rule: Rule
  internal var table: SlotTable<Slot>
  internal var biasState = Rule.Bias()
  /// Updates made so far: what the rounding bits are counted by.
  internal var updates: UInt64 = 0
  internal var row: RowScratch<Rule>
  /// The same for rows that a kernel learns.
  internal var kernelBlocks = GrowableBuffer<lrs_ftrl_block>()
  /// Of the last rows.
  private var losses = GrowableBuffer<Double>()
  /// What kernels use; nil: the Swift form learns every row.
  internal let path: lrs_path?
  internal var pending: PendingMiniBatch<Rule>

  /// - Parameters:
  ///   - bits: 0…30; the table has 2^bits slots.
  ///   - path: the instructions of kernels; nil: none is used. The bits are the same.
  /// - Throws: `RunFailure` (usage) when `batchSize` < 1 or there is no memory for the table.
  package init(
    bits: Int, parameters: Rule.Parameters, batchSize: Int = 1,
    path: ProcessorPath? = .chosen
  ) throws(RunFailure) {
    guard batchSize >= 1 else {
      throw RunFailure(.usage, "--batch-size is \(batchSize)", cure: "give 1 or more")
    }
    let table = try SlotTable<Slot>(bits: bits)
    self.parameters = parameters
    self.batchSize = batchSize
    self.path = path?.code
    self.table = table
    rule = Rule(parameters)
    margins = GrowableBuffer()
    row = RowScratch()
    pending = PendingMiniBatch()
  }

  package var bits: Int { table.bits }

  /// b, the intercept, as a model gets it.
  package var bias: Double { biasState.servedWeight(rule) }

  /// b as rows are learned from it.
  internal var learnedBias: Double { biasState.weight(rule) }

  /// A weight as a model gets it, in the precision in which it is learned.
  package func exactWeight(slot: UInt32) -> Double { rule.servedWeight(table[slot]) }

  package func weight(slot: UInt32) -> Float { Float(exactWeight(slot: slot)) }

  internal mutating func learnRows(_ batch: borrowing SparseBatch) throws(NonFiniteRow) {
    margins.removeAll()
    let outcome: Result<Void, NonFiniteRow>
    do throws(NonFiniteRow) {
      if batchSize == 1 {
        try learnOnline(batch)
      } else {
        try learnInMiniBatches(batch)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    addLosses(of: batch)
    try outcome.get()
  }

  /// Losses are summed apart from the updates: here consecutive rows do not wait for each other.
  private mutating func addLosses(of batch: borrowing SparseBatch) {
    let count = margins.count
    losses.removeAll()
    while losses.count < count {
      if let path, target == .unscaled {
        Loss.addLosses(margins, batch.labels, path, to: &losses)
      }
      // Those that a kernel leaves, and all where there is none.
      for row in losses.count..<min(losses.count + 4, count) {
        losses.append(
          Loss.loss(margin: margins[row], label: target.scaled(batch.labels[row])))
      }
    }
    for row in 0..<count {
      progress.add(loss: losses[row], weight: Double(batch.weights[row]))
    }
  }

  internal func predictRows(
    _ batch: borrowing SparseBatch, into margins: inout GrowableBuffer<Double>
  ) {
    margins.removeAll()
    margins.reserve(batch.rowCount)
    for index in 0..<batch.rowCount {
      let features = RowFeatures(batch, row: index)
      margins.append(features.margin(bias: bias) { Double(weight(slot: features.slot($0))) })
    }
  }
}

extension OnlineLearner {
  package func losses(
    of batch: borrowing SparseBatch, at margins: borrowing GrowableBuffer<Double>,
    into losses: inout GrowableBuffer<Double>
  ) {
    losses.removeAll()
    for row in 0..<batch.rowCount {
      losses.append(Loss.loss(margin: margins[row], label: target.scaled(batch.labels[row])))
    }
  }

  package mutating func serveLastWeights(_ isOn: Bool) { rule.serveLastWeights(isOn) }
}

/// FTRL-proximal. It minimises, in one pass over the rows,
///
///     Σ s·ℓ(b + w·x, y) + λ1‖w‖₁ + (λ2/2)‖w‖₂²,    b unpenalised
///
/// (McMahan et al. 2013, Algorithm 1; formulas in FTRL.swift).
package typealias FTRLProximal<Loss: MarginLoss> = OnlineLearner<FTRLCoordinates, Loss>

/// Stochastic gradient descent with importance-invariant steps; formulas in SGD.swift.
package typealias StochasticGradient<Loss: MarginLoss> = OnlineLearner<SGDCoordinates, Loss>

/// AdaGrad; formulas in AdaGrad.swift.
package typealias AdaGrad<Loss: MarginLoss> = OnlineLearner<AdaGradCoordinates, Loss>

/// Labels y are learned as (y − mean)/deviation, so that a rate suits them whatever their unit.
package struct TargetScale: BitwiseCopyable, Equatable, Sendable {
  package let mean: Double
  /// Above 0.
  package let deviation: Double
  private let inverseDeviation: Double

  package static var unscaled: TargetScale { TargetScale(mean: 0, deviation: 1) }

  package init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
    inverseDeviation = 1 / deviation
  }

  @inline(__always)
  package func scaled(_ label: Float) -> Double { (Double(label) - mean) * inverseDeviation }
}
