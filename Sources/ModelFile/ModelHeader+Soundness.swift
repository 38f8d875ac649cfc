internal import Learning

// Numbers of a header that say how a model was made. They decide no prediction, but a file in which they
// cannot be was not written by this program.

extension ModelHeader.Learner {
  /// Whether a learner can have had such options and such an end.
  var isPossible: Bool {
    guard Self.areAmounts([l1, l2]) else { return false }
    switch (online, exact) {
    case (let online?, nil):
      return online.batchSize >= 1 && Self.areAmounts([online.alpha ?? 0, online.beta ?? 0])
        && online.alpha != 0 && (online.rate?.isPossible ?? true)
    case (nil, let exact?):
      return exact.iterations >= 0 && exact.passes >= 0 && exact.objective.isFinite
        && Self.areAmounts([exact.gradientNorm])
    case (nil, nil), (_?, _?): return false
    }
  }

  fileprivate static func areAmounts(_ numbers: [Double]) -> Bool {
    numbers.allSatisfy { $0 >= 0 && $0.isFinite }
  }
}

extension ModelHeader.Learner.Rate {
  fileprivate var isPossible: Bool {
    RateSchedule(rawValue: schedule) != nil && decayRows >= 0 && warmupRows >= 0
      && ModelHeader.Learner.areAmounts([initial, power, decay])
  }
}

extension ModelHeader.Passes {
  /// Whether rows can have been passed over like this.
  var isPossible: Bool {
    (epochs ?? 1) >= 1 && (bestEpoch ?? 1) >= 1 && (bestEpoch ?? 1) <= (epochs ?? .max)
      && shuffleRows >= 0 && holdout >= 0 && holdout < 1
      && ModelHeader.Learner.areAmounts(classWeights)
  }
}
