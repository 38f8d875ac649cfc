import Evaluation
import SparseBatches
import Testing

@testable import Configuration

/// On which rows a calibrator is fitted.
@Suite struct CalibrationRowsTests {
  private func configuration(
    _ change: (inout TrainingConfiguration) -> Void
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(input: InputConfiguration(threads: 1))
    configuration.input.files = ["rows.csv"]
    change(&configuration)
    return configuration
  }

  @Test func theStreamIsTheDefaultOfOneEpochOfLogisticLoss() throws {
    let plain = configuration { _ in }
    try plain.validate()
    #expect(plain.calibrationRows == .stream && plain.calibratesOnStream)
    #expect(plain.holdoutFraction == 0 && plain.holdoutCalibrator == nil)
    let none = configuration { $0.calibrator = .none }
    #expect(!none.calibratesOnStream)
    let without = configuration {
      $0.passes.holdout = 0
      $0.calibrator = .platt
    }
    try without.validate()
    #expect(without.calibratesOnStream)
    let both = configuration {
      $0.passes.holdout = 0.2
      $0.calibrateOn = .stream
    }
    try both.validate()
    #expect(both.calibratesOnStream && both.holdoutFraction == 0.2)
    #expect(both.holdoutCalibrator == nil)
  }

  @Test func allElseCalibratesOnAHoldout() throws {
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.passes.holdout = 0.2 }, { $0.passes.epochs = 2 }, { $0.learner.optimizer = .lbfgs },
      { $0.learner.optimizer = .newton }, { $0.calibrateOn = .holdout },
    ]
    for change in changes {
      let plain = configuration(change)
      try plain.validate()
      #expect(plain.calibrationRows == .holdout && !plain.calibratesOnStream)
      #expect(plain.holdoutCalibrator == nil)
      let sampled = configuration {
        change(&$0)
        $0.sampling.keepNegatives = 0.5
      }
      #expect(sampled.holdoutCalibrator == .platt && sampled.holdoutFraction > 0)
      let named = configuration {
        change(&$0)
        $0.calibrator = .blend
      }
      try named.validate()
      #expect(named.holdoutCalibrator == .blend && named.holdoutFraction > 0)
    }
    for loss in [LearnerConfiguration.Loss.squared, .softmax, .probit] {
      #expect(configuration { $0.learner.loss = loss }.calibrationRows == .holdout)
    }
  }

  @Test func aStreamThatSaysNothingIsRefused() throws {
    let changes: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("--epochs 3", { $0.passes.epochs = 3 }),
      ("exact solver", { $0.learner.optimizer = .lbfgs }),
      ("exact solver", { $0.learner.optimizer = .newton }),
      ("numbers", { $0.learner.loss = .squared }),
      ("not for probit", { $0.learner.loss = .probit }),
      (
        "not for softmax",
        {
          $0.learner.loss = .softmax
          $0.calibrator = .temperature
        }
      ),
    ]
    for (words, change) in changes {
      let refused = configuration {
        change(&$0)
        $0.calibrateOn = .stream
      }
      let failure = #expect(throws: RunFailure.self) { try refused.validate() }
      #expect(failure?.kind == .usage && failure?.message.contains(words) == true)
    }
    let softmax = configuration {
      $0.learner.loss = .softmax
      $0.calibrateOn = .stream
    }
    try softmax.validate()
    #expect(!softmax.calibratesOnStream && softmax.holdoutCalibrator == nil)
    let nothing = configuration {
      $0.calibrateOn = .holdout
      $0.passes.holdout = 0
      $0.calibrator = .platt
    }
    #expect(throws: RunFailure.self) { try nothing.validate() }
  }
}
