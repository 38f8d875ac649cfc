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
