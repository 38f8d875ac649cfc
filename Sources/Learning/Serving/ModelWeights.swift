package import SparseBatches

/// A finished model's weights, whatever its loss.
package struct ModelWeights: ~Copyable, Sendable {
  private let loss: ModelLoss
  // The one that the loss has no use for is empty.
  private let linear: LinearModelWeights
  private let classes: ClassModelWeights

  /// - Parameters:
  ///   - biases: one for each of the loss's outputs.
  ///   - slots: rising for one output, not falling for several; below 2^bits.
  ///   - outputs: the output of each weight; not looked at when there is but one.
  /// - Throws: `RunFailure` (usage) when there is no memory for the weights.
  package init(
    loss: ModelLoss, bits: Int, biases: [Double], slots: [UInt32], outputs: [UInt32],
    weights: [Float]
  ) throws(RunFailure) {
    precondition(biases.count == loss.outputs, "each output has a bias")
    let hasClasses = loss.outputs > 1
    let (noSlots, noWeights): ([UInt32], [Float]) = ([], [])
    let linear = try LinearModelWeights(
      bits: hasClasses ? 0 : bits, bias: biases[0],
      slots: hasClasses ? noSlots.span : slots.span,
      weights: hasClasses ? noWeights.span : weights.span)
    let classes = try ClassModelWeights(
      biases: biases, slots: hasClasses ? slots : noSlots, outputs: hasClasses ? outputs : noSlots,
      weights: hasClasses ? weights : noWeights)
    self.loss = loss
    self.linear = linear
    self.classes = classes
  }

  /// The weight of a slot for one of the outputs; 0 when the model has none for it.
  package func weight(slot: UInt32, output: Int) -> Float {
    loss.outputs > 1 ? classes.weight(slot: slot, output: output) : linear.weight(slot: slot)
  }

  /// What the model says of the rows of `batch`: log-odds of the positive class for logistic and
  /// probit, the predicted number for squared, one margin a class, side by side, for softmax.
  package func predict(
    _ batch: borrowing SparseBatch, into scores: inout GrowableBuffer<Double>
  ) {
    if loss.outputs > 1 { return classes.predict(batch, into: &scores) }
    linear.predict(batch, into: &scores)
    guard loss == .probit else { return }
    for row in 0..<scores.count { scores[row] = ProbitLoss.logOdds(margin: scores[row]) }
  }
}
