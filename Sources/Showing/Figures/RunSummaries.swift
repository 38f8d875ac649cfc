internal import Evaluation
package import InputBytes
package import Learning
package import ModelFile
public import Notices
package import RowStream
package import Scoring
internal import SparseBatches
package import Training

/// The final figures of a training run.
public struct TrainingSummary: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A few lines for people.
  public let text: String
  /// The signal that stopped the run before its end; no model was published then.
  public let stopSignal: Int32?

  /// - Parameters:
  ///   - directory: where the run can be continued from, as messages show it.
  ///   - rows: of the directory's life, as far as they were learned.
  package init(stoppedBy signal: Int32, directory: String, rows: Int, seconds: Double) {
    stopSignal = signal
    json = .object([
      ("schema", .integer(1)), ("command", .string("train")), ("stopped_by", .integer(Int(signal))),
      ("rows", .integer(rows)), ("seconds", .number(seconds)), ("model", .null),
    ])
    text = """
      stopped by signal \(signal) after \(NumberText.grouped(rows)) rows; the same command goes on \
      from \(directory)

      """
  }

  /// - Parameters:
  ///   - state: the path of the state; nil: none was wanted.
  ///   - gate: nil: nothing was asked of the model. One that is not published has no path.
  package init(
    _ trained: TrainedModel, inputs: LearnedInputs, model: String, state: String? = nil,
    seconds: Double, gate: GateVerdict? = nil
  ) {
    stopSignal = nil
    let document = trained.document
    let outcome = trained.epochs
    let statistics = document.header.statistics
    let loss = document.header.loss ?? .logistic
    let progressive = statistics.progressiveLoss.map { loss.shownMean($0) }
    let rate = seconds > 0 ? Double(statistics.rows) / seconds : 0
    let peak = Machine.peakResidentBytes
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .integer(1)), ("command", .string("train")),
      ("rows", .integer(statistics.rows)), ("rows_bad", .integer(statistics.badRows)),
      ("rows_sampled_out", .integer(document.header.correction?.rowsSampledOut ?? 0)),
      ("rows_held_out", .integer(statistics.heldOutRows)),
      ("features", .integer(statistics.features)),
      ("clipped", ModelText.clipped(statistics)),
      ("nonzero_weights", .integer(document.weights.count)),
      ("collisions", CollisionText.json(document.header)),
      ("progressive_" + loss.meanKey, .optional(progressive)),
      ("epochs", outcome.epochs > 0 ? .integer(outcome.epochs) : .null),
      ("best_epoch", outcome.bestEpoch.map { .integer($0) } ?? .null),
      ("solver", document.header.learner.exact.map(ModelText.solver) ?? .null),
      ("rate", .optional(document.header.learner.online?.stepSize)),
      ("race", document.header.learner.online?.race.map(ModelText.race) ?? .null),
    ]
    members += WeightChoiceText.members(document.header)
    members += ProbabilityText.members(document.header, showsKnots: false)
    members += HoldoutSummaries.members(trained.holdout, "holdout")
    members += HoldoutSummaries.members(trained.stream, "stream")
    members += [
      ("bad_rows_by_reason", trained.pipeline.badRows.json),
      ("inputs", .array(inputs.summaries.map(Self.json))),
      ("inputs_known", .integer(inputs.known)), ("inputs_new", .integer(inputs.new)),
      ("rows_new", .integer(inputs.newRows)),
      ("seconds", .number(seconds)), ("rows_per_second", .number(rate)),
      ("peak_rss_bytes", .integer(peak)), ("gate", gate?.json ?? .null),
      ("model", gate?.isOpen == false ? .null : .path(model)),
      ("state", state.map { .path($0) } ?? .null),
    ]
    json = .object(members)
    let result =
      document.header.learner.exact.map { "objective \(NumberText.nineDigits($0.objective))" }
      ?? "progressive \(loss.meanName) "
      + (progressive.map { NumberText.fixed($0, 5) } ?? "undefined")
    let bad = statistics.badRows > 0 ? ", \(NumberText.grouped(statistics.badRows)) bad" : ""
    let weights =
      WeightChoiceText.words(document.header).map { "served weights: \($0)\n" } ?? ""
    let probabilities = ProbabilityText.lines(document.header)
    let sampledOut = document.header.correction?.rowsSampledOut ?? 0
    let leftOut = sampledOut > 0 ? ", \(NumberText.grouped(sampledOut)) sampled out" : ""
    let heldOut =
      statistics.heldOutRows > 0
      ? ", \(NumberText.grouped(statistics.heldOutRows)) held out" : ""
    let read =
      inputs.new == 0 && inputs.newRows == 0 && inputs.known > 0
      ? Self.nothingNew(inputs)
      : """
      read \(NumberText.grouped(statistics.rows)) rows\(bad)\(leftOut)\(heldOut), \
      \(NumberText.grouped(statistics.features)) features in \(NumberText.fixed(seconds, 2)) s \
      (\(NumberText.grouped(Int(rate))) rows/s, \(NumberText.bytes(peak)))
      """
    text = """
      \(read)
      \(result), \(NumberText.grouped(document.weights.count)) non-zero weights
      \(Self.rate(document.header.learner))\(weights)\(probabilities)model: \(model == "-" ? "standard output" : DisplayText.escape(path: model))\(state.map { "\nstate: \(DisplayText.escape(path: $0))" } ?? "")

      """
  }

  private static func nothingNew(_ inputs: LearnedInputs) -> String {
    let noun = inputs.known == 1 ? "input" : "inputs"
    return "\(NumberText.grouped(inputs.known)) \(noun) known, none new; nothing read"
  }

  /// A line on the rate that was found; nothing where it was given.
  private static func rate(_ learner: ModelHeader.Learner) -> String {
    guard let online = learner.online, let race = online.race, let step = online.stepSize else {
      return ""
    }
    let name = online.alpha == nil ? "learning rate" : "alpha"
    return
      "\(name) \(step): the best of \(race.trials.count) on \(NumberText.grouped(race.rows)) rows\n"
  }

  private static func json(_ input: InputSummary) -> JSONValue {
    .object([
      ("path", .string(input.path)), ("rows", .integer(input.rows)),
      ("bytes", .integer(input.bytes)), ("bytes_uncompressed", .integer(input.bytesUncompressed)),
    ])
  }
}

