/// Weights on their way from a learner to a model: the entry (slot · outputs + output) and the
/// weight of each, side by side, entries ascending.
public struct EntryWeights: ~Copyable {
  /// Entry numbers, ascending.
  public var entries = GrowableBuffer<UInt64>()
  /// As many as `entries`.
  public var weights = GrowableBuffer<Float>()

  /// Nothing, and no memory yet.
  public init() {}

  /// Adds one weight.
  @inlinable
  public mutating func append(entry: UInt64, weight: Float) {
    entries.append(entry)
    weights.append(weight)
  }

  /// Forgets the weights, keeps the memory.
  @inlinable
  public mutating func removeAll() {
    entries.removeAll()
    weights.removeAll()
  }
}
