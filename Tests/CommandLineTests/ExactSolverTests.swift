import Foundation
import Testing

/// The exact solvers and check-gradient, as a person runs them.
@Suite struct ExactSolverTests {
  private static let table = Samples.table(rows: 300)

  @Test(arguments: ["newton", "lbfgs"])
  func bothSolversReachTheSameOptimum(optimizer: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let summary = try workspace.trained("t.csv", "--optimizer", optimizer, "--l2", "1")
    let solver = try #require(summary["solver"] as? [String: Any])
    #expect(solver["reason"] as? String == "converged")
    #expect((solver["passes"] as? Int ?? 0) > 2)
    #expect(summary["progressive_log_loss"] is NSNull && summary["epochs"] is NSNull)
    let objective = try #require(solver["objective"] as? Double)
    let other = try workspace.trained(
      "t.csv", "--optimizer", optimizer == "newton" ? "lbfgs" : "newton", "--l2", "1")
    let otherSolver = try #require(other["solver"] as? [String: Any])
    let otherObjective = try #require(otherSolver["objective"] as? Double)
    #expect(abs(objective - otherObjective) <= 1e-8 * objective)
  }

  @Test func theModelIsTheSameForAnyThreadsAndPipes() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let options = ["--optimizer", "newton", "--l2", "0.5", "-q"]
    for (name, more) in [
      ("a", ["--threads", "1", "t.csv"]),
      ("b", ["--threads", "3", "--chunk-bytes", "100", "t.csv"]),
    ] {
      let outcome = try workspace.run(["train", "-o", name] + options + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let piped = try workspace.run(
      ["train", "-o", "c"] + options, input: .file("t.csv"))
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(try workspace.read("a") == workspace.read("b"))
    #expect(try workspace.read("a") == workspace.read("c"))
  }

  @Test func separableRowsAreSaidToBe() throws {
    let workspace = try Workspace()
    let rows = (0..<40).map { "\($0 % 2),\($0 % 2 == 0 ? "a" : "b")\n" }
    try workspace.write("t.csv", "label,c\n" + rows.joined())
    for optimizer in ["newton", "lbfgs"] {
      let outcome = try workspace.train("t.csv", "--optimizer", optimizer)
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("separated perfectly"))
      #expect(outcome.errors.contains("--l2"))
    }
  }

  @Test(arguments: [
    ["--optimizer", "newton", "--l1", "1"], ["--optimizer", "lbfgs", "--alpha", "1"],
    ["--optimizer", "lbfgs", "--beta", "1"], ["--optimizer", "newton", "--batch-size", "4"],
    ["--optimizer", "newton", "--epochs", "3"], ["--optimizer", "lbfgs", "--shuffle", "100"],
    ["--optimizer", "lbfgs", "--cache", "none"], ["--max-iterations", "5"],
    ["--tolerance", "0.1"], ["--optimizer", "newton", "--tolerance", "2"],
    ["--optimizer", "newton", "--max-iterations", "0"], ["--optimizer", "adam"],
  ])
  func contradictionsAreUsageErrors(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.refusal(list: ["t.csv"] + options)
  }

  @Test func inspectShowsHowTheSolverEnded() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    _ = try workspace.trained("t.csv", "--optimizer", "newton", "--l2", "1")
    let text = try workspace.run("inspect", "m.lrs")
    #expect(text.text.contains("newton") && text.text.contains("converged"))
  }

  @Test func theGradientIsRightOnRows() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    let outcome = try workspace.run(
      "check-gradient", "--bits", "10", "--json", "--l1", "0.3", "--l2", "2", "t.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.json()
    #expect(report["passes"] as? Bool == true && report["rows"] as? Int == 300)
    #expect((report["largest_gradient_error"] as? Double ?? 1) < 1e-6)
    #expect((report["largest_hessian_error"] as? Double ?? 1) < 1e-6)
    #expect((report["smallest_curvature"] as? Double ?? -1) >= 0)
    let strict = try workspace.run(
      "check-gradient", "--bits", "10", "--tolerance", "1e-17", "t.csv")
    #expect(strict.status == 70)
    #expect(strict.text.contains("above the tolerance"))
  }
}
