import CInterfaceHeader
import CommandOptions
import Glibc
import Handoff
import LogRegStream
import SparseBatches
import Synchronization

/// A training inside another program, on a thread of its own.
final class EmbeddedTraining: Sendable {
  /// A function of the other program that takes texts.
  @safe
  struct Handler: @unchecked Sendable {
    let function: lrs_text_handler
    let context: UnsafeMutableRawPointer?

    func tell(_ message: String) {
      let text = OwnedText(message.utf8)
      logreg_stream_enter_handler()
      // Proof: the text lives during the call; the program vouches for the function and its context.
      unsafe function(context, text.text.bytes, text.text.length)
      logreg_stream_leave_handler()
    }
  }

  private struct State {
    var configuration: TrainingConfiguration
    var paths: [String] = []
    var progress: Handler?
    var notice: Handler?
    var feed: Feed?
    var hasBegun = false
    var hasEndedInput = false
    var isClosed = false
    var thread: DedicatedThread?
    /// How it ended; nil: it has not.
    var ending: Result<TrainingSummary, RunFailure>?
    var summary: OwnedText?
    var model: OwnedText?
  }

  private let state: Mutex<State>
  private let control = RunControl()
  private let ended: Event
  private let memory: ModelBytes?

  /// - Parameters:
  ///   - config: YAML of long option names.
  ///   - model: where the model goes; nil: to memory.
  /// - Throws: usage for options that do not exist or cannot be combined.
  init(config: [UInt8], model: String?) throws(RunFailure) {
    let memory = model == nil ? ModelBytes() : nil
    let destination =
      model.map { ModelDestination.file($0) } ?? memory.map { .memory($0) } ?? .standardOutput
    let configuration = try TrainingWords.configuration(config, files: ["-"], model: destination)
    self.memory = memory
    ended = try Event()
    state = Mutex(State(configuration: configuration))
  }

  // MARK: - Before it begins

  func onProgress(_ handler: Handler) throws(RunFailure) {
    try beforehand { $0.progress = handler }
  }

  func onNotice(_ handler: Handler) throws(RunFailure) { try beforehand { $0.notice = handler } }

  func add(path: String) throws(RunFailure) {
    guard path != "-" else {
      throw RunFailure(
        .usage, "standard input belongs to the program", cure: "read it, and feed its bytes")
    }
    let files = try InputConfiguration.files(named: [path])
    try beforehand { $0.paths += files }
  }

  private func beforehand(_ change: (inout State) -> Void) throws(RunFailure) {
    try state.withLock { state throws(RunFailure) in
      guard !state.hasBegun else {
        throw RunFailure(.usage, "the training has begun", cure: "call this before it begins")
      }
      change(&state)
    }
  }

  // MARK: - While it runs

  /// Hands over the next bytes.
  ///
  /// - Throws: usage after the end of the input, or when files were named; what ended the training.
  func feed(_ bytes: UnsafeRawBufferPointer) throws(RunFailure) {
    let feed = try state.withLock { state throws(RunFailure) in
      guard state.paths.isEmpty else {
        throw RunFailure(.usage, "the training reads files", cure: "give bytes or files, not both")
      }
      guard !state.hasEndedInput else {
        throw RunFailure(.usage, "the input has ended", cure: "feed before the input ends")
      }
      if !state.hasBegun { try begin(&state) }
      return state.feed
    }
    guard let feed, unsafe !feed.write(bytes) else { return }
    // The training has ended; without a failure it needs no more of an input that it knows.
    _ = ended.wait(milliseconds: -1)
    if let failure { throw failure }
  }

  func endInput() throws(RunFailure) {
    try state.withLock { state throws(RunFailure) in
      if !state.hasBegun { try begin(&state) }
      state.hasEndedInput = true
      state.feed?.end()
    }
  }

