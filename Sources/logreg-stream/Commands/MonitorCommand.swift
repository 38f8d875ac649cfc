import ArgumentParser
import CommandOptions
import LogRegStream
import SparseBatches

struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Hold later rows against those that a model was trained on.",
    discussion: """
      One table a window on standard output, the worst column first; with --json one JSON object a \
      window, as lines. Labels may be missing. The exit code is 0 when nothing crossed a threshold, \
      and 3 when something did.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The model.", valueName: "file"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Rows that are looked at together: so many (100000rows, the default), or those that follow each "
        + "other with the same value in a column, such as an hour.", valueName: "rows|column"))
  var window: WindowChoice?

  // Defaults are those of the library: the article on monitoring lists them.
  @Option(
    help: ArgumentHelp(
      "When an alarm is raised: \(MonitorThresholds.names.joined(separator: ", ")); a number, or off.",
      valueName: "name=v,…"))
  var threshold: [ThresholdSettings] = []

  @Option(
    help: ArgumentHelp("A page of plots over the windows, for a browser.", valueName: "file.html"))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "The last window in Prometheus' text format, for node_exporter's textfile collector.",
      valueName: "file"))
  var prometheus: String?

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var monitoring = MonitorConfiguration(
      input: try input.configuration(config: output.config), model: model)
    monitoring.maximumLineBytes = input.maxLineBytes.bytes
    monitoring.window = window?.window ?? monitoring.window
    for setting in threshold.flatMap(\.settings) {
      try monitoring.thresholds.set(setting.name, to: setting.value)
    }
    monitoring.report = report
    monitoring.prometheus = prometheus
    monitoring.isVerbose = output.verbose
    // A stop leaves no temporary file.
    let control = RunControl.followingSignals()
    defer { withExtendedLifetime(control) {} }
    let summary = try Monitor.run(
      monitoring, notices: output.notices, progress: output.reporter
    ) { window throws(RunFailure) in
      try Terminal.put(output.json ? window.json.text + "\n" : window.text)
    }
    if summary.crossed > 0 { Terminal.exit(Self.somethingCrossed) }
  }

  /// The exit code.
  private static let somethingCrossed: Int32 = 3
}

/// `100000rows`, or the name of a column.
struct WindowChoice: ExpressibleByArgument {
  let window: MonitorConfiguration.Window

  init?(argument: String) {
    guard !argument.isEmpty, !argument.allSatisfy(\.isNumber) else { return nil }
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard argument.dropFirst(digits.count) == "rows", !digits.isEmpty else {
      window = .column(argument)
      return
    }
    guard let rows = Int(digits) else { return nil }
    window = .rows(rows)
  }
}

/// `name=value`, or several with commas between them.
struct ThresholdSettings: ExpressibleByArgument {
  let settings: [(name: String, value: String)]

  init?(argument: String) {
    var settings: [(name: String, value: String)] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let sign = part.firstIndex(of: "="), sign != part.startIndex else { return nil }
      settings.append((String(part[..<sign]), String(part[part.index(after: sign)...])))
    }
    self.settings = settings
  }
}
