/// A running sum that keeps what each addition rounds away (Knuth's two-sum), so that 10^9 terms
/// lose no digits and their order shows at most in the last place.
///
/// Terms must be finite. Public, as `GrowableBuffer` is: else each term of another target's sum is a
/// call.
@frozen
public struct CompensatedSum: Sendable, Equatable {
  @usableFromInline var sum = 0.0
  @usableFromInline var rest = 0.0

  /// The sum as a Double holds it.
  @inlinable public var leading: Double { sum }
  /// What roundings have dropped of it.
  @inlinable public var dropped: Double { rest }

  /// A sum of nothing.
  @inlinable
  public init() {}

  /// A sum as it was: what `leading` and `dropped` said.
  public init(leading: Double, dropped: Double) {
    sum = leading
    rest = dropped
  }

  /// Adds one term.
  @inlinable
  @inline(__always)
  public mutating func add(_ term: Double) {
    let next = sum + term
    let termShare = next - sum
    rest += (sum - (next - termShare)) + (term - termShare)
    sum = next
  }

  /// The sum, rounded once.
  @inlinable
  public var value: Double { sum + rest }
}
