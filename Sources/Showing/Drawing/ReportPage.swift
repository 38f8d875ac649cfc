package import ModelFile
internal import Notices
package import SparseBatches

/// A page of figures and plots: one file that needs no network and runs nothing.
///
/// The same values give the same bytes: there is no date, no machine and no time in it.
package struct ReportPage {
  /// Columns of text, the first of which says what a row is about.
  struct Table {
    /// What the columns hold.
    enum Style: String {
      /// Words in the first column, numbers in the others.
      case numbers
      case words
      /// Many narrow columns of small numbers.
      case matrix
    }

    var title: String
    /// Empty: none.
    var header: [String]
    var rows: [[Cell]]
    var style = Style.numbers
  }

  enum Cell {
    case text(String)
    /// A bar to the left or the right of a middle line, −1 ... 1.
    case bar(Double)
    /// A part of a whole, 0 ... 1: per cent on a ground that is the darker the more it is.
    case share(Double)
  }

  enum Block {
    case plot(Plot)
    case table(Table)
    case note(String)
  }

  struct Section {
    var title: String
    var blocks: [Block]
  }

  var title: String
  /// What was read, in a line.
  var subtitle: String
  var sections: [Section]
  /// All numbers of the page.
  var json: JSONValue

  var html: String {
    var body = ""
    var plots = 0
    for section in sections where !section.blocks.isEmpty {
      body += "<section>\n<h2>\(HTMLText.escape(section.title))</h2>\n<div class=\"blocks\">\n"
      for block in section.blocks {
        switch block {
        case .plot(let plot):
          plots += 1
          body += Self.figure(plot, number: plots)
        case .table(let table): body += Self.table(table)
        case .note(let note): body += "<p class=\"note\">\(HTMLText.escape(note))</p>\n"
        }
      }
      body += "</div>\n</section>\n"
    }
    return head + body + foot
  }

  private var head: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="logreg-stream \(BuildInformation.program)">
    <title>\(HTMLText.escape(title))</title>
    <style>
    \(ReportStyle.text)
    </style>
    </head>
    <body>
    <main>
    <h1>\(HTMLText.escape(title))</h1>
    <p class="subtitle">\(HTMLText.escape(subtitle))</p>

    """
  }

  private var foot: String {
    """
    <section>
    <h2>The numbers</h2>
    <details>
    <summary>All figures and plotted points as JSON</summary>
    <pre id="figures">\(HTMLText.escape(json))</pre>
    </details>
    </section>
    </main>
    </body>
    </html>

    """
  }

  private static func figure(_ plot: Plot, number: Int) -> String {
    """
    <figure>
    <h3>\(HTMLText.escape(plot.title))</h3>
    \(PlotDrawing.svg(plot, number: number))<figcaption>\(HTMLText.escape(plot.description))</figcaption>
    </figure>

    """
  }

  private static func table(_ table: Table) -> String {
    let title = HTMLText.escape(table.title)
    // What is too wide scrolls, by keyboard too.
    var text = """
      <div class="table" tabindex="0" role="region" aria-label="\(title)">
      <table class="\(table.style.rawValue)">
      <caption>\(title)</caption>

      """
    if !table.header.isEmpty {
      let cells = table.header.map {
        $0.isEmpty ? "<td></td>" : "<th scope=\"col\">\(HTMLText.escape($0))</th>"
      }
      text += "<thead><tr>\(cells.joined())</tr></thead>\n"
    }
    text += "<tbody>\n"
    for row in table.rows {
      let cells = row.enumerated().map { $0.offset == 0 ? first($0.element) : cell($0.element) }
      text += "<tr>\(cells.joined())</tr>\n"
    }
    return text + "</tbody>\n</table>\n</div>\n"
  }

  private static func first(_ cell: Cell) -> String {
    guard case .text(let text) = cell else { return Self.cell(cell) }
    return "<th scope=\"row\">\(HTMLText.escape(text))</th>"
  }

  private static func cell(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): return "<td>\(HTMLText.escape(text))</td>"
    case .share(let share):
      guard share > 0 else { return "<td></td>" }
      let words = share < 0.005 ? "·" : NumberText.fixed(share * 100, 0)
      return """
        <td style="background-color:rgba(70,140,210,\(NumberText.fixed(share * 0.55, 3)))">\
        \(words)</td>
        """
    case .bar(let length):
      let width = min(length.magnitude, 1) * 50
      return """
        <td class="weight"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">\
        <rect class="bar \(length < 0 ? "second" : "first")" \
        x="\(NumberText.fixed(length < 0 ? 50 - width : 50, 1))" y="1" \
        width="\(NumberText.fixed(width, 1))" height="8"/></svg></td>
        """
    }
  }
}

/// Text for a page: whatever it holds, it stays text.
enum HTMLText {
  /// For content and for quoted attributes. Controls and marks that turn the direction of writing
  /// become the replacement character: names from data are escaped visibly before they get here.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n": escaped += "\n"
      default: escaped.unicodeScalars.append(isInvisible(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return escaped
  }

  /// A JSON document as content: read back as text, it is the same document.
  static func escape(_ json: JSONValue) -> String {
    var text = ""
    for scalar in json.text.unicodeScalars {
      guard isInvisible(scalar) else {
        text.unicodeScalars.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return escape(text)
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

/// The file that a report goes to.
package enum ReportFile {
  /// All but the last step, by which it appears under its name.
  ///
  /// - Throws: cannotCreate or inputOutput; what was there before is intact.
  package static func stage(
    _ page: ReportPage, at path: String
  ) throws(RunFailure) -> StagedOutput {
    let html = page.html
    return try AtomicOutput.stage(path) { output throws(RunFailure) in try output.write(html) }
  }
}

/// How a report looks: by daylight, in the dark, on paper and on a phone. Fonts are the reader's own.
enum ReportStyle {
  static let text = """
    :root { color-scheme: light dark; --ink: #1c2128; --dim: #59636e; --paper: #ffffff; --line: #d5dae0;
      --first: #1f6fb5; --second: #c2570c; --third: #4d7c0f; }
    @media screen and (prefers-color-scheme: dark) {
      :root { --ink: #e6e9ed; --dim: #a0a9b4; --paper: #14181d; --line: #343c46;
        --first: #6db3f2; --second: #f0985a; --third: #a3d65c; } }
    * { box-sizing: border-box; }
    body { margin: 0; color: var(--ink); background: var(--paper); line-height: 1.45;
      font-family: system-ui, sans-serif; overflow-wrap: anywhere; }
    main { max-width: 66rem; margin: 0 auto; padding: 1.2rem; }
    h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0 0 .8rem; }
    h3 { font-size: 1rem; margin: 0 0 .4rem; }
    section { margin-top: 1.6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
    .subtitle, .note, figcaption { color: var(--dim); margin: .3rem 0 0; font-size: .875rem; }
    .blocks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1.6rem; }
    .note, .table { grid-column: 1 / -1; } .note { margin: 0; } figure { margin: 0; max-width: 36rem; }
    .blocks > .table:has(+ figure:last-child) { grid-column: auto; }
    .table { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums;
      max-width: 100%; }
    caption { text-align: left; font-weight: 600; white-space: nowrap; padding-bottom: .3rem; }
    th, td { padding: .22rem .9rem .22rem 0; text-align: right; vertical-align: top; }
    .numbers td { white-space: nowrap; } th { overflow-wrap: break-word; }
    tr > :first-child, .words th, .words td { text-align: left; }
    thead th, .words tbody th { color: var(--dim); font-weight: 600; }
    tbody th { font-weight: 400; } tbody tr { border-top: 1px solid var(--line); }
    td.weight { width: 9rem; min-width: 6rem; } td.weight svg { height: .8rem; }
    .matrix { font-size: .75rem; overflow-wrap: normal; } .matrix th, .matrix td { padding: .15rem .3rem;
      text-align: center; min-width: 1.9rem; }
    .matrix tr > :first-child { text-align: right; font-weight: 600; color: var(--dim); }
    pre { white-space: pre-wrap; max-height: 24rem; overflow: auto; font-size: .75rem; }
    summary { cursor: pointer; }
    svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { fill: var(--ink); font-size: 12px; } svg text.title { fill: var(--dim); }
    .middle { text-anchor: middle; } .end { text-anchor: end; }
    .grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--dim); stroke-width: 1; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; } .whisker { stroke-width: 1.5; }
    .line.first, .whisker.first { stroke: var(--first); } .dot.first, .bar.first { fill: var(--first); }
    .line.second, .whisker.second { stroke: var(--second); } .line.second { stroke-dasharray: 7 3; }
    .dot.second, .bar.second { fill: var(--second); }
    .line.third, .whisker.third { stroke: var(--third); } .line.third { stroke-dasharray: 2 3; }
    .dot.third, .bar.third { fill: var(--third); }
    .cloud { fill-opacity: .35; } .cloud.first { fill: var(--first); } .cloud.second { fill: var(--second); }
    .line.reference { stroke: var(--dim); stroke-width: 1.2; stroke-dasharray: 4 4; }
    .bar.reference { fill: var(--dim); opacity: .55; }
    figure .bar.first, figure .bar.second { fill-opacity: .5; }
    @media (max-width: 46rem) {
      main { padding: .8rem; } .blocks { grid-template-columns: minmax(0, 1fr); }
      table { font-size: .8rem; } th, td { padding-right: .6rem; } }
    @media (max-width: 30rem) {
      svg text { font-size: 14px; } td.weight { width: 4rem; min-width: 3rem; }
      .numbers td { white-space: normal; overflow-wrap: normal; } th, td { padding-right: .45rem; } }
    @media print {
      :root { font-size: 11.5px; } main { max-width: none; padding: 0; }
      figure, tr { break-inside: avoid; } .table { overflow: visible; }
      .blocks { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; }
      .numbers td { white-space: normal; overflow-wrap: normal; }
      figure svg { max-height: 8cm; } h2, h3, caption { break-after: avoid; }
      section:has(> details) { display: none; }
      * { print-color-adjust: exact; } }
    """
}
