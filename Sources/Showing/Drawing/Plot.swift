internal import ElementaryMath
internal import Evaluation
internal import Notices

/// A picture of numbers, before it is drawn.
struct Plot {
  struct Axis {
    var title: String
    var scale: PlotScale
  }

  /// Names the colour and, for lines, the dashes: told apart in grey too.
  enum Series: String {
    case first, second, third
    /// What to compare with.
    case reference
  }

  enum Mark {
    case line([CurvePoint], Series)
    case dots([CurvePoint], Series)
    /// Many small dots, that may lie upon each other.
    case cloud([CurvePoint], Series)
    /// A vertical interval at each `x`.
    case whiskers([Whisker], Series)
    /// Rectangles from the bottom of the panel.
    case bars([Bar], Series)

    var series: Series {
      switch self {
      case .line(_, let series), .dots(_, let series), .cloud(_, let series),
        .whiskers(_, let series), .bars(_, let series):
        series
      }
    }
  }

  struct Whisker {
    var x: Double
    var low: Double
    var high: Double
  }

  struct Bar {
    var low: Double
    var high: Double
    var height: Double
  }

  /// Marks with a vertical axis of their own; panels of one plot stand below each other.
  struct Panel {
    var y: Axis
    var marks: [Mark]
    /// What a series is called; its sign is drawn as the marks of that series are.
    var legend: [(series: Series, words: String)] = []
    /// Of the vertical axis, in units of which a drawing is 420 wide.
    var height = 260.0
  }

  var title: String
  /// One or two sentences: what is shown and how to read it.
  var description: String
  /// Shared by all panels.
  var x: Axis
  var panels: [Panel]
}

/// How the values of one axis become places on it.
struct PlotScale {
  enum Kind {
    case linear
    /// Values above 0.
    case logarithmic
    /// Values are log-odds; the marks on the axis say probabilities.
    case logOdds
  }

  let kind: Kind
  private let low: Double
  private let high: Double

  /// The least and the largest value: widened where they are the same, or (logarithmic) not above 0.
  init(_ kind: Kind, _ low: Double, _ high: Double) {
    self.kind = kind
    guard kind == .logarithmic else {
      self.low = low
      self.high = high > low ? high : low + 1
      return
    }
    let least = low > 0 ? low : 1e-9
    self.low = Elementary.log(least)
    self.high = Elementary.log(high > least ? high : least * 10)
  }

  /// Linear from 0 or `low` to a little above the largest value.
  static func reaching(_ values: [Double], from low: Double? = 0) -> PlotScale {
    let (least, largest) = (values.min() ?? 0, values.max() ?? 1)
    let margin = max(largest - (low ?? least), largest.magnitude * 1e-6, 1e-12) * 0.05
    return PlotScale(.linear, low ?? least - margin, largest + margin)
  }

  /// Part of the axis before `value`, 0 ... 1; what lies beyond an end is put there.
  func place(_ value: Double) -> Double {
    let position = kind == .logarithmic ? Elementary.log(max(value, 1e-300)) : value
    return min(max((position - low) / (high - low), 0), 1)
  }

  /// Marks with their words, in ascending order.
  var ticks: [(value: Double, text: String)] {
    switch kind {
    case .linear: linearTicks
    case .logarithmic: decades
    case .logOdds: probabilities
    }
  }

  private var linearTicks: [(value: Double, text: String)] {
    let rough = (high - low) / 4
    var step = 1.0
    while step > rough { step /= 10 }
    while step * 10 <= rough { step *= 10 }
    if step * 5 <= rough { step *= 5 } else if step * 2 <= rough { step *= 2 }
    let first = Int((low / step).rounded(.up))
    let last = Int((high / step).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { (Double($0) * step, Self.words(Double($0) * step)) }
  }

  private var decades: [(value: Double, text: String)] {
    let ten = Elementary.log(10)
    let first = Int((low / ten - 1e-9).rounded(.up))
    let last = Int((high / ten + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    let stride = (last - first) / 7 + 1
    return (first...last).filter { ($0 - first) % stride == 0 }.map { exponent in
      let value = Elementary.exp(Double(exponent) * ten)
      return (value, Self.words(value))
    }
  }

  private var probabilities: [(value: Double, text: String)] {
    let known: [(Double, String)] = [
      (1e-6, "10⁻⁶"), (1e-5, "10⁻⁵"), (1e-4, "0.0001"), (0.001, "0.001"), (0.01, "0.01"),
      (0.03, "0.03"), (0.1, "0.1"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (0.9, "0.9"),
      (0.97, "0.97"), (0.99, "0.99"), (0.999, "0.999"), (0.9999, "0.9999"),
    ]
    // Round numbers first: the others stand only where there is room.
    let order = known.filter { [0.5, 0.1, 0.9, 0.01, 0.99].contains($0.0) } + known
    var kept: [(value: Double, text: String)] = []
    for (probability, text) in order {
      let value = Self.logOdds(probability)
      guard value >= low, value <= high else { continue }
      let isFree = kept.allSatisfy { (place($0.value) - place(value)).magnitude >= 0.13 }
      if isFree { kept.append((value, text)) }
    }
    return kept.sorted { $0.value < $1.value }
  }

  /// ln(p / (1 − p)); ±∞ at the ends.
  static func logOdds(_ probability: Double) -> Double {
    Elementary.log(probability) - Elementary.log1p(-probability)
  }

  /// Few characters: 1.5k, 20M.
  private static func words(_ value: Double) -> String {
    for (unit, name) in [(1e9, "G"), (1e6, "M"), (1e3, "k")]
    where value.magnitude >= unit * (1 - 1e-9) {
      return NumberText.significant(value / unit, 4) + name
    }
    return value == 0 ? "0" : NumberText.significant(value, 4)
  }
}
