import Foundation
import Testing

/// A model whose true probabilities are known: what is predicted after downsampling must be them.
@Suite struct PlantedModelTests {
  private struct Figures {
    var logLoss: Double
    var ratio: Double
    var auc: Double
  }

  private func figures(_ workspace: Workspace, _ options: [String]) throws -> Figures {
    let outcome = try workspace.run(
      ["train", "-q", "--bits", "10", "-o", "m.lrs", "--weight", "w", "train.csv"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try evaluated(workspace)
  }

  private func evaluated(_ workspace: Workspace, _ options: String...) throws -> Figures {
    let outcome = try workspace.run(
      ["evaluate", "-q", "--json", "-m", "m.lrs", "test.csv"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let json = try outcome.json()
    return Figures(
      logLoss: try #require(json["log_loss"] as? Double),
      ratio: try #require(json["calibration_ratio"] as? Double),
      auc: try #require(json["auc"] as? Double))
  }

  @Test func downsampledCorrectedAndCalibratedIsAsGoodAsAllRows() throws {
    let workspace = try Workspace()
    let positives = try PlantedRows(seed: 1, rows: 300_000, bias: -3)
      .write(to: workspace, testRows: 20_000)
    #expect(positives >= 10_000)
    let all = try figures(workspace, [])
    for rate in ["0.1", "0.01"] {
      for options in [
        [], ["--correction", "weight"], ["--calibrator", "beta"],
        ["--calibrator", "isotonic", "--holdout", "0.3"],
      ] {
        let sampled = try figures(
          workspace, ["--keep-negatives", rate, "--calibrate-on", "holdout"] + options)
        #expect(abs(sampled.ratio - 1) < 0.02, "\(rate) \(options): \(sampled.ratio)")
        #expect(sampled.logLoss < 1.01 * all.logLoss, "\(rate) \(options): \(sampled.logLoss)")
        // No calibrator reorders predictions.
        let margins = try evaluated(workspace, "--uncalibrated")
        #expect(abs(margins.auc - sampled.auc) <= 1e-4)
      }
      let untouched = try figures(
        workspace, ["--keep-negatives", rate, "--correction", "none", "--calibrator", "none"])
      #expect(untouched.ratio > 4 && untouched.logLoss > 1.5 * all.logLoss)
    }
  }
}
