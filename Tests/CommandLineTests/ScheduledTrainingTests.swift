import Foundation
import Testing

/// The recipe of the article "Resume and scheduled training", taken from its text and carried out.
@Suite struct ScheduledTrainingTests {
  /// What the article says, by its code blocks.
  private struct Article {
    /// The commands of its lines for cron: the plain one, and one that forgets.
    let commands: [String]
    /// Names and contents of the units.
    let units: [(name: String, text: String)]

    init() throws {
      let path = Samples.packageRoot.appendingPathComponent(
        "Sources/LogRegStream/LogRegStream.docc/ResumeAndScheduledTraining.md")
      let parts = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "```")
      let blocks = parts.indices.filter { $0 % 2 == 1 }.map { index in
        parts[index].split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
      }
      commands = blocks.compactMap { $0.first?.firstMatch(of: /^7 \* \* \* \* (.+)$/) }
        .map { String($0.1) }
      let service = try #require(blocks.first { $0.first == "# clicks.service" })
      let split = try #require(service.firstIndex(of: "# clicks.timer"))
      units = [("clicks.service", service[..<split]), ("clicks.timer", service[split...])]
        .map { ($0.0, $0.1.joined(separator: "\n") + "\n") }
    }
  }

  /// A machine of its own: `/srv/clicks` and `/var/log/clicks` are folders of the workspace.
  private final class Machine {
    let workspace: Workspace
    private let command: String

    /// - Parameter command: as the article has it.
    init(_ workspace: Workspace, _ command: String) throws {
      self.workspace = workspace
      self.command = command
      _ = try workspace.shell("mkdir -p logs srv")
    }

    /// The command with the folders in their places; with fewer slots, because a program built for
    /// tests takes more than a second to look through the usual ones.
    var line: String {
      command.replacingOccurrences(of: "/srv/clicks", with: "\(workspace.path)/srv")
        .replacingOccurrences(of: "/var/log/clicks", with: "\(workspace.path)/logs")
        + " --bits 12"
    }

    /// An hour's log arrives as the article asks for: complete, by a rename.
    func arrive(hour: Int, rows: Int) throws {
      try workspace.write(
        "coming.csv",
        Checkpointing.table(part: 40 + hour, rows: rows).replacingOccurrences(
          of: "label,", with: "clicked,"))
      let done = try workspace.shell("gzip -n coming.csv; mv coming.csv.gz \(Self.log(hour))")
      try #require(done.status == 0, "\(done.errors)")
    }

    static func log(_ hour: Int) -> String { "logs/2024-05-01T0\(hour).csv.gz" }

    /// The timer fires.
    func fire() throws {
      let run = try workspace.shell(line)
      try #require(run.status == 0, "\(run.errors)")
    }

    /// The timer fires, and the machine loses its power in the middle.
    func fireAndCrash() throws {
      let run = try workspace.shell(
        """
        set -m
        cp -r srv before
        # A run that was quicker is undone and crashed sooner.
        for delay in 0.15 0.1 0.07 0.05 0.03 0.02; do
          (\(line)) & run=$!
          sleep $delay
          kill -KILL -- -$run || true
          status=0; wait $run || status=$?
          test $status = 137 && exit 0
          rm -r srv; cp -r before srv
        done
        exit 1
        """, program: Program.unoptimized)
      try #require(run.status == 0, "\(run.errors)")
      _ = try workspace.shell("rm -r before")
    }

    var model: Data { get throws { try workspace.read("srv/model.lrs") } }
  }

  /// Hours 1 to 5 and, late, hour 0, under all that may go wrong.
  private func liveThroughIt(_ machine: Machine) throws {
    try machine.arrive(hour: 1, rows: 10_100)  // Types and scales are fitted on 10,000 rows.
    try machine.fire()
    try machine.arrive(hour: 2, rows: 3000)
    try machine.arrive(hour: 3, rows: 3000)
    try machine.fireAndCrash()
    try machine.arrive(hour: 4, rows: 500)
    try machine.fire()
    let old = try machine.model
    try machine.arrive(hour: 5, rows: 500)
    try machine.fire()
    // A crash between the last checkpoint and the model leaves the old model, and a temporary.
    let new = try machine.model
    try machine.workspace.write("srv/model.lrs", old)
    try machine.workspace.write("srv/.logreg-stream-0.tmp", "")
    try machine.fire()
    #expect(try machine.model == new)
    try machine.arrive(hour: 0, rows: 500)
    try machine.fire()
    let last = try machine.model
    #expect(last != new)
    // Nothing new; and old logs may go.
    try machine.fire()
    _ = try machine.workspace.shell("rm \(Machine.log(1)) \(Machine.log(2))")
    try machine.fire()
    #expect(try machine.model == last)
  }

  @Test func theRecipeSurvivesWhatTheArticleSays() throws {
    let article = try Article()
    let command = try #require(article.commands.first)
    let workspace = try Workspace()
    let machine = try Machine(workspace, command)
    try liveThroughIt(machine)
    // The same rows at once, in the order in which they came, without a directory.
    for (hour, rows) in [(1, 10_100), (2, 3000)] { try machine.arrive(hour: hour, rows: rows) }
    let order = [1, 2, 3, 4, 5, 0].map { "\(workspace.path)/\(Machine.log($0))" }
    let undisturbed = machine.line.replacingOccurrences(of: "--checkpoint state", with: "")
      .replacingOccurrences(of: "model.lrs", with: "whole.lrs")
      .replacingOccurrences(
        of: "\(workspace.path)/logs/*.gz", with: order.joined(separator: " "))
    #expect(undisturbed.contains("T00") && !undisturbed.contains("state"))
    let run = try workspace.shell(undisturbed)
    try #require(run.status == 0, "\(run.errors)")
    #expect(try machine.model == workspace.read("srv/whole.lrs"))
  }

  @Test func theRecipeThatForgetsDoesToo() throws {
    let article = try Article()
    let command = try #require(article.commands.last)
    #expect(article.commands.count == 2 && command.contains(" --forget 0.9 "))
    // Else the same command.
    #expect(command.replacingOccurrences(of: " --forget 0.9", with: "") == article.commands[0])
    let workspace = try Workspace()
    let machine = try Machine(workspace, command)
    try liveThroughIt(machine)
    // The same hours on a machine that never failed: forgotten is once a run that learns.
    let calm = try Workspace()
    let other = try Machine(calm, command)
    for hours in [[(1, 10_100)], [(2, 3000), (3, 3000), (4, 500)], [(5, 500)], [(0, 500)]] {
      for (hour, rows) in hours { try other.arrive(hour: hour, rows: rows) }
      try other.fire()
    }
    #expect(try machine.model == other.model)
  }

  @Test func theServiceRunsTheCommandOfTheLine() throws {
    let article = try Article()
    let service = article.units[0].text
    let command = try #require(service.firstMatch(of: /(?m)^ExecStart=\/bin\/sh -c 'exec (.+)'$/))
    let folder = try #require(service.firstMatch(of: /(?m)^WorkingDirectory=(.+)$/))
    #expect(article.commands.first == "cd \(folder.1) && \(command.1)")
  }

  private static let verifier = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"]
    .first(where: FileManager.default.isExecutableFile)

  @Test(.enabled(if: verifier != nil, "systemd-analyze is not there"))
  func theUnitsAreWellFormed() throws {
    let workspace = try Workspace()
    let units = try Article().units
    for unit in units { try workspace.write(unit.name, unit.text) }
    // The paths of the recipe are not on this machine; what is wrong with a unit is said with its
    // line.
    let verified = try Program.run(
      try #require(Self.verifier), ["verify", "--man=no", "./clicks.service", "./clicks.timer"],
      in: workspace.path)
    let complaints = verified.errors.split(separator: "\n").filter { $0.contains("clicks.") }
    #expect(complaints.isEmpty, "\(verified.errors)")
    let calendar = try #require(units[1].text.firstMatch(of: /(?m)^OnCalendar=(.+)$/))
    let parsed = try Program.run(
      try #require(Self.verifier), ["calendar", String(calendar.1)], in: workspace.path)
    #expect(parsed.status == 0 && parsed.text.contains("*-*-* *:07:00"), "\(parsed.errors)")
  }
}
