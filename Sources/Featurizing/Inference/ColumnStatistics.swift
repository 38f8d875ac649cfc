internal import SparseBatches

/// What the prefix holds in one column.
struct ColumnStatistics {
  private(set) var missing = 0
  private(set) var numbers = 0
  private(set) var others = 0
  private(set) var firstOther: [UInt8] = []
  private(set) var mean = 0.0
  private var squaredDeviations = 0.0

  /// Welford's update: one pass, no cancellation.
  mutating func add(_ text: [UInt8], missing tokens: MissingTokens) {
    if tokens.tokens.contains(text) {
      missing += 1
      return
    }
    switch DecimalNumber.parse(text) {
    case .number(let number):
      numbers += 1
      let delta = number - mean
      mean += delta / Double(numbers)
      squaredDeviations += delta * (number - mean)
    case .notFinite: break
    case .notANumber:
      if others == 0 { firstOther = text }
      others += 1
    }
  }

  /// Numbers nearly throughout: a few stray texts in a column of numbers are bad rows to be told
  /// of, not a reason to learn every number as a category.
  var looksNumeric: Bool {
    numbers > 0 && others <= max(1, numbers / 20) && numbers >= 2 * others
  }

  /// Standardizes by the population's mean and deviation. Where nothing varies, where there is no
  /// number, or where sums overflowed, the deviation is 1.
  var scale: NumericScale {
    let deviation = (squaredDeviations / Double(max(numbers, 1))).squareRoot()
    let isUsable = deviation.isFinite && deviation > 0 && (1 / deviation).isFinite
    return NumericScale(
      transform: .standardize, mean: mean.isFinite ? mean : 0,
      standardDeviation: isUsable ? deviation : 1)
  }

  var reason: String {
    if numbers + others + missing == 0 { return "no rows in the prefix" }
    if numbers + others == 0 { return "no value in the prefix" }
    let total = numbers + others
    if looksNumeric {
      return others == 0
        ? "all \(total) values in the prefix are numbers"
        : "\(numbers) of \(total) values in the prefix are numbers"
    }
    let example = DisplayText.escape(firstOther, limit: 40)
    return "\(others) of \(total) values in the prefix are not numbers, such as \"\(example)\""
  }
}
