import Foundation

/// Rows for tests of profiles and of `monitor`: two columns of categories, two of numbers, labels of a
/// logistic model.
struct MonitoredRows {
  /// What may be otherwise than in training.
  struct Shift {
    /// Share of `site` that is missing.
    var missing = 0.02
    /// In place of the site `a`.
    var siteA = "a"
    /// Added to `amount`, and what it is multiplied by.
    var added = 0.0
    var times = 1.0
    /// A device that training never saw, and its share.
    var newDevice = 0.0
    /// Added to the log-odds of labels.
    var bias = 0.0
    var hasLabels = true
    /// Share of labels that are missing.
    var withoutLabel = 0.0
  }

  private var random: PlantedNumbers

  init(seed: UInt64) { random = PlantedNumbers(seed: seed) }

  private mutating func row(_ shift: Shift, hour: Int?) -> String {
    let normal =
      (-2 * log(1 - random.uniform())).squareRoot() * cos(2 * .pi * random.uniform())
    let place = random.uniform()
    let site = place < 0.4 ? "a" : place < 0.7 ? "b" : place < 0.9 ? "c" : "d"
    // Shares that fall as 1/rank².
    let device = Int(1 / (0.001 + random.uniform()).squareRoot())
    let isMissing = random.uniform() < shift.missing
    let isNew = random.uniform() < shift.newDevice
    let clicks = Int(-2 * log(1 - random.uniform()))
    let margin = -1 + 0.8 * normal + (site == "a" ? 0.7 : 0) + 0.1 * Double(clicks) + shift.bias
    let label = random.uniform() < 1 / (1 + exp(-margin)) ? "1" : "0"
    let isLabelled = random.uniform() >= shift.withoutLabel
    let amount = Int(1000 * (normal * shift.times + shift.added))
    var fields = [
      isMissing ? "" : site == "a" ? shift.siteA : site, isNew ? "fresh" : "m\(device)",
      "\(amount)", "\(clicks)",
    ]
    if let hour { fields.append("\(hour)") }
    if shift.hasLabels { fields.insert(isLabelled ? label : "", at: 0) }
    return fields.joined(separator: ",")
  }

  /// - Parameter hour: what a further column `hour` holds; nil: there is none.
  mutating func lines(_ rows: Int, _ shift: Shift = Shift(), hour: Int? = nil) -> String {
    (0..<rows).map { _ in row(shift, hour: hour) + "\n" }.joined()
  }

  static func header(hasLabels: Bool = true, hasHour: Bool = false) -> String {
    (hasLabels ? "label," : "") + "site,device,amount,clicks" + (hasHour ? ",hour" : "") + "\n"
  }

  mutating func table(_ rows: Int, _ shift: Shift = Shift()) -> String {
    Self.header(hasLabels: shift.hasLabels) + lines(rows, shift)
  }
}
