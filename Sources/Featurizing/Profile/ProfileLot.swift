package import SparseBatches
internal import Synchronization

/// Which rows of a stream are looked at value by value: those whose drawn number begins with `level`
/// zeros. The level rises as the stream goes on, so that there are never too many.
///
/// Any thread asks; the thread that consumes raises the level. One that asks too early offers a row
/// that is not wanted any more, which changes nothing.
package final class ProfileLot: Sendable {
  package let lottery: RowLottery
  private let raised = Atomic<Int>(0)

  package init(seed: UInt64) { lottery = RowLottery(seed: seed, .profile) }

  package var level: Int { raised.load(ordering: .relaxed) }

  package func raise(to level: Int) { raised.store(level, ordering: .relaxed) }

  package func takes(_ ordinal: Int) -> Bool {
    ProfileGate(lottery: lottery, level: level).takes(ordinal)
  }
}

/// The same at one moment.
package struct ProfileGate {
  let lottery: RowLottery
  let level: Int

  package init(lottery: RowLottery, level: Int) {
    self.lottery = lottery
    self.level = level
  }

  @inline(__always)
  package func takes(_ ordinal: Int) -> Bool {
    level == 0 || lottery.draw(ordinal) >> UInt64(64 - level) == 0
  }
}

/// What is wanted of the values of rows.
package struct ProfileWish: Sendable {
  package var lot: ProfileLot
  /// Of every so many rows of the stream the texts of categories are kept too; nil: of none.
  package var textStride: Int?

  package init(lot: ProfileLot, textStride: Int? = nil) {
    self.lot = lot
    self.textStride = textStride
  }
}
