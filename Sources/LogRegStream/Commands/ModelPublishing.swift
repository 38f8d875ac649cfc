internal import ModelFile
internal import SparseBatches

extension ModelDestination {
  /// Finds out now whether a model could be put there, before hours are spent on it.
  ///
  /// - Throws: cannotCreate.
  func checkWritable() throws(RunFailure) {
    if case .file(let path) = self { try AtomicOutput.checkWritable(path) }
  }
}

extension ModelDocument {
  /// Puts the model where it belongs: whole, or not at all.
  ///
  /// - Throws: cannotCreate or inputOutput; what was there before is intact.
  func publish(to destination: ModelDestination) throws(RunFailure) {
    let container = try container(named: destination.name)
    switch destination {
    case .file(let path): try container.write(toFile: path)
    case .standardOutput:
      var output = DescriptorOutput.standardOutput()
      try container.write(to: &output)
      try output.flush()
    }
  }
}
