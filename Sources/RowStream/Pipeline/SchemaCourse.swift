internal import Featurizing
internal import Synchronization

/// The schemas that rows are read by, one after another: a column that said nothing in the prefix
/// comes alive at some row.
///
/// Any thread asks which are in force; the thread that consumes adds one. What was featurized
/// before that is found by the count, and featurized again.
final class SchemaCourse: Sendable {
  struct InForce: Sendable {
    /// Ascending; empty: there is one schema throughout.
    var steps: [SchemaStep]
    /// How many were added so far.
    var count = 0
  }

  private let state: Mutex<InForce>

  init(_ first: SchemaStep?) { state = Mutex(InForce(steps: first.map { [$0] } ?? [])) }

  var inForce: InForce { state.withLock { $0 } }

  /// - Parameter row: rows before it are not read any more.
  func add(_ steps: [SchemaStep], after row: Int) {
    state.withLock { state in
      state.steps += steps
      state.count += 1
      while state.steps.count > 1, state.steps[1].firstRow <= row { state.steps.removeFirst() }
    }
  }
}
