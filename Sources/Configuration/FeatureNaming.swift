internal import Featurizing

/// How many names of features a model keeps. Names hold what stood in the rows, so they can be
/// personal data.
public enum FeatureNaming: Equatable, Sendable {
  /// Up to 65,536.
  case auto
  /// None.
  case off
  /// Up to so many, 1 to 16,777,216.
  case atMost(Int)

  /// The most that can be asked for.
  public static let most = FeatureRegister.allowedNameLimits.upperBound

  package var limit: Int {
    switch self {
    case .auto: FeatureRegister.usualNameLimit
    case .off: 0
    case .atMost(let count): min(max(count, 0), Self.most)
    }
  }
}
