import LogRegStream

/// What `--version` says.
enum Version {
  static let text =
    "logreg-stream \(LogRegStreamVersion.program) (model format \(LogRegStreamVersion.modelFormat); "
    + "inflate: \(LogRegStreamVersion.inflateBackends.joined(separator: ", ")))"
}