  /// - Returns: whether it has ended.
  /// - Throws: usage before it begins.
  func wait(milliseconds: Int32) throws(RunFailure) -> Bool {
    let hasBegun = state.withLock { $0.hasBegun }
    guard hasBegun else {
      throw RunFailure(.usage, "the training has not begun", cure: "feed it, or end its input")
    }
    return ended.wait(milliseconds: milliseconds)
  }

  func cancel() { control.cancel() }

  // MARK: - At its end

  /// - Throws: what ended the training.
  func finish() throws(RunFailure) {
    try endInput()
    _ = ended.wait(milliseconds: -1)
    if let failure = failure { throw failure }
  }

  /// Cancels what has not ended, and returns when the thread has.
  func close() {
    let thread = state.withLock { state in
      defer { state.thread = nil }
      state.hasBegun = true
      state.hasEndedInput = true
      return state.thread
    }
    control.cancel()
    thread?.join()
  }

  private var failure: RunFailure? {
    state.withLock { state in
      switch state.ending {
      case .success(let summary):
        summary.stopSignal.map { _ in
          RunFailure(
            .interrupted, "the training was cancelled", cure: "the same one goes on from its state")
        }
      case .failure(let failure): failure
      case nil: nil
      }
    }
  }

  /// The final figures.
  ///
  /// - Throws: usage when it has not ended well.
  func summary() throws(RunFailure) -> OwnedText {
    try atTheEnd { state in
      guard case .success(let summary) = state.ending else { return nil }
      if state.summary == nil { state.summary = OwnedText(summary.json.text.utf8) }
      return state.summary
    }
  }

  /// The model.
  ///
  /// - Throws: usage when it has not ended well, or the model went to a file.
  func model() throws(RunFailure) -> OwnedText {
    guard let memory else {
      throw RunFailure(.usage, "the model went to a file", cure: "open that")
    }
    return try atTheEnd { state in
      if state.model == nil { state.model = memory.value.map { OwnedText($0) } }
      return state.model
    }
  }

  private func atTheEnd(
    _ part: (inout State) -> OwnedText?
  ) throws(RunFailure) -> OwnedText {
    if let failure { throw failure }
    guard let text = state.withLock({ part(&$0) }) else {
      throw RunFailure(
        .usage, "the training has not ended", cure: "call lrs_training_finish before")
    }
    return text
  }

  // MARK: - The run

  private func begin(_ state: inout State) throws(RunFailure) {
    var configuration = state.configuration
    if state.paths.isEmpty {
      let feed = try Feed()
      configuration.input.standardInput = feed.readEnd
      state.feed = feed
    } else {
      configuration.input.files = state.paths
    }
    let work = Work(
      configuration: configuration, feed: state.feed, progress: state.progress,
      notice: state.notice, control: control, ended: ended)
    let thread = DedicatedThread.start { [weak self] in
      let ending = work.run()
      self?.state.withLock { $0.ending = ending }
      work.feed?.leave()
      work.ended.happen()
    }
    guard let thread else {
      throw RunFailure(
        .inputOutput, "the system refuses a thread", cure: "raise the limits of this process")
    }
    state.thread = thread
    state.hasBegun = true
  }

  /// What the thread needs, and keeps alive.
  private struct Work: Sendable {
    let configuration: TrainingConfiguration
    let feed: Feed?
    let progress: Handler?
    let notice: Handler?
    let control: RunControl
    let ended: Event

    func run() -> Result<TrainingSummary, RunFailure> {
      let notices = NoticeBoard { [notice] in notice?.tell($0) }
      let reporter = ProgressReporter(style: progress == nil ? .none : .json) { [progress] in
        progress?.tell($0)
      }
      do throws(RunFailure) {
        if control.isCancelled {
          throw RunFailure(.interrupted, "the training was cancelled before it began")
        }
        return .success(
          try Train.run(configuration, notices: notices, progress: reporter, control: control))
      } catch {
        return .failure(error)
      }
    }
  }
}
