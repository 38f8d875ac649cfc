package import Checkpoints
internal import Configuration
internal import Learning
package import ModelFile
package import SparseBatches

/// A learner outside a run: read from a state, or put together from several.
package final class StateLearner {
  private let session: any TrainingSession

  /// The learner of a state, as it was; reading it checks every number.
  ///
  /// - Throws: badData when the parts of the state contradict each other, usage when there is no
  ///   memory for its table.
  package init(of state: StateDocument) throws(RunFailure) {
    session = try TrainingSessions.make(of: state)
  }

  /// A learner as `header` says, that began as a run with these options does.
  ///
  /// - Parameter origin: what it starts from; nil: nothing.
  package init(
    like header: ModelHeader, from origin: LearningOrigin?, named name: String
  ) throws(RunFailure) {
    session = try TrainingSessions.make(of: header, named: name)
    if let origin { try session.begin(from: origin) }
  }

  /// A learner as `header` says, put together from its parts.
  ///
  /// - Parameter table: sections as `table` gives them.
  package init(
    like header: ModelHeader, _ head: LearnerHead, table: [ContainerSection], named name: String
  ) throws(RunFailure) {
    session = try TrainingSessions.make(of: header, named: name)
    try session.take(head, table: table)
  }

  package var head: LearnerHead { session.head }

  /// The states of the table that were ever touched, packed.
  package var table: [ContainerSection] {
    let snapshot = TableSnapshot()
    session.copyTable(into: snapshot)
    return snapshot.packedSections()
  }

  /// Everything but the table, as a state holds it.
  package var section: ContainerSection { session.section }

  /// The weights of now, not averages, as a model holds them.
  package func lastWeights() throws(RunFailure) -> LearnedWeights {
    session.serveLastWeights()
    return try session.weights()
  }
}
