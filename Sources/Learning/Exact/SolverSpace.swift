internal import SparseBatches

// Design note
//
// Both solvers work in coordinates (u, c) instead of (w, b):
//
//     w = u / √(ℓ''(0)·Σ s·(x − x̄)² + λ2),   b = c / √(ℓ''(0)·Σ s) − x̄·w
//
// with x̄ the weighted mean of x.
//
// In them, features are centered and the Hessian at zero has a diagonal of ones. The objective and
// its minimum are those of (w, b); only the path there is shorter. x stays sparse: the change is
// made to vectors, before and after a pass.
//
// Scaling makes a column in cents and one in millions converge alike. Centering takes the bias
// apart from the features: the one-hot columns of a category add up to the bias, and along their
// sum only λ2 curves the objective; once centered, no gradient of the loss points there. Iterations
// to 1e-6 of the optimum (a9a, L-BFGS, λ2 = 1): 267 in (w, b), 333 scaled only, 101 centered only,
// 60 both.
//
// Where the trust region is a ball in (u, c), it is an ellipsoid in (w, b), as Lin, Weng & Keerthi
// 2008 allow.

/// The change of coordinates that the solvers work in.
internal struct SolverSpace: Sendable {
  /// Numbers a slot.
  let outputs: Int
  /// x̄ of each slot.
  let means: [Double]
  /// dw/du of each number of a point, db/dc for the biases.
  let scales: [Double]

  /// - Parameters:
  ///   - curvature: ℓ''(0).
  ///   - weight: Σ s > 0.
  init(
    moments: RowMoments, weight: Double, curvature: Double, l2: Double, outputs: Int
  ) {
    self.outputs = outputs
    means = moments.sums.map { $0 / weight }
    var scales: [Double] = []
    for (mean, square) in zip(means, moments.squares) {
      // The difference cancels for a column that is always the same; it is rounding then.
      let spread = max(square - weight * mean * mean, 1e-8 * square)
      let diagonal = curvature * spread + l2
      // A column that is always 0 never moves.
      let scale = diagonal > 0 && diagonal.isFinite ? 1 / diagonal.squareRoot() : 1
      scales += repeatElement(scale, count: outputs)
    }
    scales += repeatElement(1 / (curvature * weight).squareRoot(), count: outputs)
    self.scales = scales
  }

  /// That of an earlier run: `means` of the slots, `scales` of all numbers of a point.
  init(means: [Double], scales: [Double], outputs: Int) {
    self.means = means
    self.scales = scales
    self.outputs = outputs
  }

  private var biases: Int { scales.count - outputs }

  /// (u, c) → (w, b). Linear, so that it maps directions as well.
  func point(_ own: [Double]) -> [Double] {
    var point = VectorArithmetic.products(own, scales)
    for index in means.indices {
      for output in 0..<outputs {
        point[biases + output] -= means[index] * point[index * outputs + output]
      }
    }
    return point
  }

  /// (w, b) → (u, c).
  func own(_ point: [Double]) -> [Double] {
    var own = point
    for index in means.indices {
      for output in 0..<outputs {
        own[biases + output] += means[index] * point[index * outputs + output]
      }
    }
    for index in own.indices { own[index] /= scales[index] }
    return own
  }

  /// The gradient by (u, c) of that by (w, b).
  func gradient(_ gradient: [Double]) -> [Double] {
    var own = gradient
    for index in means.indices {
      for output in 0..<outputs {
        own[index * outputs + output] -= means[index] * gradient[biases + output]
      }
    }
    return VectorArithmetic.products(own, scales)
  }

  /// λ1|w| = threshold·|u|; 0 for the biases.
  func thresholds(l1: Double) -> [Double] {
    scales.indices.map { $0 < biases ? l1 * scales[$0] : 0 }
  }
}

/// Σ s·x and Σ s·x² of each slot.
internal struct RowMoments: Sendable {
  var sums: [Double]
  var squares: [Double]

  init(count: Int) {
    sums = Array(repeating: 0, count: count)
    squares = sums
  }
}

