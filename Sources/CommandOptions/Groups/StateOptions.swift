package import ArgumentParser
package import LogRegStream

/// What a training starts from, and what it leaves for others to start from.
package struct StateOptions: ParsableArguments {
  package init() {}

  @Option(
    help: ArgumentHelp(
      "Start from the weights and evidence of a state, or from the weights of a model, and read rows "
        + "as it did.", valueName: "file"))
  package var startFrom: String?

  @Option(
    help: ArgumentHelp(
      "The whole learner at the end, for merge and --start-from.", valueName: "file"))
  package var saveState: String?

  package func apply(to configuration: inout TrainingConfiguration) {
    configuration.startFrom = startFrom
    configuration.saveState = saveState
  }
}
