import Foundation
import Testing

/// What the suites of `monitor` share.
protocol MonitorTesting {}

extension MonitorTesting {
  /// A model of 20,000 rows without drift.
  func trained(_ options: String...) throws -> Workspace {
    let workspace = try Workspace()
    var rows = MonitoredRows(seed: 100)
    try workspace.write("t.csv", rows.table(20_000))
    try workspace.trained(list: ["t.csv", "--bits", "14"] + options)
    return workspace
  }

  func windows(_ outcome: Outcome) throws -> [[String: Any]] {
    try outcome.lines.map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  func crossings(_ window: [String: Any]) -> [(
    figure: String, column: String?, words: String
  )] {
    (window["crossings"] as? [[String: Any]] ?? []).map {
      ($0["figure"] as? String ?? "", $0["column"] as? String, $0["words"] as? String ?? "")
    }
  }

  func monitored(
    _ workspace: Workspace, _ text: String, _ options: String..., name: String = "new.csv"
  ) throws -> (status: Int32, windows: [[String: Any]], errors: String) {
    try workspace.write(name, text)
    let outcome = try workspace.run(
      ["monitor", "-m", "m.lrs", "--json", "--threads", "1", name] + options)
    return (outcome.status, try windows(outcome), outcome.errors)
  }
}
