package import ArgumentParser
package import LogRegStream
package import SparseBatches

/// What a training inside another program can be told: the options of `train`, but for those about its
/// command line, standard streams and terminal.
package struct TrainingWords: ParsableCommand {
  package static let configuration = CommandConfiguration(commandName: "train")

  @OptionGroup package var training: TrainingOptions
  @OptionGroup package var checkpoints: CheckpointOptions
  @OptionGroup package var states: StateOptions

  package init() {}

  /// - Parameters:
  ///   - config: YAML whose keys are the long option names, as a config file holds it.
  ///   - files: what is read; `-` stands for `InputConfiguration.standardInput`.
  ///   - model: where the model goes.
  /// - Throws: `RunFailure` (usage) for options that do not exist or cannot be combined.
  package static func configuration(
    _ config: [UInt8], files: [String], model: ModelDestination
  ) throws(RunFailure) -> TrainingConfiguration {
    let words = try ConfigFile.words(in: config, for: TrainingWords.self)
    do {
      var parsed = try parse(words)
      parsed.training.input.files = files
      var configuration = try parsed.training.configuration(config: nil, model: model)
      configuration.checkpoint = parsed.checkpoints.configuration
      parsed.states.apply(to: &configuration)
      return configuration
    } catch let failure as RunFailure {
      throw failure
    } catch {
      throw RunFailure(.usage, "the config: \(message(for: error))")
    }
  }
}
