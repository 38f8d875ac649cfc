internal import ElementaryMath

/// How much of what fresh rows bring nobody has seen, told by a sample of the rows that were seen.
///
/// Of the values in the sample's last tenth, the share that does not occur in the rest is what a model
/// of as many rows would not know. The model knows more rows: the share falls with their number n
/// about as n^−γ (Heaps' law: distinct values grow as n^(1−γ); Good 1953 for its link with values that
/// are met once), and γ is told by leaving out every other row of the rest. What a penalty took the
/// weight of is added: the model does not know that either.
struct FreshValues {
  /// Hashes of the values of all rows, in the order of the stream.
  private let values: [UInt32]
  /// Of each row, where its values end.
  private let ends: [Int]
  /// Rows of the stream.
  private let streamRows: Int

  init(values: [UInt32], ends: [Int], of streamRows: Int) {
    self.values = values
    self.ends = ends
    self.streamRows = streamRows
  }

  /// nil when the sample has no value.
  func share(isKnown: (UInt32) -> Bool) -> Double? {
    let late = ends.count - ends.count / 10
    guard late >= 2 else { return nil }
    let last = values[ends[late - 1]...]
    guard !last.isEmpty else { return nil }
    var (half, all) = (Set<UInt32>(), Set<UInt32>())
    var start = 0
    for row in 0..<late {
      for value in values[start..<ends[row]] {
        all.insert(value)
        if row % 2 == 0 { half.insert(value) }
      }
      start = ends[row]
    }
    // A value that is never met is still to come some day: Laplace's rule.
    let missed = Double(last.count { !all.contains($0) }) + 0.5
    let missedByHalf = Double(last.count { !half.contains($0) }) + 0.5
    let share = missed / (Double(last.count) + 1)
    let exponent = min(1, max(0, Elementary.log(missedByHalf / missed) / Elementary.log(2)))
    let growth = Double(max(streamRows, late)) / Double(late)
    let weightless = Double(values.count { !isKnown($0) }) / Double(values.count)
    return min(1, share * Elementary.exp(-exponent * Elementary.log(growth)) + weightless)
  }
}