/// Sums over coordinates in rising order, so that they are the same on each run.
internal enum VectorArithmetic {
  /// Σ a·b.
  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count)
    let (a, b) = (a.span, b.span)
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  /// √Σ a².
  static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

  /// a ← a + factor·b.
  static func add(_ factor: Double, times b: [Double], to a: inout [Double]) {
    precondition(a.count == b.count)
    let b = b.span
    var a = a.mutableSpan
    for index in b.indices { a[index] += factor * b[index] }
  }

  /// a + factor·b.
  static func sum(_ a: [Double], _ factor: Double, times b: [Double]) -> [Double] {
    var result = a
    add(factor, times: b, to: &result)
    return result
  }

  /// factor·a.
  static func scaled(_ a: [Double], by factor: Double) -> [Double] {
    var result = a
    var span = result.mutableSpan
    for index in span.indices { span[index] *= factor }
    return result
  }

  /// The products of the coordinates of a and b, one by one.
  static func products(_ a: [Double], _ b: [Double]) -> [Double] {
    precondition(a.count == b.count)
    let b = b.span
    var result = a
    var span = result.mutableSpan
    for index in b.indices { span[index] *= b[index] }
    return result
  }
}

/// 32 neighbouring slots: which of them occur in the rows, and how many do before them.
internal struct SlotWord: BitwiseCopyable, Sendable {
  var members: UInt32
  var before: UInt32
}

/// The slots that occur in the rows, numbered 0, 1, 2… in rising order.
///
/// A solver holds some thirty vectors. Over all 2^bits slots each would take 32 MiB at 22 bits;
/// over the slots that occur, most problems fit in the cache. The numbering is a bitmap with a
/// running count: 2^bits / 4 bytes, one memory access a look-up, and no order of insertion to
/// depend on.
internal struct SlotCoordinates: ~Copyable, Sendable {
  let bits: Int
  /// Slots numbered so far by `number()`.
  private(set) var count = 0
  private var words: SlotTable<SlotWord>

  /// - Throws: `RunFailure` (usage) when there is no memory for the bitmap.
  init(bits: Int) throws(RunFailure) {
    self.bits = bits
    words = try SlotTable(bits: max(bits - 5, 0))
  }

  /// Notes that the slots of `batch` occur.
  mutating func add(slotsOf batch: borrowing SparseBatch) {
    let view = words.view
    for index in 0..<batch.slots.count {
      let slot = batch.slots[index]
      var word = view[slot >> 5]
      let member = UInt32(1) << (slot & 31)
      guard word.members & member == 0 else { continue }
      word.members |= member
      view.store(word, at: slot >> 5)
    }
  }

  /// Numbers the slots added. Call once, after the last `add`.
  mutating func number() {
    let view = words.view
    for index in 0..<UInt32(words.count) {
      var word = view[index]
      word.before = UInt32(count)
      view.store(word, at: index)
      count += word.members.nonzeroBitCount
    }
  }

  /// For inner loops: a value that needs no reload after each store elsewhere.
  @inline(__always)
  var view: SlotCoordinateView { SlotCoordinateView(words: words.view) }

  /// The slots in rising order, so that the n-th call is of coordinate n.
  func forEachSlot<Failure: Error>(
    _ body: (UInt32) throws(Failure) -> Void
  ) throws(Failure) {
    let view = words.view
    for index in 0..<UInt32(words.count) {
      var members = view[index].members
      while members != 0 {
        try body(index << 5 | UInt32(members.trailingZeroBitCount))
        members &= members - 1
      }
    }
  }
}

/// Access to the numbering, valid while its owner lives.
internal struct SlotCoordinateView: BitwiseCopyable {
  fileprivate let words: SlotView<SlotWord>

  /// The coordinate of a slot; nil when it did not occur in the first pass.
  @inline(__always)
  subscript(slot: UInt32) -> Int? {
    let word = words[slot >> 5]
    let member = UInt32(1) << (slot & 31)
    guard word.members & member != 0 else { return nil }
    return Int(word.before) + (word.members & (member - 1)).nonzeroBitCount
  }
}
