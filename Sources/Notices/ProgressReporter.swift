internal import Glibc

/// How progress is shown on standard error.
public enum ProgressStyle: String, CaseIterable, Sendable {
  /// A bar on a terminal, else a line now and then.
  case auto
  case bar, lines, json, none
}

/// Shows how far a run has come: rows, losses, speed, time left.
public final class ProgressReporter {
  /// One moment of a run.
  package struct Moment {
    package var rows = 0
    /// Weighted loss and weight of all rows so far; nil for commands that do not learn.
    package var loss: (sum: Double, weight: Double)?
    package var bytesRead = 0

    package init(rows: Int = 0, loss: (sum: Double, weight: Double)? = nil, bytesRead: Int = 0) {
      self.rows = rows
      self.loss = loss
      self.bytesRead = bytesRead
    }
  }

  private let style: ProgressStyle
  private let write: (String) -> Void
  private let columns: () -> Int?
  private let start = Machine.monotonicSeconds
  private var lastShown: Moment?
  private var lastTime = 0.0
  private var nextRows = 1000
  private var hasShownIteration = false
  private var passStart = 0.0
  /// Stored bytes of all inputs, where that is known.
  package var totalBytes: Int?

  /// - Parameters:
  ///   - style: `auto` is resolved here, by whether standard error is a terminal.
  ///   - write: appends to standard error.
  public convenience init(style: ProgressStyle, write: @escaping (String) -> Void) {
    self.init(style: style, columns: { Self.terminalColumns }, write: write)
  }

  /// - Parameter columns: asked each time the bar is drawn, as a window may be another size by then;
  ///   nil: nobody knows.
  init(
    style: ProgressStyle, columns: @escaping () -> Int?, write: @escaping (String) -> Void
  ) {
    let isTerminal = isatty(STDERR_FILENO) == 1 && Self.terminalIsCapable
    self.style = style == .auto ? (isTerminal ? .bar : .lines) : style
    self.write = write
    self.columns = columns
  }

