import LogRegStream

/// What `--version` says.
enum Version {
  static let text =
    "logreg-stream \(BuildInformation.program) (model format \(BuildInformation.modelFormat); "
    + "inflate: \(BuildInformation.inflateBackends.joined(separator: ", ")))"
}
