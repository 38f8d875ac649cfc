import Evaluation
import Featurizing
import Learning
import SparseBatches
import Testing

@testable import ModelFile

/// Prior shift, calibrator and holdout figures in a model's header.
@Suite struct ProbabilityHeaderTests {
  private let scratch = Scratch()
  private let plain = plainModel(alpha: 0.1)

  /// The same with everything.
  private func document() throws -> ModelDocument {
    var document = plain
    document.header.correction = ModelHeader.Correction(
      keepNegatives: 0.1, negativesKept: 0.5, populationRate: nil, method: "prior",
      rowsSampledOut: 7, shifts: [-2.995732273553991])
    document.header.calibration = ModelHeader.Calibration(
      .isotonic(try IsotonicMap(knots: [.init(margin: -1, probability: 0.1)])), rows: 12)
    var figures = ModelHeader.HoldoutFigures.Figures()
    figures.rows = 9
    figures.positives = 3
    figures.logLoss = 0.25
    document.header.holdout = ModelHeader.HoldoutFigures(before: figures, after: nil)
    document.header.stream = ModelHeader.HoldoutFigures(before: figures, after: figures)
    return document
  }

  private func read(_ document: ModelDocument) throws -> ModelDocument {
    try document.container(named: "m").write(toFile: scratch["m"])
    return try ModelDocument.read(from: scratch["m"])
  }

  @Test func everyMemberComesBack() throws {
    let written = try document()
    #expect(try read(written) == written)
    for calibrator in [
      Calibrator.platt(slope: 0.9, intercept: -0.1), .beta(a: 0, b: 1.5, c: 0.25),
      .intercept(-0.5),
      .blend(
        BlendMap(
          slope: 1.5, intercept: 2,
          isotonic: try IsotonicMap(knots: [.init(margin: -1, probability: 0.1)]))),
    ] {
      var other = written
      other.header.calibration = ModelHeader.Calibration(calibrator, rows: 1)
      #expect(try read(other).header.calibration?.calibrator() == calibrator)
    }
  }

  @Test func fakeNegativesComeBack() throws {
    var written = try document()
    #expect(written.header.correction?.hasFakeNegatives == false)
    written.header.correction?.method = "fake-negatives"
    let correction = try read(written).header.correction
    #expect(correction == written.header.correction && correction?.hasFakeNegatives == true)
  }

  /// A model written before there was any of this has none of it.
  @Test func anOldModelHasNone() throws {
    let container = try plain.container(named: "m")
    let json = String(decoding: container.headerJSON, as: UTF8.self)
    for word in ["correction", "calibration", "\"holdout\":{", "\"stream\""] {
      #expect(!json.contains(word))
    }
    let header = try read(plain).header
    #expect(header.correction == nil && header.calibration == nil && header.holdout == nil)
  }

  @Test func whatCannotBeIsRefused() throws {
    let changes: [(String, (inout ModelHeader) -> Void)] = [
      ("sampling is invalid", { $0.correction?.keepNegatives = 0 }),
      ("sampling is invalid", { $0.correction?.keepNegatives = 1.5 }),
      ("sampling is invalid", { $0.correction?.negativesKept = -1 }),
      ("sampling is invalid", { $0.correction?.populationRate = 2 }),
      ("sampling is invalid", { $0.correction?.method = "magic" }),
      (
        "fake negatives do not fit",
        {
          $0.correction?.method = "fake-negatives"
          $0.correction?.populationRate = 0.1
        }
      ),
      (
        "fake negatives do not fit",
        {
          $0.correction?.method = "fake-negatives"
          $0.learner.loss = "probit"
        }
      ),
      ("sampling is invalid", { $0.correction?.method = "fake-negatives " }),
      ("sampling is invalid", { $0.correction?.rowsSampledOut = -1 }),
      ("prior shift is invalid", { $0.correction?.shifts = [1, 2] }),
      ("its method is not known", { $0.calibration?.method = "spline" }),
      ("it does not fit the loss", { $0.calibration?.method = "temperature" }),
      ("it does not fit the loss", { $0.calibration?.rows = -1 }),
      ("calibrator is invalid", { $0.calibration?.parameters = [] }),
      ("calibrator is invalid", { $0.calibration?.parameters = [1, 2, 3] }),
      ("inside (0, 1)", { $0.calibration?.parameters = [1, 1.5] }),
      ("increase", { $0.calibration?.parameters = [1, 0.5, 0, 0.6] }),
      (
        "increase",
        {
          $0.calibration?.method = "platt"
          $0.calibration?.parameters = [-1, 0]
        }
      ),
      ("counts of held-out rows are invalid", { $0.holdout?.before.rows = -1 }),
      ("counts of the stream's rows are invalid", { $0.stream?.after?.rows = -1 }),
      ("counts of held-out rows are invalid", { $0.holdout?.before.positives = 10 }),
    ]
    for (words, change) in changes {
      var damaged = try document()
      change(&damaged.header)
      let thrown = failure { _ = try read(damaged) }
      #expect(thrown?.kind == .badData, "\(words)")
      #expect(thrown?.message.contains(words) == true, "\(thrown?.message ?? "") for \(words)")
    }
  }
}