  private static var terminalColumns: Int? {
    var size = winsize()
    // Proof: the call fills a struct of ours.
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  private static var terminalIsCapable: Bool {
    guard let name = unsafe getenv("TERM") else { return false }
    return unsafe String(cString: name) != "dumb"
  }

  /// Seconds since the run began.
  package var seconds: Double { Machine.monotonicSeconds - start }

  package func update(_ moment: Moment) {
    let now = seconds
    switch style {
    case .none, .auto: return
    case .bar:
      guard now - lastTime >= 0.2 else { return }
      write("\r" + bar(moment, now) + "\u{1B}[K")
    case .lines:
      // As VW does: ever rarer by rows, but never silent for long.
      guard moment.rows >= nextRows || now - lastTime >= 30 else { return }
      if lastShown == nil { write(Self.header(moment)) }
      write(line(moment, now) + "\n")
    case .json:
      guard now - lastTime >= 1 || lastShown == nil else { return }
      write(json(moment, now).text + "\n")
    }
    while nextRows <= moment.rows { nextRows *= 2 }
    lastShown = moment
    lastTime = now
  }

  /// Where an exact solver stands after another iteration.
  package func iterated(
    _ iteration: Int, objective: Double, gradientNorm: Double, passes: Int
  ) {
    defer { hasShownIteration = true }
    switch style {
    case .none, .auto: return
    case .bar, .lines:
      if !hasShownIteration { write("iteration      objective   gradient norm   passes\n") }
      write(
        [
          NumberText.padded(String(iteration), 9),
          NumberText.padded(NumberText.nineDigits(objective), 14),
          NumberText.padded(NumberText.nineDigits(gradientNorm), 15),
          NumberText.padded(String(passes), 8),
        ].joined(separator: " ") + "\n")
    case .json:
      write(
        JSONValue.object([
          ("iteration", .integer(iteration)), ("objective", .number(objective)),
          ("gradient_norm", .number(gradientNorm)), ("passes", .integer(passes)),
          ("seconds", .number(seconds)),
        ]).text + "\n")
    }
  }

  /// Another pass over the rows begins: rows count from 0 again.
  package func startPass(totalBytes: Int?) {
    self.totalBytes = totalBytes
    nextRows = 1000
    passStart = seconds
  }

  /// Clears the bar, so that what follows stands on a line of its own.
  package func finish() {
    if style == .bar, lastShown != nil { write("\r\u{1B}[K") }
  }

  private static func header(_ moment: Moment) -> String {
    moment.loss == nil
      ? "        rows       rows/s    time left\n"
      : " average    since\n    loss     last         rows       rows/s    time left\n"
  }

  private func line(_ moment: Moment, _ now: Double) -> String {
    var fields: [String] = []
    if moment.loss != nil {
      fields.append(NumberText.padded(Self.loss(averageLoss(moment)), 8))
      fields.append(NumberText.padded(Self.loss(lossSinceLast(moment)), 8))
    }
    fields.append(NumberText.padded(NumberText.grouped(moment.rows), 12))
    fields.append(NumberText.padded(NumberText.grouped(Int(rate(moment, now))), 12))
    fields.append(NumberText.padded(timeLeft(moment, now).map(Self.duration) ?? "-", 12))
    return fields.joined(separator: " ")
  }

  private func bar(_ moment: Moment, _ now: Double) -> String {
    var parts: [String] = []
    if let fraction = fraction(moment) {
      let filled = Int(fraction * 20)
      parts.append(
        "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
          + "] \(Int(fraction * 100))%")
    }
    parts.append("\(NumberText.grouped(moment.rows)) rows")
    if moment.loss != nil { parts.append("loss \(Self.loss(averageLoss(moment)))") }
    parts.append("\(NumberText.grouped(Int(rate(moment, now)))) rows/s")
    if let left = timeLeft(moment, now) { parts.append("\(Self.duration(left)) left") }
    parts.append(NumberText.bytes(Machine.peakResidentBytes))
    guard let columns = columns() else { return parts.joined(separator: "  ") }
    // A line that reached the last column would begin another: the least important parts go first.
    let room = max(0, columns - 1)
    while parts.count > 1, parts.joined(separator: "  ").count > room { parts.removeLast() }
    return String(parts.joined(separator: "  ").prefix(room))
  }

  private func json(_ moment: Moment, _ now: Double) -> JSONValue {
    .object([
      ("rows", .integer(moment.rows)), ("average_loss", .optional(averageLoss(moment))),
      ("since_last_loss", .optional(lossSinceLast(moment))),
      ("rows_per_second", .number(rate(moment, now))), ("seconds", .number(now)),
      ("fraction", .optional(fraction(moment))),
      ("seconds_left", .optional(timeLeft(moment, now))),
      ("peak_rss_bytes", .integer(Machine.peakResidentBytes)),
    ])
  }

  private func averageLoss(_ moment: Moment) -> Double? {
    moment.loss.flatMap { $0.weight > 0 ? $0.sum / $0.weight : nil }
  }

  private func lossSinceLast(_ moment: Moment) -> Double? {
    guard let loss = moment.loss else { return nil }
    let before = lastShown?.loss ?? (0, 0)
    let weight = loss.weight - before.weight
    return weight > 0 ? (loss.sum - before.sum) / weight : nil
  }

  private func rate(_ moment: Moment, _ now: Double) -> Double {
    now > passStart ? Double(moment.rows) / (now - passStart) : 0
  }

  private func fraction(_ moment: Moment) -> Double? {
    guard let totalBytes, totalBytes > 0 else { return nil }
    return min(1, Double(moment.bytesRead) / Double(totalBytes))
  }

  private func timeLeft(_ moment: Moment, _ now: Double) -> Double? {
    guard let fraction = fraction(moment), fraction > 0 else { return nil }
    return (now - passStart) * (1 - fraction) / fraction
  }

  private static func loss(_ loss: Double?) -> String {
    loss.map { NumberText.fixed($0, 5) } ?? "-"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60
      ? "\(whole)s"
      : whole < 3600
        ? "\(whole / 60)m\(whole % 60)s" : "\(whole / 3600)h\(whole % 3600 / 60)m"
  }

}
