internal import ElementaryMath

/// How much of what fresh rows bring nobody has seen, told by a sample of the rows that were seen.
///
/// Of the values in the sample's last tenth, the share that does not occur in the rest is what a model
/// of as many rows would not know. The model knows more rows: the share falls with their number n
/// about as n^−γ (Heaps' law: distinct values grow as n^(1−γ); Good 1953 for its link with values that
/// are met once), and γ is told by leaving out every other row of the rest. What a penalty took the
/// weight of is added: the model does not know that either.
struct FreshValues {
  /// Hashes of the values of each row, in the order of the stream.
  let rows: [[UInt32]]
  /// Rows of the stream.
  let streamRows: Int

  init(rows: [[UInt32]], of streamRows: Int) {
    self.rows = rows
    self.streamRows = streamRows
  }

  /// nil when the sample has no value.
  func share(isKnown: (UInt32) -> Bool) -> Double? {
    let late = rows.count - rows.count / 10
    let last = rows[late...].flatMap(\.self)
    guard late >= 2, !last.isEmpty else { return nil }
    var (half, all) = (Set<UInt32>(), Set<UInt32>())
    for (index, values) in rows[..<late].enumerated() {
      all.formUnion(values)
      if index % 2 == 0 { half.formUnion(values) }
    }
    // A value that is never met is still to come some day: Laplace's rule.
    let missed = Double(last.count { !all.contains($0) }) + 0.5
    let missedByHalf = Double(last.count { !half.contains($0) }) + 0.5
    let share = missed / (Double(last.count) + 1)
    let exponent = min(1, max(0, Elementary.log(missedByHalf / missed) / Elementary.log(2)))
    let growth = Double(max(streamRows, late)) / Double(late)
    let weightless =
      Double(rows.joined().count { !isKnown($0) }) / Double(max(1, rows.joined().count))
    return min(1, share * Elementary.exp(-exponent * Elementary.log(growth)) + weightless)
  }
}
