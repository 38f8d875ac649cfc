package import Learning
public import Notices

/// What a check of the derivatives found.
public struct GradientReport: Sendable {
  /// Whether every error is within the tolerance and no curvature is negative.
  public let passes: Bool
  /// One object.
  public let json: JSONValue
  /// A few lines for people.
  public let text: String

  package init(_ check: GradientCheck, tolerance: Double) {
    passes = check.passes(tolerance: tolerance)
    json = .object([
      ("schema", .integer(1)), ("command", .string("check-gradient")),
      ("rows", .integer(check.rows)), ("coordinates", .integer(check.coordinates)),
      ("random_directions", .integer(check.randomDirections)),
      ("single_coordinates", .integer(check.singleCoordinates)),
      ("largest_gradient_error", .number(check.largestGradientError)),
      ("largest_hessian_error", .number(check.largestHessianError)),
      ("smallest_curvature", .number(check.smallestCurvature)),
      ("tolerance", .number(tolerance)), ("passes", .bool(passes)),
    ])
    text = """
      \(check.explanation)
      largest relative error \(max(check.largestGradientError, check.largestHessianError)): \
      \(passes ? "within" : "above") the tolerance of \(tolerance)

      """
  }
}
