import Foundation
import Testing

/// Models that earlier programs wrote are read for ever.
@Suite struct OldModelTests {
  private static func golden(_ name: String) -> String {
    Samples.packageRoot.appendingPathComponent("Tests/ModelFileTests/Golden/\(name)").path
  }

  /// Written by a program that knew neither names of features nor collisions, corrections or
  /// calibrators; so were its predictions.
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
    let evaluated = try workspace.run("evaluate", "-m", model, Self.golden("nameless-rows.csv"))
    #expect(evaluated.status == 0, "\(evaluated.errors)")
  }
}
