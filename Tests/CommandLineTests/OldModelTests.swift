import Foundation
import Testing

/// Models that earlier programs wrote are read for ever.
@Suite struct OldModelTests {
  private static func golden(_ name: String) -> String {
    Samples.packageRoot.appendingPathComponent("Tests/ModelFileTests/Golden/\(name)").path
  }

  /// Written by a program that knew neither names of features nor collisions, corrections or calibrators;
  /// so were its predictions.
  @Test func aModelWithoutNamesPredictsAsThen() throws {
    let workspace = try Workspace()
    let model = Self.golden("model-v1-nameless.lrs")
    let predicted = try workspace.run("predict", "-m", model, Self.golden("nameless-rows.csv"))
    #expect(predicted.status == 0, "\(predicted.errors)")
    #expect(predicted.output == (try workspace.read(Self.golden("nameless-predictions.txt"))))
    let inspected = try workspace.inspected(model)
    #expect(inspected["rows"] as? Int == 300)
    let top = try workspace.run("inspect", "--top", "3", model)
    #expect(top.status == 0, "\(top.errors)")
    let weights = try workspace.run("inspect", "--weights", model)
    // Slot and weight, and no name behind them.
    #expect(weights.status == 0 && !weights.lines.isEmpty, "\(weights.errors)")
    for command in ["evaluate", "calibrate"] {
      let more = command == "calibrate" ? ["--calibrator", "platt", "-o", "new.lrs"] : []
      let run = try workspace.run(
        [command, "-m", model] + more + [Self.golden("nameless-rows.csv")])
      #expect(run.status == 0, "\(command): \(run.errors)")
    }
  }
}
