internal import Notices

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
