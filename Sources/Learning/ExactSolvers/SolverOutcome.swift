package import SparseBatches

/// The exact solvers.
package enum ExactMethod: String, CaseIterable, Sendable {
  /// Limited-memory BFGS; with L1, its orthant-wise variant OWL-QN.
  case lbfgs
  /// Trust-region Newton with conjugate gradients.
  case newton
}

/// When a solver gives up or is content.
package struct SolverLimits: Equatable, Sendable {
  /// `--max-iterations`: accepted steps.
  package var maximumIterations: Int
  /// `--tolerance`: how small the gradient must become, relative to the gradient at zero times the
  /// smallest class's share of the rows.
  package var tolerance: Double

  package static var defaultMaximumIterations: Int { 100 }
  package static var defaultTolerance: Double { 1e-6 }

  /// - Throws: `RunFailure` (usage) for fewer than 1 iteration or a tolerance outside 0 ..< 1.
  package init(
    maximumIterations: Int = Self.defaultMaximumIterations,
    tolerance: Double = Self.defaultTolerance
  ) throws(RunFailure) {
    guard maximumIterations >= 1 else {
      throw RunFailure(
        .usage, "--max-iterations is \(maximumIterations)", cure: "give 1 or more")
    }
    guard tolerance > 0 && tolerance < 1 else {
      throw RunFailure(
        .usage, "--tolerance is \(tolerance)", cure: "give a number between 0 and 1, like 1e-6")
    }
    self.maximumIterations = maximumIterations
    self.tolerance = tolerance
  }
}

/// Where a solver stands after an iteration (0: before the first).
package struct SolverProgress: Equatable, Sendable {
  package var iteration: Int
  /// Σ s·ℓ + λ1‖w‖₁ + (λ2/2)‖w‖₂².
  package var objective: Double
  /// Euclidean norm of its gradient; with L1, of the subgradient nearest to zero.
  package var gradientNorm: Double
  /// Passes over the rows so far.
  package var passes: Int

  package init(iteration: Int, objective: Double, gradientNorm: Double, passes: Int) {
    self.iteration = iteration
    self.objective = objective
    self.gradientNorm = gradientNorm
    self.passes = passes
  }
}

/// How a solver ended.
package struct SolverOutcome: Equatable, Sendable {
  package enum Reason: String, Sendable {
    case converged
    case maximumIterations = "max_iterations"
    /// The model separates the classes: without a penalty there is no finite optimum.
    case separable
    /// Some weights, though not all rows, could grow for ever without a penalty.
    case partlySeparable = "partly_separable"
    /// No step lowers the objective any more within the precision of the numbers.
    case precisionLimit = "precision_limit"
  }

  package var iterations: Int
  /// Passes over the rows, the first survey included.
  package var passes: Int
  package var objective: Double
  package var gradientNorm: Double
  package var reason: Reason
  /// One sentence for the user: what happened and, unless all is well, what to do.
  package var message: String
}

extension SolverOutcome.Reason {
  internal func message(_ progress: SolverProgress, isOneClass: Bool) -> String {
    let iterations = "\(progress.iteration) iteration\(progress.iteration == 1 ? "" : "s")"
    switch self {
    case .converged:
      return "converged after \(iterations)"
    case .maximumIterations:
      return "stopped after \(iterations), the limit, before the gradient was small: "
        + "the model may not be the optimum (raise --max-iterations)"
    case .separable where isOneClass:
      return "all rows are of one class, so that the best intercept is infinite: stopped after "
        + "\(iterations) with a finite one (give rows of another class too)"
    case .separable:
      return
        "the classes can be separated perfectly, so that the weights would grow for ever and no "
        + "finite optimum exists: stopped after \(iterations) with a model that separates all rows "
        + "(give a penalty such as --l2 1)"
    case .partlySeparable:
      return
        "some features separate a part of the rows perfectly, so that their weights would grow "
        + "for ever: stopped after \(iterations) with finite ones (give a penalty such as --l2 1)"
    case .precisionLimit:
      return
        "stopped after \(iterations): no step lowers the objective any more within the precision "
        + "of the numbers (the gradient is not as small as --tolerance asks)"
    }
  }
}
