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
