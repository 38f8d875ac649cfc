/// Where a run stands in its schedule.
package struct RateClock: BitwiseCopyable, Equatable, Sendable {
  /// Rows seen: t.
  package internal(set) var rows = 0
  /// Σ η_t of the steps made.
  package internal(set) var elapsed = 0.0
  /// η_t of the next step.
  package internal(set) var rate: Double

  package init(_ schedule: LearningRate) { rate = schedule.rate(rows: 0) }

  /// - Parameter steps: what the step counts for in Σ η_t.
  @inline(__always)
  internal mutating func advance(rows: Int, steps: Double, _ schedule: LearningRate) {
    elapsed += steps * rate
    // A constant rate needs no call per row.
    let isFixed = schedule.schedule == .constant && self.rows >= schedule.warmupRows
    self.rows += rows
    if !isFixed {
      rate = schedule.rate(rows: self.rows)
    }
  }
}
