internal import Evaluation

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
    /// A vertical interval at each `x`.
    case whiskers([Whisker], Series)
    /// Rectangles from the bottom of the plot.
    case bars([Bar], Series)
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

  var title: String
  /// One or two sentences: what is shown and how to read it.
  var description: String
  var x: Axis
  var y: Axis
  var marks: [Mark]
  var legend: [(series: Series, words: String)] = []
  /// Of the drawing, in its own units; the width is always the same.
  var height = 300.0
}
