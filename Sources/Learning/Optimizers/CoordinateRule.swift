package import SparseBatches

/// What an optimizer does to one coordinate, four at a time, and to the bias: all in which the
/// optimizers differ. `OnlineLearner` and `SoftmaxLearner` hold the loops.
///
/// Everything is element-wise, so a coordinate's result does not depend on its lane.
package protocol CoordinateRule: BitwiseCopyable, Sendable {
  associatedtype Parameters: Equatable, Sendable
  associatedtype Block: CoordinateBlock
  associatedtype Bias: BiasState where Bias.Rule == Self
  /// What moves with the rows, apart from the coordinates.
  associatedtype Moment: Equatable, Sendable, WordCoded

  init(_ parameters: Parameters)

  var moment: Moment { get set }

  /// The weights as of now, in which every penalty due is taken.
  func weights(_ state: Block) -> SIMD4<Double>

  /// The state after an update by `gradients`, made at `weights`.
  ///
  /// - Parameter bits: random, for rounding.
  func updated(
    _ state: Block, weights: SIMD4<Double>, gradients: SIMD4<Double>, bits: SIMD4<UInt64>
  ) -> Block

  /// What a row's values are multiplied by to give its share of the gradients.
  func factor<Loss: MarginLoss>(
    _ loss: Loss.Type, margin: Double, label: Double, weight: Double, features: RowFeatures
  ) -> Double

  /// The same for each class of a softmax, from the margins `row` of `margins`.
  func factors(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, weight: Double,
    features: RowFeatures, into factors: inout GrowableBuffer<Double>
  )

  /// What the sum of the gradients of `rows` rows is multiplied by.
  static func share(ofRows rows: Int) -> Double

  /// A gradient of this magnitude is refused.
  static var gradientLimit: Double { get }

  /// Called after each update, with the rows that were in it.
  mutating func advance(rows: Int)

  /// Whether the rule counts evidence, so that it can be told to trust it less.
  static var canForget: Bool { get }

  /// The state of a coordinate after the evidence behind it was multiplied by `share`, its weight
  /// unchanged.
  func forgetting(_ state: Block.Slot, keeping share: Double) -> Block.Slot

  /// The same for the bias.
  func forgetting(_ bias: Bias, keeping share: Double) -> Bias
}

extension CoordinateRule {
  package static var canForget: Bool { false }

  package func forgetting(_ state: Block.Slot, keeping share: Double) -> Block.Slot { state }

  package func forgetting(_ bias: Bias, keeping share: Double) -> Bias { bias }
}

/// State of four coordinates.
package protocol CoordinateBlock: BitwiseCopyable, Sendable {
  /// State of one coordinate; all bits zero before its first update.
  associatedtype Slot: BitwiseCopyable, Equatable, Sendable

  static var untouched: Slot { get }

  init(_ a: Slot, _ b: Slot, _ c: Slot, _ d: Slot)

  subscript(lane: Int) -> Slot { get }

  /// NaN in at least one lane when a state, or a weight as a Float, is not finite; else all zero.
  var nonFiniteMarker: SIMD4<Float> { get }
}

/// The state of the bias, which no penalty touches.
package protocol BiasState: BitwiseCopyable, Equatable, Sendable, WordCoded {
  associatedtype Rule: CoordinateRule

  init()

  var isFinite: Bool { get }

  func weight(_ rule: Rule) -> Double

  func updated(gradient: Double, _ rule: Rule) -> Self
}

extension CoordinateRule {
  /// s·∂ℓ/∂m_k.
  internal func gradientFactors(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, weight: Double,
    into factors: inout GrowableBuffer<Double>
  ) {
    SoftmaxLoss.differentiate(margins, row: row, label: label, into: &factors)
    for output in 0..<row.count { factors[output] *= weight }
  }
}

/// The moment of a rule to which all rows are alike.
package struct Timeless: Equatable, Sendable {
  package init() {}
}
