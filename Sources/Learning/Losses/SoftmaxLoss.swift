private import ElementaryMath
package import SparseBatches

/// Softmax loss of the K margins m of a row at its class y, 0…K−1: ℓ = logsumexp(m) − m_y.
///
/// Finite at any finite margins; no probability is rounded to 0 or 1 on the way.
package enum SoftmaxLoss {
  /// ℓ of the margins `row` of `margins`: log(1 + e^d), where d is by how much all other classes
  /// together lead, so that a small loss keeps its digits.
  package static func loss(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int
  ) -> Double {
    let own = row.lowerBound + label
    var largest = -Double.infinity
    for index in row where index != own { largest = max(largest, margins[index]) }
    var others = 0.0
    for index in row where index != own { others += Elementary.exp(margins[index] - largest) }
    return Elementary.softplus((largest - margins[own]) + Elementary.log(others))
  }

  /// Fills `derivatives` with ∂ℓ/∂m_k = p_k − [k = y]; the sum over all classes is 0.
  package static func differentiate(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int,
    into derivatives: inout GrowableBuffer<Double>
  ) {
    derivatives.removeAll()
    var largest = -Double.infinity
    for index in row { largest = max(largest, margins[index]) }
    var sum = 0.0
    for index in row {
      let share = Elementary.exp(margins[index] - largest)
      sum += share
      derivatives.append(share)
    }
    // p_y − 1 is made of the others: accurate also where p_y rounds to 1.
    var others = 0.0
    for output in 0..<row.count where output != label {
      derivatives[output] /= sum
      others += derivatives[output]
    }
    derivatives[label] = -others
  }

  /// Calls `body` with the probability of each class, and with that of all others together: for the
  /// likeliest it is made of these, and keeps its digits where the first rounds to 1.
  package static func forEachProbability(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>,
    _ body: (Int, _ probability: Double, _ others: Double) -> Void
  ) {
    var best = row.lowerBound
    for index in row where margins[index] > margins[best] { best = index }
    let largest = margins[best]
    var (sum, others) = (0.0, 0.0)
    for index in row {
      let odds = Elementary.exp(margins[index] - largest)
      sum += odds
      if index != best { others += odds }
    }
    for index in row {
      let probability = Elementary.exp(margins[index] - largest) / sum
      body(index - row.lowerBound, probability, index == best ? others / sum : 1 - probability)
    }
  }
}

// Design note
//
// The importance-invariant step of softmax: the margins of a row flow along dm_k/dv = −p_k for
// k ≠ y and dm_y/dv = 1 − p_y. As d(e^−m_k)/dv = 1/Σe^m for every k ≠ y alike,
//
//     e^−m_k(v) = e^−m_k(0) + A(v) for k ≠ y:   m_k falls by log(1 + A·e^m_k),
//     m_y rises by the sum of these falls, and dv = Z(A) dA, Z = Σ e^m:
//
//     v = Σ_{k≠y} log(1 + A·E_k) + R ∫₀^A Π_{k≠y}(1 + A'·E_k) dA',   E_k = e^m_k, R = e^m_y
//
// (margins shifted by the largest m_k, k ≠ y, so that E_k <= 1). One unknown, whatever K is; the
// product is a polynomial in A with positive coefficients, so nothing cancels. The right side rises
// with A: Newton's method, kept inside a shrinking bracket.

/// The exact flow of a row's margins under softmax loss.
internal enum SoftmaxFlow {
  /// Fills `falls` with m_k(0) − m_k(time); they sum to 0.
  ///
  /// - Parameter time: finite, at least 0.
  static func falls(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, label: Int, time: Double,
    into falls: inout GrowableBuffer<Double>
  ) {
    let own = row.lowerBound + label
    var largest = -Double.infinity
    for index in row where index != own { largest = max(largest, margins[index]) }
    falls.removeAll()
    for index in row {
      // The label itself stays out of every sum and product.
      falls.append(index == own ? 0 : Elementary.exp(margins[index] - largest))
    }
    // Beyond e^600 the label's lead, or lag, does not show any more.
    let lead = Elementary.exp(min(600, max(-600, margins[own] - largest)))
    appendIntegral(to: &falls)
    let root = root(of: time, falls, classes: row.count, lead: lead)
    falls.setCount(row.count)
    var sum = 0.0
    for output in 0..<row.count {
      falls[output] = Elementary.log1p(root * falls[output])
      sum += falls[output]
    }
    falls[label] = -sum
  }

  /// Appends c_1 … c_K to E_1 … E_K, where ∫₀^A Π(1 + A'·E_k) dA' = Σ c_j·A^j.
  private static func appendIntegral(to shares: inout GrowableBuffer<Double>) {
    let classes = shares.count
    shares.append(1)
    for _ in 1..<classes { shares.append(0) }
    for index in 0..<classes where shares[index] != 0 {
      for power in stride(from: classes - 1, to: 0, by: -1) {
        shares[classes + power] += shares[index] * shares[classes + power - 1]
      }
    }
    for power in 1..<classes { shares[classes + power] /= Double(power + 1) }
  }

  /// A, at which the right side of the design note is `time`.
  private static func root(
    of time: Double, _ terms: borrowing GrowableBuffer<Double>, classes: Int, lead: Double
  ) -> Double {
    var low = 0.0
    // Each term alone is an upper bound: log(1 + A) <= v as the largest E_k is 1, and R·A <= v.
    var high = min(Elementary.expm1(min(time, 690)), time / lead)
    var root = min(high, time / evaluate(0, terms, classes: classes, lead: lead).slope)
    for _ in 0..<200 where root > 0 {
      let (value, slope) = evaluate(root, terms, classes: classes, lead: lead)
      if value > time { high = root } else { low = root }
      let newton = root - (value - time) / slope
      // Halved in the logarithm where the bracket is wide.
      let middle = low > 0 ? low.squareRoot() * high.squareRoot() : high / 2
      let next = newton > low && newton < high ? newton : middle
      if (next - root).magnitude <= 0x1p-52 * root { return next }
      root = next
    }
    return root
  }

  /// The right side of the design note and its derivative Z.
  private static func evaluate(
    _ a: Double, _ terms: borrowing GrowableBuffer<Double>, classes: Int, lead: Double
  ) -> (value: Double, slope: Double) {
    var logarithms = 0.0
    var slope = 0.0
    var product = 1.0
    for index in 0..<classes {
      let factor = 1 + a * terms[index]
      logarithms += Elementary.log1p(a * terms[index])
      slope += terms[index] / factor
      product *= factor
    }
    var integral = 0.0
    for power in stride(from: classes - 1, through: 0, by: -1) {
      integral = (integral + terms[classes + power]) * a
    }
    return (logarithms + lead * integral, slope + lead * product)
  }
}
