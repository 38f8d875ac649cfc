internal import Checkpoints
internal import Handoff
internal import ModelFile
internal import Notices
internal import SparseBatches
internal import Synchronization
internal import Training

/// Writes checkpoints on a thread of its own, one at a time, while learning goes on.
final class CheckpointWriter {
  /// One checkpoint, complete but for the table, which `copyTable` copies.
  struct Draft {
    var header: CheckpointHeader
    var sections: [ContainerSection]
    var copyTable: ((TableSnapshot) -> Void)?
    /// Returns when other files are on disk as far as the checkpoint says.
    var synchronize: @Sendable () throws(RunFailure) -> Void
    /// Made inside an input.
    var isPartial: Bool
  }

  private let directory: CheckpointDirectory
  private let kept: Int
  private let notices: NoticeBoard
  private let job = BackgroundJob()
  private let table = TableSnapshot()
  private var nextNumber: Int
  private var isWritingPartial = false
  private let failure = Failure()

  /// Set by the job's thread.
  private final class Failure: Sendable {
    let last = Mutex<RunFailure?>(nil)
    /// Set by the other thread: what is being written is not wanted any more.
    let isAbandoned = Atomic(false)
  }

  private static let abandoned = RunFailure(.interrupted, "a newer checkpoint takes its place")

  init(_ directory: CheckpointDirectory, kept: Int, notices: NoticeBoard) {
    self.directory = directory
    self.kept = kept
    self.notices = notices
    nextNumber = (directory.files.first?.number ?? 0) &+ 1
  }

  /// Whether a checkpoint could be started at once.
  var isIdle: Bool { job.isIdle }

  /// Takes a copy now and writes it in the background, after what is being written.
  ///
  /// A failure is told and kept for `finish`; the next checkpoint tries again.
  func write(_ draft: Draft) throws(RunFailure) {
    job.wait()
    let file = CheckpointFile(number: nextNumber, isPartial: draft.isPartial, in: directory.path)
    nextNumber += 1
    isWritingPartial = draft.isPartial
    draft.copyTable?(table)
    let hasTable = draft.copyTable != nil
    let container = try CheckpointDocument.container(
      draft.header, draft.sections, named: file.path)
    job.start { [directory, kept, notices, table, failure, synchronize = draft.synchronize] in
      do throws(RunFailure) {
        try synchronize()
        var container = container
        if hasTable { container.sections += table.packedSections() }
        try directory.save(container, file, keep: kept) { () throws(RunFailure) in
          if failure.isAbandoned.load(ordering: .relaxed) { throw Self.abandoned }
        }
        failure.last.withLock { $0 = nil }
      } catch {
        if error == Self.abandoned { return }
        failure.last.withLock { $0 = error }
        notices.post(
          "warning: \(file.name) could not be written: \(error.message); training goes on from the"
            + " one before")
      }
    }
  }

  /// Gives up what is being written, because a newer one comes: a stop must not wait for two.
  ///
  /// One between inputs is written to its end: the directory must have it.
  func abandon() {
    guard isWritingPartial else { return }
    failure.isAbandoned.store(true, ordering: .relaxed)
    job.wait()
    failure.isAbandoned.store(false, ordering: .relaxed)
  }

  /// Returns when nothing is being written any more.
  func wait() { job.wait() }

  /// - Throws: inputOutput when the last checkpoint could not be written.
  func finish() throws(RunFailure) {
    job.wait()
    guard let last = failure.last.withLock({ $0 }) else { return }
    throw RunFailure(
      .inputOutput, "the last checkpoint could not be written: \(last.message)", cure: last.cure)
  }
}
