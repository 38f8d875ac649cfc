/// A running sum that keeps what each addition rounds away (Knuth's two-sum), so that 10^9 terms
/// lose no digits and their order shows at most in the last place.
///
/// Terms must be finite. Public, as `GrowableBuffer` is: else each term of another target's sum is a
/// call.
@frozen
public struct CompensatedSum: Sendable, Equatable {
  public private(set) var leading = 0.0
  public private(set) var dropped = 0.0

  @inlinable
  public init() {}

  /// A sum as it was: what `leading` and `dropped` said.
  public init(leading: Double, dropped: Double) {
    self.leading = leading
    self.dropped = dropped
  }

  @inlinable
  @inline(__always)
  public mutating func add(_ term: Double) {
    let sum = leading + term
    let termShare = sum - leading
    dropped += (leading - (sum - termShare)) + (term - termShare)
    leading = sum
  }

  @inlinable
  public var value: Double { leading + dropped }
}