extension BadRowLedger {
  /// Counts by reason, in a fixed order; reasons that did not occur are left out.
  package var json: JSONValue {
    .object(
      RowIssue.Reason.allCases.compactMap { reason in
        countByReason[reason].map { (reason.rawValue, .integer($0)) }
      })
  }
}

/// What a calibration came to.
public struct CalibrationReport: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A few lines for people.
  public let text: String

  package init(
    _ header: ModelHeader, _ summaries: HoldoutSummaries, rows: Int, badRows: Int,
    unseen: UnseenFeatures, model: String
  ) {
    json = .object(
      [
        ("schema", .integer(1)), ("command", .string("calibrate")), ("rows", .integer(rows)),
        ("rows_bad", .integer(badRows)),
      ] + ProbabilityText.members(header, showsKnots: false)
        + HoldoutSummaries.members(summaries, "holdout") + [
          ("unseen", unseen.json), ("model", .path(model)),
        ])
    text =
      "read \(NumberText.grouped(rows)) rows\n" + ProbabilityText.lines(header)
      + (unseen.line ?? "")
  }
}

extension HoldoutSummaries {
  /// As members of a JSON object: the model as it predicts, and without its calibrator.
  ///
  /// - Parameters:
  ///   - summaries: nil: there are none.
  ///   - key: which rows they are of.
  static func members(
    _ summaries: HoldoutSummaries?, _ key: String
  ) -> [(key: String, value: JSONValue)] {
    let plain = summaries.flatMap { $0.after == nil ? nil : $0.before }
    return [
      (key, summaries.map { .object(EvaluationJSON.members($0.served)) } ?? .null),
      (key + "_uncalibrated", plain.map { .object(EvaluationJSON.members($0)) } ?? .null),
    ]
  }
}

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

/// The final figures of a prediction run.
public struct PredictionSummary: Sendable {
  /// A line or two for people.
  public let text: String

  package init(rows: Int, badRows: Int, seconds: Double, unseen: String? = nil) {
    let rate = seconds > 0 ? Double(rows) / seconds : 0
    text =
      "predicted \(NumberText.grouped(rows)) rows, \(NumberText.grouped(badRows)) of them bad, in "
      + "\(NumberText.fixed(seconds, 2)) s (\(NumberText.grouped(Int(rate))) rows/s)\n"
      + (unseen ?? "")
  }
}
