internal import Evaluation

/// Draws a plot as SVG that scales with the page. Colours and fonts are the page's.
struct PlotDrawing {
  private static let width = 440.0
  private static let margin = (left: 56.0, right: 14.0, top: 10.0, bottom: 42.0)
  private static let legendLine = 18.0

  private let plot: Plot
  private let top: Double
  private var text = ""

  /// - Parameter number: different for every plot of a page.
  static func svg(_ plot: Plot, number: Int) -> String {
    var drawing = PlotDrawing(plot)
    drawing.draw(number)
    return drawing.text
  }

  private init(_ plot: Plot) {
    self.plot = plot
    top = Self.margin.top + Double(plot.legend.count) * Self.legendLine
  }

  private mutating func draw(_ number: Int) {
    text = """
      <svg viewBox="0 0 \(Self.short(Self.width)) \(Self.short(plot.height))" role="img" \
      aria-labelledby="plot\(number)-title plot\(number)-desc">
      <title id="plot\(number)-title">\(HTMLText.escape(plot.title))</title>
      <desc id="plot\(number)-desc">\(HTMLText.escape(plot.description))</desc>

      """
    drawLegend()
    drawAxes()
    for mark in plot.marks { draw(mark) }
    text += "</svg>\n"
  }

  // MARK: - Places

  private func x(_ value: Double) -> Double {
    let room = Self.width - Self.margin.left - Self.margin.right
    return Self.margin.left + plot.x.scale.place(value) * room
  }

  private func y(_ value: Double) -> Double {
    bottom - plot.y.scale.place(value) * (bottom - top)
  }

  private var bottom: Double { plot.height - Self.margin.bottom }
  private var right: Double { Self.width - Self.margin.right }

  private static func short(_ value: Double) -> String { NumberText.fixed(value, 1) }

  // MARK: - Frame

  private mutating func drawLegend() {
    for (index, entry) in plot.legend.enumerated() {
      let middle = Self.margin.top + (Double(index) + 0.4) * Self.legendLine
      line(
        "line \(entry.series.rawValue)", Self.margin.left, middle, Self.margin.left + 28, middle)
      words(entry.words, at: Self.margin.left + 36, middle + 4.5, "legend")
    }
  }

  private mutating func drawAxes() {
    for tick in plot.x.scale.ticks {
      line("grid", x(tick.value), top, x(tick.value), bottom)
      words(tick.text, at: x(tick.value), bottom + 16, "middle")
    }
    for tick in plot.y.scale.ticks {
      line("grid", Self.margin.left, y(tick.value), right, y(tick.value))
      words(tick.text, at: Self.margin.left - 6, y(tick.value) + 4, "end")
    }
    line("axis", Self.margin.left, bottom, right, bottom)
    line("axis", Self.margin.left, top, Self.margin.left, bottom)
    words(plot.x.title, at: (Self.margin.left + right) / 2, plot.height - 7, "middle title")
    let middle = (top + bottom) / 2
    text += """
      <text class="middle title" transform="translate(12 \(Self.short(middle))) rotate(-90)">\
      \(HTMLText.escape(plot.y.title))</text>

      """
  }

  private mutating func line(
    _ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double
  ) {
    text += """
      <line class="\(style)" x1="\(Self.short(x1))" y1="\(Self.short(y1))" \
      x2="\(Self.short(x2))" y2="\(Self.short(y2))"/>

      """
  }

  private mutating func words(_ words: String, at x: Double, _ y: Double, _ style: String) {
    text += """
      <text class="\(style)" x="\(Self.short(x))" y="\(Self.short(y))">\
      \(HTMLText.escape(words))</text>

      """
  }

  // MARK: - Marks

  private mutating func draw(_ mark: Plot.Mark) {
    switch mark {
    case .line(let points, let series):
      guard !points.isEmpty else { return }
      let places = points.map { "\(Self.short(x($0.x))),\(Self.short(y($0.y)))" }
      text += """
        <polyline class="line \(series.rawValue)" points="\(places.joined(separator: " "))"/>

        """
    case .dots(let points, let series):
      for point in points {
        text += """
          <circle class="dot \(series.rawValue)" cx="\(Self.short(x(point.x)))" \
          cy="\(Self.short(y(point.y)))" r="3.5"/>

          """
      }
    case .whiskers(let whiskers, let series):
      for whisker in whiskers {
        line(
          "whisker \(series.rawValue)", x(whisker.x), y(whisker.low), x(whisker.x), y(whisker.high))
      }
    case .bars(let bars, let series):
      for bar in bars { draw(bar, series) }
    }
  }

  private mutating func draw(_ bar: Plot.Bar, _ series: Plot.Series) {
    let (left, roof) = (x(bar.low), y(bar.height))
    guard bar.height > 0 else { return }
    text += """
      <rect class="bar \(series.rawValue)" x="\(Self.short(left))" y="\(Self.short(roof))" \
      width="\(Self.short(max(x(bar.high) - left, 0.5)))" \
      height="\(Self.short(max(bottom - roof, 0)))"/>

      """
  }
}
