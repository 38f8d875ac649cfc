package import SparseBatches

/// What an optimizer does to one coordinate, four at a time, and to the bias: all in which the
/// optimizers differ. `OnlineLearner` and `SoftmaxLearner` hold the loops.
///
/// Everything is element-wise, so a coordinate's result does not depend on its lane.
package protocol CoordinateRule: BitwiseCopyable, Sendable {
  associatedtype Parameters: Equatable, Sendable
  associatedtype Block: CoordinateBlock
  associatedtype Bias: BiasState where Bias.Rule == Self
  /// What moves with the rows, apart from the coordinates: where the schedule of the rate stands.
  associatedtype Clock: LearningClock

  init(_ parameters: Parameters)

  var clock: Clock { get set }

  /// The weights as of now, in which every penalty due is taken.
  func weights(_ state: Block) -> SIMD4<Double>

  /// Whether the weights of a model are others than those that are learned from.
  static var servesAverages: Bool { get }

  /// The weights that a model gets, as of now.
  ///
  /// - Parameter weights: of the same state.
  func servedWeights(_ state: Block, weights: SIMD4<Double>) -> SIMD4<Double>

  /// From now on the served weights are the last ones in place of averages, or averages again. In
  /// between no row is learned.
  mutating func serveLastWeights(_ isOn: Bool)

  /// The state after an update by `gradients`, made at `weights`.
  ///
  /// - Parameter bits: random, for rounding.
  func updated(
    _ state: Block, weights: SIMD4<Double>, gradients: SIMD4<Double>, bits: SIMD4<UInt64>
  ) -> Block

  /// What a kernel needs to learn rows as the functions above do; nil: there is none.
  var kernel: FTRLKernel? { get }

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

  /// Called after each update that changed something: not when all its rows had weight 0.
  mutating func countUpdate()

  /// Whether a run can have come to the clock of now: rate and rows must be of one schedule.
  var isClockPossible: Bool { get }

  /// Whether learning can have led to this state, whose weight is one that a model can hold.
  func isPossible(_ state: Block.Slot) -> Bool

  /// The state of a coordinate after the evidence for it was multiplied by `share`, its weight
  /// unchanged.
  func forgetting(_ state: Block.Slot, keeping share: Double) -> Block.Slot

  /// The same for the bias.
  func forgetting(_ bias: Bias, keeping share: Double) -> Bias

  /// The same for what moves with the rows. Call when all states and the bias have forgotten.
  mutating func forgetClock(keeping share: Double)

  /// What another rule can go on from.
  func known(_ state: Block.Slot) -> KnownCoordinate

  func known(_ bias: Bias) -> KnownCoordinate

  /// A coordinate that begins with what is known of it, as of the clock of now.
  func beginning(_ known: KnownCoordinate) -> Block.Slot

  func bias(beginning known: KnownCoordinate) -> Bias
}

/// What is known of a coordinate, whatever rule learned it.
package struct KnownCoordinate: Equatable, Sendable {
  /// The last weight, not an average.
  package var weight: Double
  /// Σ g²; 0 where it is not known.
  package var squares: Double
  /// z of ftrl, where an L1 penalty holds the weight at 0: what it was pulled by so far.
  package var held: Double

  package init(weight: Double, squares: Double = 0, held: Double = 0) {
    self.weight = weight
    self.squares = squares
    self.held = held
  }

  package static var nothing: KnownCoordinate { KnownCoordinate(weight: 0) }
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

  /// What a model gets.
  func servedWeight(_ rule: Rule) -> Double

  func updated(gradient: Double, _ rule: Rule) -> Self
}

/// Defaults of a rule that learns from the gradients of a sum over rows, as `FTRLCoordinates` and
/// `AdaGradCoordinates` do, and that has no evidence to forget.
extension CoordinateRule {
  package static var servesAverages: Bool { false }

  @inline(__always)
  package func servedWeights(_ state: Block, weights: SIMD4<Double>) -> SIMD4<Double> { weights }

  package mutating func serveLastWeights(_ isOn: Bool) {}

  package mutating func forgetClock(keeping share: Double) {}

  @inline(__always)
  package var kernel: FTRLKernel? { nil }

  @inline(__always)
  package mutating func countUpdate() {}

  package var isClockPossible: Bool { clock.isPossible }

  /// s·dℓ/dm.
  @inline(__always)
  package func factor<Loss: MarginLoss>(
    _ loss: Loss.Type, margin: Double, label: Double, weight: Double, features: RowFeatures
  ) -> Double {
    weight * Loss.derivative(margin: margin, label: label)
  }

  /// s·∂ℓ/∂m_k.
  package func factors(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, weight: Double,
    features: RowFeatures, into factors: inout GrowableBuffer<Double>
  ) {
    SoftmaxLoss.differentiate(margins, row: row, label: label, into: &factors)
    for output in 0..<row.count { factors[output] *= weight }
  }

  @inline(__always)
  package static func share(ofRows rows: Int) -> Double { 1 }

  package func forgetting(_ state: Block.Slot, keeping share: Double) -> Block.Slot { state }

  package func forgetting(_ bias: Bias, keeping share: Double) -> Bias { bias }
}

extension BiasState {
  package func servedWeight(_ rule: Rule) -> Double { weight(rule) }
}

extension CoordinateRule {
  /// The weight of one coordinate as of now.
  package func weight(_ slot: Block.Slot) -> Double { weights(Block(slot, slot, slot, slot))[0] }

  /// The same as a model gets it.
  package func servedWeight(_ slot: Block.Slot) -> Double {
    let block = Block(slot, slot, slot, slot)
    return servedWeights(block, weights: weights(block))[0]
  }
}

/// Where a rule stands in the rows.
package protocol LearningClock: Equatable, Sendable, WordCoded {
  /// Rows that the learning rate has fallen with; 0 for a rule without one.
  var rows: Int { get }
}

/// The clock of a rule to which all rows are alike: there is none.
package struct Timeless: LearningClock {
  package init() {}
  package var rows: Int { 0 }
}

/// A value as 64-bit words and back, exactly: what a checkpoint holds of it.
package protocol WordCoded {
  static var wordCount: Int { get }
  var words: [UInt64] { get }
  /// - Precondition: there are `wordCount` words. They may say anything.
  init(words: ArraySlice<UInt64>)
  /// Whether a run can have come to this value.
  var isPossible: Bool { get }
}

extension WordCoded {
  package var isPossible: Bool { true }
}

extension Timeless: WordCoded {
  package static var wordCount: Int { 0 }
  package var words: [UInt64] { [] }
  package init(words: ArraySlice<UInt64>) {}
}
