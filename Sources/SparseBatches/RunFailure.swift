internal import Glibc

/// What ends a run, as an error a person can act on.
public struct RunFailure: Error, Equatable, Sendable {
  /// The raw value is the exit code of the program.
  public enum Kind: Int32, CaseIterable, Sendable {
    /// What came of the rows is not within the limits that were set: no model is published.
    case thresholdCrossed = 3
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

/// What the system says of an error number.
package enum SystemErrorText {
  /// Of the last failed call of this thread.
  package static var last: String { text(of: errno) }

  package static func text(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // At most as many bytes as the array has are written, NUL included.
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Why and where a row was not learned from. A value, counted and sampled, never thrown.
package struct RowIssue: Equatable, Sendable {
  /// The raw values are the keys of `bad_rows_by_reason` in `--json`.
  package enum Reason: String, CaseIterable, Sendable, BitwiseCopyable {
    case wrongFieldCount = "wrong_field_count"
    case textAfterQuote = "text_after_quote"
    case unterminatedQuote = "unterminated_quote"
    case notANumber = "not_a_number"
    case notFinite = "not_finite"
    case badLabel = "bad_label"
    case badWeight = "bad_weight"
    case malformedFeature = "malformed_feature"
    case tooLong = "row_too_long"
    case carriageReturn = "carriage_return"
    case fieldOfManyLines = "field_of_many_lines"
  }

  package var reason: Reason
  /// Index of the row in its chunk.
  package var rowInChunk: Int
  package var position: InputPosition
  /// The column's name, escaped for display, where the issue lies in one column.
  package var column: String?
  /// What was found, escaped and cut for display.
  package var found: String
  /// One sentence that says what to do.
  package var cure: String

  package init(
    reason: Reason, rowInChunk: Int, position: InputPosition, column: String?, found: String,
    cure: String
  ) {
    self.reason = reason
    self.rowInChunk = rowInChunk
    self.position = position
    self.column = column
    self.found = found
    self.cure = cure
  }
}
