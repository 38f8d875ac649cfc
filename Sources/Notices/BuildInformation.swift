internal import InputBytes
internal import ModelFile

/// What this build is.
public enum BuildInformation {
  /// Semantic version of the program.
  public static let program = "0.1.0"
  /// The newest model format it reads, and the one it writes.
  public static var modelFormat: Int { Int(Container.currentVersion) }
  /// Decompressors of this build, the fastest first.
  public static var inflateBackends: [String] { InflateChoice.available.map(\.rawValue) }
}
