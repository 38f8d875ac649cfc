internal import Evaluation
internal import ModelFile
internal import SparseBatches

/// What every training run does once its weights are final: calibrate them and measure them.
struct FinishedTraining {
  private let configuration: TrainingConfiguration
  private let notices: NoticeBoard

  init(_ configuration: TrainingConfiguration, notices: NoticeBoard) {
    self.configuration = configuration
    self.notices = notices
  }

  /// - Parameters:
  ///   - document: the weights that stay, not calibrated.
  ///   - intake: has the rows held out.
  ///   - pipeline: the pass that read the input.
  ///   - record: how the training went; nil when nobody kept it.
  /// - Throws: badData when a calibrator that was asked for cannot be fitted.
  func model(
    _ document: consuming ModelDocument, _ epochs: EpochOutcome, _ intake: RowIntake,
    _ pipeline: RowPipeline, record: TrainingRecord?
  ) throws(RunFailure) -> TrainedModel {
    var model = TrainedModel(
      document: document, epochs: epochs, holdout: nil, pipeline: pipeline, record: record)
    guard let calibration = try intake.holdoutCalibration() else { return model }
    model.holdout = try summaries(&model.document, calibration)
    return model
  }

  private func summaries(
    _ document: inout ModelDocument, _ calibration: HoldoutCalibration
  ) throws(RunFailure) -> HoldoutSummaries {
    do throws(CalibrationFailure) {
      return try calibration.calibrate(&document, with: configuration.calibratorKind)
    } catch .refused(let refusal) where configuration.calibrator == .auto {
      notices.post(
        "warning: the model is not calibrated: on the holdout, \(refusal); the prior correction "
          + "stands")
    } catch {
      throw error.asRunFailure(
        rows: "half of the holdout",
        cure: "hold out more with --holdout, or take --calibrator auto, which goes on without")
    }
    do throws(CalibrationFailure) {
      return try calibration.calibrate(&document, with: nil)
    } catch {
      throw error.asRunFailure(rows: "the holdout", cure: "use --calibrator none")
    }
  }
}
