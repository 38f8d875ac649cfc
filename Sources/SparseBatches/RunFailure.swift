/// What ends a run, as an error a person can act on.
public struct RunFailure: Error, Equatable, Sendable {
  /// The raw value is the exit code of the program.
  public enum Kind: Int32, CaseIterable, Sendable {
    case usage = 64
    case badData = 65
    case missingInput = 66
    case bug = 70
    case cannotCreate = 73
    case inputOutput = 74
    case locked = 75
    /// Stopped by SIGINT or SIGTERM: the program ends by the same signal.
    case interrupted = 130
  }

  /// What sort of failure it is.
  public var kind: Kind
  /// What happened, with the file, row, line and column where there are any.
  public var message: String
  /// What to do about it.
  public var cure: String?

  /// - Parameters:
  ///   - kind: decides the exit code.
  ///   - message: what happened, and where.
  ///   - cure: what to do about it.
  public init(_ kind: Kind, _ message: String, cure: String? = nil) {
    self.kind = kind
    self.message = message
    self.cure = cure
  }
}

extension RunFailure: CustomStringConvertible {
  /// The message, and the cure in parentheses.
  public var description: String { cure.map { "\(message) (\($0))" } ?? message }
}

extension RunFailure {
  /// The exit code of a program that ends with this failure.
  public var exitCode: Int32 { kind.rawValue }
}
