/// A running sum that keeps what each addition rounds away (Knuth's two-sum), so that 10^9 terms
/// lose no digits and their order shows at most in the last place.
///
/// Terms must be finite.
@frozen
package struct CompensatedSum: Sendable, Equatable {
  package private(set) var leading = 0.0
  package private(set) var dropped = 0.0

  @inlinable
  package init() {}

  /// A sum as it was: what `leading` and `dropped` said.
  package init(leading: Double, dropped: Double) {
    self.leading = leading
    self.dropped = dropped
  }

  @inlinable
  @inline(__always)
  package mutating func add(_ term: Double) {
    let sum = leading + term
    let termShare = sum - leading
    dropped += (leading - (sum - termShare)) + (term - termShare)
    leading = sum
  }

  @inlinable
  package var value: Double { leading + dropped }
}
