internal import SparseBatches
internal import Synchronization

/// The latest plan, made once for all featurizers of a run: of a million columns one plan takes a
/// hundred megabytes. A lock a file, none a chunk.
package final class ColumnPlanCache: Sendable {
  private struct Held {
    /// nil for rows without a header.
    var header: FileHeader?
    var plan: ColumnPlan
  }

  private let latest = Mutex<Held?>(nil)

  package init() {}

  func plan(
    for header: FileHeader?, _ make: () throws(RunFailure) -> ColumnPlan
  ) throws(RunFailure) -> ColumnPlan {
    try latest.withLock { latest throws(RunFailure) in
      if let latest, latest.header === header { return latest.plan }
      let plan = try make()
      latest = Held(header: header, plan: plan)
      return plan
    }
  }
}
