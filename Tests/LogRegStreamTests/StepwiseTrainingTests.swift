import FoundationEssentials
import LogRegStream
import SparseBatches
import Testing

/// The library's calls for single steps, used as another package would.
@Suite struct StepwiseTrainingTests {
  /// y = 2x − 1 but for a little; x is not scaled, so that weights can be foretold.
  private func training(
    _ change: (inout TrainingConfiguration) -> Void
  ) throws -> StepwiseTraining {
    let path = "/tmp/stepwise-\(UUID().uuidString).libsvm"
    let rows = [(-1.0, -3.25), (0, -1.25), (1, 1.5), (2, 3.0)]
    let text = rows.map { "\($0.1) 7:\($0.0)\n" }.joined()
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var configuration = TrainingConfiguration(input: InputConfiguration(files: [path], threads: 1))
    configuration.reading.bits = 10
    configuration.learner.loss = .squared
    change(&configuration)
    return try StepwiseTraining(configuration)
  }

  private func weight(_ training: StepwiseTraining) -> Double {
    var found = 0.0
    training.forEachNonZeroWeight { slot, output, weight in
      #expect(slot == 7 && output == 0)
      found = weight
    }
    return found
  }

  @Test func oneNewtonStepIsLeastSquares() throws {
    let training = try training { _ in }
    #expect(training.rowCount == 4 && training.outputs == 1 && weight(training) == 0)
    // ½ Σ y².
    #expect(abs(try training.takeNewtonStep() - 11.6875) < 1e-12)
    // Σ(x − x̄)(y − ȳ)/Σ(x − x̄)² with x̄ = ½ and ȳ = 0.
    #expect(abs(weight(training) - 10.75 / 5) < 1e-9)
    #expect(abs(training.bias() + 1.075) < 1e-9)
    let optimum = try training.objective()
    #expect(try training.takeNewtonStep() - optimum < 1e-12)
    #expect(abs(try training.objective() - optimum) < 1e-12)
  }

  @Test func gradientStepsDescendToTheSameOptimum() throws {
    let training = try training { $0.learner.l2 = 0.5 }
    // ∇w = −Σ x·y = −10.75 and ∇b = −Σ y = 0 at zero.
    try training.takeGradientStep(rate: 0.01)
    #expect(abs(weight(training) - 0.1075) < 1e-12 && training.bias() == 0)
    var last = Double.infinity
    for _ in 0..<400 {
      let objective = try training.takeGradientStep(rate: 0.1)
      #expect(objective <= last + 1e-14)
      last = objective
    }
    let (w, b) = (weight(training), training.bias())
    let exact = try self.training { $0.learner.l2 = 0.5 }
    try exact.takeNewtonStep()
    #expect(abs(w - weight(exact)) < 1e-9 && abs(b - exact.bias()) < 1e-9)
  }

  @Test func whatCannotBeDoneIsRefusedAndChangesNothing() throws {
    let training = try training { $0.learner.l1 = 0.25 }
    try training.takeGradientStep(rate: 0.01)
    // soft(0.1075, 0.0025).
    #expect(abs(weight(training) - 0.105) < 1e-12)
    for rate in [0, -1, .nan, .infinity, 1e308] as [Double] {
      #expect(throws: RunFailure.self) { try training.takeGradientStep(rate: rate) }
    }
    #expect(throws: RunFailure.self) { try training.takeNewtonStep() }
    #expect(abs(weight(training) - 0.105) < 1e-12)
    #expect(throws: RunFailure.self) { try self.training { $0.input.files = ["/nowhere/x"] } }
  }
}
