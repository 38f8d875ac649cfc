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

  /// Calls `body` with the probability of each class.
  package static func forEachProbability(
    _ margins: borrowing GrowableBuffer<Double>, row: Range<Int>, _ body: (Int, Double) -> Void
  ) {
    var largest = -Double.infinity
    for index in row { largest = max(largest, margins[index]) }
    var sum = 0.0
    for index in row { sum += Elementary.exp(margins[index] - largest) }
    for index in row {
      body(index - row.lowerBound, Elementary.exp(margins[index] - largest) / sum)
    }
  }
}
