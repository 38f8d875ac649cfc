package import Checkpoints
internal import Configuration
internal import ElementaryMath
package import Featurizing
internal import Learning
package import ModelFile
package import SparseBatches

/// What a state counted of its rows, outside a run.
package enum StateBooks {
  /// The features that a learner met.
  ///
  /// - Throws: badData when what is stored cannot be.
  package static func register(
    of state: StateDocument
  ) throws(RunFailure) -> FeatureRegisterState {
    var reader = try state.container.reader(of: .intakeState)
    var tally = RowTally(isBinary: state.header.model.loss?.isBinary ?? true)
    try tally.restore(from: &reader)
    guard try !reader.readBool(), try !reader.readBool() else {
      throw reader.failure("it holds rows out, which its options do not say")
    }
    guard tally.share.learnedRows == state.header.totals.learnedRows else {
      throw reader.failure("its counts of rows are not those of its header")
    }
    let register = try FeatureRegisterState(from: &reader)
    try reader.expectEnd()
    return register
  }

  /// The section of a state that has no holdout.
  package static func section(
    _ totals: StateShare, _ model: ModelHeader, _ register: FeatureRegisterState
  ) -> ContainerSection {
    var writer = ByteWriter()
    RowTally(isBinary: model.loss?.isBinary ?? true, totals).encode(into: &writer)
    writer.append(false)
    writer.append(false)
    register.encode(into: &writer)
    return ContainerSection(type: .intakeState, data: writer.bytes)
  }

  /// Shift and weights as `totals` have them, by the method of `model`; nil where nothing is
  /// corrected.
  ///
  /// - Throws: badData when a population rate is given and one class has no weight.
  package static func correction(
    _ model: ModelHeader, _ totals: StateShare
  ) throws(RunFailure) -> ModelHeader.Correction? {
    guard let loss = model.loss, var correction = model.correction else { return nil }
    var sampling = SamplingConfiguration()
    sampling.keepNegatives = correction.keepNegatives
    sampling.negativesKept = correction.negativesKept
    sampling.populationRate = correction.populationRate
    sampling.correction = SamplingConfiguration.Correction(rawValue: correction.method)
    let prior = PriorShift(sampling, loss: loss, classFactors: model.passes.classWeights)
    correction.rowsSampledOut = totals.sampledOut
    correction.shifts = try prior.shifts(RowTally(isBinary: loss.isBinary, totals))
    return correction
  }

  /// The mean loss of all rows, each before it was learned; nil without weight.
  package static func progressiveLoss(_ totals: StateShare, _ learner: ModelHeader.Learner)
    -> Double?
  {
    let weight = totals.lossWeight.sum.value
    guard weight > 0 else { return nil }
    let deviation = learner.online?.target?.deviation ?? 1
    return totals.loss.sum.value / weight * (deviation * deviation)
  }

  /// Names of the slots of a model, and how crowded they are.
  ///
  /// - Throws: badData when there can be no such register.
  package static func features(
    _ state: FeatureRegisterState, _ hashing: FeatureHashing, nameLimit: Int, of slots: [UInt32]
  ) throws(RunFailure) -> (names: FeatureNames, collisions: CollisionFigures) {
    let register = FeatureRegister(hashing: hashing, nameLimit: nameLimit)
    guard register.restore(state) else {
      throw RunFailure(
        .badData, "the names of features of the states contradict each other",
        cure: "restore the states from copies, or learn again")
    }
    return (try register.names(of: slots), register.collisions)
  }
}
