internal import Evaluation
internal import Notices

/// Draws a plot as SVG that scales with the page. Colours and fonts are the page's.
struct PlotDrawing {
  private static let width = 420.0
  private static let (left, right) = (62.0, 404.0)
  private static let (marginTop, marginBottom, betweenPanels) = (8.0, 40.0, 14.0)
  private static let legendLine = 19.0

  private let plot: Plot
  private var text = ""

  /// - Parameter number: different for every plot of a page.
  static func svg(_ plot: Plot, number: Int) -> String {
    var drawing = PlotDrawing(plot: plot)
    drawing.draw(number)
    return drawing.text
  }

  private init(plot: Plot) { self.plot = plot }

  private mutating func draw(_ number: Int) {
    let legends = plot.panels.map { Double($0.legend.count) * Self.legendLine }
    let height =
      zip(plot.panels, legends).reduce(Self.marginBottom) {
        $0 + Self.marginTop + $1.1 + $1.0.height
      } + Double(plot.panels.count - 1) * Self.betweenPanels
    text = """
      <svg viewBox="0 0 \(short(Self.width)) \(short(height))" role="img" \
      aria-labelledby="plot\(number)-title plot\(number)-desc">
      <title id="plot\(number)-title">\(HTMLText.escape(plot.title))</title>
      <desc id="plot\(number)-desc">\(HTMLText.escape(plot.description))</desc>

      """
    var above = 0.0
    for (index, panel) in plot.panels.enumerated() {
      let place = PanelPlace(
        x: plot.x.scale, y: panel.y.scale, left: Self.left, right: Self.right,
        top: above + Self.marginTop + legends[index], height: panel.height)
      drawLegend(of: panel, top: above + Self.marginTop)
      drawAxes(of: panel, place, isLast: index == plot.panels.count - 1)
      for mark in panel.marks { draw(mark, place) }
      above = place.bottom + Self.betweenPanels
    }
    words(plot.x.title, at: (Self.left + Self.right) / 2, height - 6, "middle title")
    text += "</svg>\n"
  }

  private func short(_ value: Double) -> String { NumberText.fixed(value, 1) }

  // MARK: - Frame

  private mutating func drawLegend(of panel: Plot.Panel, top: Double) {
    for (index, entry) in panel.legend.enumerated() {
      let middle = top + (Double(index) + 0.4) * Self.legendLine
      for mark in panel.marks where mark.series == entry.series { drawSign(mark, middle) }
      words(entry.words, at: Self.left + 34, middle + 4.5, "legend")
    }
  }

  /// What a mark looks like, beside its words.
  private mutating func drawSign(_ mark: Plot.Mark, _ middle: Double) {
    let (left, center) = (Self.left, Self.left + 13)
    let name = mark.series.rawValue
    switch mark {
    case .line: line("line \(name)", left, middle, left + 26, middle)
    case .dots: dot("dot \(name)", center, middle, 3.5)
    case .cloud: dot("cloud \(name)", center, middle, 3)
    case .whiskers: line("whisker \(name)", center, middle - 7, center, middle + 7)
    case .bars: rectangle(name, center - 7, middle - 5.5, 14, 11)
    }
  }

  private mutating func drawAxes(of panel: Plot.Panel, _ place: PanelPlace, isLast: Bool) {
    for tick in plot.x.scale.ticks {
      line("grid", place.x(tick.value), place.top, place.x(tick.value), place.bottom)
      if isLast { words(tick.text, at: place.x(tick.value), place.bottom + 16, "middle") }
    }
    for tick in panel.y.scale.ticks {
      line("grid", Self.left, place.y(tick.value), Self.right, place.y(tick.value))
      words(tick.text, at: Self.left - 6, place.y(tick.value) + 4, "end")
    }
    line("axis", Self.left, place.bottom, Self.right, place.bottom)
    line("axis", Self.left, place.top, Self.left, place.bottom)
    text += """
      <text class="middle title" transform="translate(11 \(short((place.top + place.bottom) / 2))) \
      rotate(-90)">\(HTMLText.escape(panel.y.title))</text>

      """
  }

  // MARK: - Marks

  private mutating func draw(_ mark: Plot.Mark, _ place: PanelPlace) {
    let series = mark.series.rawValue
    switch mark {
    case .line(let points, _):
      guard !points.isEmpty else { return }
      let places = points.map { "\(short(place.x($0.x))),\(short(place.y($0.y)))" }
      text += """
        <polyline class="line \(series)" points="\(places.joined(separator: " "))"/>

        """
    case .dots(let points, _):
      for point in points { dot("dot \(series)", place.x(point.x), place.y(point.y), 3.5) }
    case .cloud(let points, _):
      for point in points { dot("cloud \(series)", place.x(point.x), place.y(point.y), 1.8) }
    case .whiskers(let whiskers, _):
      for whisker in whiskers {
        line(
          "whisker \(series)", place.x(whisker.x), place.y(whisker.low), place.x(whisker.x),
          place.y(whisker.high))
      }
    case .bars(let bars, _):
      for bar in bars where bar.height > 0 {
        let (left, roof) = (place.x(bar.low), place.y(bar.height))
        rectangle(
          series, left, roof, max(place.x(bar.high) - left, 0.5), max(place.bottom - roof, 0))
      }
    }
  }

  // MARK: - Elements

  private mutating func line(
    _ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double
  ) {
    text += """
      <line class="\(style)" x1="\(short(x1))" y1="\(short(y1))" x2="\(short(x2))" \
      y2="\(short(y2))"/>

      """
  }

  private mutating func dot(_ style: String, _ x: Double, _ y: Double, _ radius: Double) {
    text += """
      <circle class="\(style)" cx="\(short(x))" cy="\(short(y))" r="\(short(radius))"/>

      """
  }

  private mutating func rectangle(
    _ series: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double
  ) {
    text += """
      <rect class="bar \(series)" x="\(short(x))" y="\(short(y))" width="\(short(width))" \
      height="\(short(height))"/>

      """
  }

  private mutating func words(_ words: String, at x: Double, _ y: Double, _ style: String) {
    text += """
      <text class="\(style)" x="\(short(x))" y="\(short(y))">\(HTMLText.escape(words))</text>

      """
  }
}

/// Where the values of a panel lie in the drawing.
private struct PanelPlace {
  let x: PlotScale
  let y: PlotScale
  let left: Double
  let right: Double
  let top: Double
  let height: Double

  var bottom: Double { top + height }

  func x(_ value: Double) -> Double { left + x.place(value) * (right - left) }

  func y(_ value: Double) -> Double { bottom - y.place(value) * height }
}
