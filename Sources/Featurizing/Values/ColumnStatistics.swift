/// What one value of the prefix is: read once for all that look at it.
package struct PrefixValue: BitwiseCopyable {
  package enum Kind: BitwiseCopyable {
    case missing
    case number(Double)
    case notFinite
    /// Neither; words are what blanks part.
    case text(words: Int)
  }

  let kind: Kind
  /// Of its bytes.
  let hash: UInt32
  /// How many digits it is written with; 0 when other bytes are among them.
  let digits: Int
  /// A zero before other digits, as in `00501`.
  let hasLeadingZero: Bool

  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  init(
    _ base: UnsafePointer<UInt8>, count: Int, missing: MissingTokens, form: NumberForm = .plain
  ) {
    hash = unsafe MurmurHash3.hash(base, count: count, seed: 0)
    kind = unsafe Self.kind(base, count, missing, form)
    let bytes = unsafe UnsafeBufferPointer(start: base, count: count)
    let zero = UInt8(ascii: "0")
    let isDigits = unsafe bytes.allSatisfy { $0 &- zero < 10 }
    digits = isDigits ? count : 0
    hasLeadingZero = unsafe isDigits && count > 1 && base[0] == zero
  }

  @unsafe
  static func kind(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ missing: MissingTokens, _ form: NumberForm
  ) -> Kind {
    if unsafe missing.contains(base, count: count) { return .missing }
    switch unsafe form.parse(base, count: count) {
    case .number(let number): return .number(number)
    case .notFinite: return .notFinite
    case .notANumber:
      var words = 0
      var wasBlank = true
      for offset in 0..<count {
        let isBlank = unsafe base[offset] == UInt8(ascii: " ")
        if wasBlank, !isBlank { words += 1 }
        wasBlank = isBlank
      }
      return .text(words: words)
    }
  }
}

/// What the prefix holds in one column, in constant memory.
struct ColumnStatistics {
  private(set) var missing = 0
  private(set) var numbers = 0
  private(set) var others = 0
  /// Words of the values that are no numbers.
  private(set) var words = 0
  private var plain = Moments()
  private var nonZero = Moments()
  private var bent = Moments()
  /// Sum of the products of the deviations of numbers and of their logarithms.
  private var jointDeviations = 0.0
  private var smallest = Double.infinity
  private var largest = -Double.infinity
  private(set) var shape = IntegerShape()

  /// A value further from the mean than this makes `auto` choose symlog where there are no bins.
  private static let heavyTail = 10.0
  /// Numbers and logarithms that go together more closely say the same.
  private static let sameCorrelation = 0.9999

  mutating func add(_ value: PrefixValue) {
    switch value.kind {
    case .missing: missing += 1
    case .number(let number):
      add(number: number)
      shape.add(value)
    case .notFinite: break
    case .text(let count): add(others: 1, words: count)
    }
  }

  mutating func add(number: Double) {
    numbers += 1
    let logarithm = NumericScale.symlog(number)
    let before = number - plain.mean
    plain.add(number)
    if number != 0 { nonZero.add(number) }
    bent.add(logarithm)
    jointDeviations += before * (logarithm - bent.mean)
    smallest = min(smallest, number)
    largest = max(largest, number)
  }

  mutating func add(others: Int, words: Int) {
    self.others += others
    self.words += words
  }

  /// The only number that there is; nil: there are none, or several.
  var onlyNumber: Double? { numbers > 0 && smallest == largest ? smallest : nil }

  /// Numbers nearly throughout: a few stray texts in a column of numbers are bad rows to be told
  /// of, not a reason to learn every number as a category.
  var looksNumeric: Bool {
    numbers > 0 && others <= max(1, numbers / 20) && numbers >= 2 * others
  }

  /// Sentences rather than categories, if nearly all of them are different.
  var holdsManyWords: Bool { others >= 20 && words >= 4 * others && others > numbers }

  func scale(_ transform: TransformChoice) -> NumericScale {
    switch transform {
    case .raw, .quantile: .raw
    case .symlog: bent.scale(.symlog)
    case .standardize, .binsAndSlope: plain.scale(.standardize)
    case .auto: hasHeavyTail ? bent.scale(.symlog) : plain.scale(.standardize)
    }
  }

  /// What `bins+slope` makes of the column. Bins of two values would repeat the slope.
  ///
  /// - Parameter sample: the numbers, or the first ones.
  func binsAndSlope(_ sample: [Double]) -> Column.Role {
    let bins = QuantileBins(separating: sample)
    guard bins.edges.count > 1 else { return .numeric(scale(.standardize)) }
    return .binsAndSlope(
      BinsAndSlope(
        slope: scale(.standardize), logarithm: logarithmSaysMore ? scale(.symlog) : nil, bins: bins)
    )
  }

  /// Whether logarithms are no linear function of the numbers. Where sums overflow they are not.
  private var logarithmSaysMore: Bool {
    let correlation =
      jointDeviations / Double(numbers) / plain.deviation / bent.deviation
    return !(correlation > Self.sameCorrelation)
  }

  /// Some value lies far out, and far from the other values that are not zero too. The second half
  /// is for rare amounts (capital gains, refunds): among many zeros any amount lies far out, but a
  /// logarithm would tell amounts from zero and no longer from each other.
  private var hasHeavyTail: Bool {
    reachesFar(from: plain) && reachesFar(from: nonZero)
  }

  private func reachesFar(from moments: Moments) -> Bool {
    guard moments.deviation.isFinite else { return true }
    let farthest = max(largest - moments.mean, moments.mean - smallest)
    return farthest > Self.heavyTail * moments.deviation && moments.deviation > 0
  }

  /// Why it is numeric or not.
  var reason: Column.Reason {
    if numbers + others + missing == 0 { return .noRows }
    let total = numbers + others
    if total == 0 { return .noValue }
    return looksNumeric ? .numbers(numbers, of: total) : .texts(others, of: total)
  }
}

/// Mean and deviation by Welford's update: one pass, no cancellation.
private struct Moments {
  private var count = 0.0
  private(set) var mean = 0.0
  private var squaredDeviations = 0.0

  mutating func add(_ number: Double) {
    count += 1
    let delta = number - mean
    mean += delta / count
    squaredDeviations += delta * (number - mean)
  }

  /// Of the population. Not finite where sums overflowed.
  var deviation: Double { (squaredDeviations / max(count, 1)).squareRoot() }

  /// Where nothing varies, where there is no number, or where sums overflowed, the deviation is 1.
  func scale(_ transform: NumericScale.Transform) -> NumericScale {
    let isUsable = deviation.isFinite && deviation > 0 && (1 / deviation).isFinite
    return NumericScale(
      transform: transform, mean: mean.isFinite ? mean : 0,
      standardDeviation: isUsable ? deviation : 1)
  }
}

/// Whether the numbers of a column are all written as integers, and as codes are.
struct IntegerShape {
  private(set) var areIntegers = true
  /// A zero before other digits, as in `00501`.
  private(set) var hasLeadingZero = false
  /// Digits of each number, while all have the same; 0 before the first.
  private var digits = 0
  private var isUneven = false

  mutating func add(_ value: PrefixValue) {
    guard value.digits > 0 else {
      areIntegers = false
      return
    }
    if value.hasLeadingZero { hasLeadingZero = true }
    if digits != 0, digits != value.digits { isUneven = true }
    digits = value.digits
  }

  /// Five or more digits, the same number of them in each: postal codes, dates, telephone numbers.
  var hasLongEvenCodes: Bool { areIntegers && !isUneven && digits >= 5 }
}
