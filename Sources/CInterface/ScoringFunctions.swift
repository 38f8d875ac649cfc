public import CInterfaceHeader
import LogRegStream
import SparseBatches

extension LoadedModel.Scores {
  /// Copies margins and probabilities to where C wants them.
  @unsafe
  fileprivate func copy(
    to margins: UnsafeMutablePointer<Double>?, _ probabilities: UnsafeMutablePointer<Double>?
  ) {
    // Proof: the caller owns room for as many rows, which were counted before.
    if let margins = unsafe margins {
      unsafe margins.update(from: self.margins, count: self.margins.count)
    }
    if let probabilities = unsafe probabilities {
      unsafe probabilities.update(from: self.probabilities, count: self.probabilities.count)
    }
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_score_rows(
  _ model: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int, _ capacity: Int,
  _ margins: UnsafeMutablePointer<Double>!, _ probabilities: UnsafeMutablePointer<Double>!,
  _ rows: UnsafeMutablePointer<Int>!, _ badRows: UnsafeMutablePointer<Int>!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let rows = unsafe try Argument.needed(rows, "rows")
    guard capacity >= 0 else { throw RunFailure(.usage, "the capacity is larger than any memory") }
    let scores = try open.model.score(rows: try unsafe Argument.bytes(bytes, length, "bytes"))
    unsafe rows.pointee = scores.rows
    if let badRows = unsafe badRows { unsafe badRows.pointee = scores.badRows }
    let isCounted = unsafe margins == nil && probabilities == nil
    guard isCounted || scores.rows <= capacity else {
      throw RunFailure(
        .usage, "there are \(scores.rows) rows, and room for \(capacity)",
        cure: "give larger arrays")
    }
    unsafe scores.copy(to: margins, probabilities)
  }
}

/// The cells that C gives, as rows of a model.
@unsafe
private func columnRows(
  _ model: LoadedModel, _ names: UnsafePointer<lrs_text>?,
  _ cells: UnsafePointer<UnsafePointer<lrs_text>?>?, _ columns: Int, _ rows: Int
) throws(RunFailure) -> ColumnRows {
  guard columns >= 0, rows >= 0 else {
    throw RunFailure(.usage, "a number of columns or rows is larger than any memory")
  }
  let names = unsafe try Argument.needed(names, "names")
  let cells = unsafe try Argument.needed(cells, "cells")
  var texts: [[UInt8]] = []
  // Proof for the indices here: the caller owns `columns` names and arrays, and `rows` cells in each.
  for column in 0..<columns {
    texts.append(
      try unsafe Argument.bytes(names[column].bytes, names[column].length, "name \(column)"))
    guard unsafe rows == 0 || cells[column] != nil else {
      throw RunFailure(.usage, "the cells of column \(column) are NULL")
    }
  }
  var made = try ColumnRows(model, columns: texts)
  for row in 0..<rows {
    for column in made.order {
      guard let cell = unsafe cells[column]?[row] else { continue }
      let isMissing = unsafe cell.bytes == nil
      guard unsafe isMissing || cell.length >= 0 else {
        throw RunFailure(.usage, "the length of cell \(row) of column \(column) is wrong")
      }
      let bytes = unsafe UnsafeRawBufferPointer(
        start: cell.bytes, count: isMissing ? 0 : cell.length)
      try unsafe made.append(bytes.bindMemory(to: UInt8.self).span)
    }
    try made.endRow()
  }
  return made
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_score_columns(
  _ model: OpaquePointer!, _ names: UnsafePointer<lrs_text>!,
  _ cells: UnsafePointer<UnsafePointer<lrs_text>?>!, _ columns: Int, _ rows: Int,
  _ margins: UnsafeMutablePointer<Double>!, _ probabilities: UnsafeMutablePointer<Double>!,
  _ badRows: UnsafeMutablePointer<Int>!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let scores = try open.model.score(
      try unsafe columnRows(open.model, names, cells, columns, rows))
    guard scores.rows == rows else {
      throw RunFailure(.bug, "\(scores.rows) of \(rows) rows were scored")
    }
    if let badRows = unsafe badRows { unsafe badRows.pointee = scores.badRows }
    unsafe scores.copy(to: margins, probabilities)
  }
}

@unsafe
private func tell(
  _ rows: [[LoadedModel.Contribution]], _ handler: lrs_contribution_handler,
  _ context: UnsafeMutableRawPointer?
) {
  for (row, contributions) in rows.enumerated() {
    for part in contributions {
      let name = OwnedText(part.feature.utf8)
      unsafe handler(context, row, name.text.bytes, name.text.length, part.contribution)
    }
  }
}

/// - Throws: usage for a number of features that cannot be.
private func check(most: Int) throws(RunFailure) {
  guard (1...1000).contains(most) else {
    throw RunFailure(.usage, "most is \(most)", cure: "give 1 to 1000")
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_explain_rows(
  _ model: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int, _ most: Int,
  _ handler: lrs_contribution_handler!, _ context: UnsafeMutableRawPointer!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let handler = unsafe try Argument.needed(handler, "handler")
    try check(most: most)
    unsafe tell(
      try open.model.explain(
        rows: try unsafe Argument.bytes(bytes, length, "bytes"), most: most), handler, context)
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_explain_columns(
  _ model: OpaquePointer!, _ names: UnsafePointer<lrs_text>!,
  _ cells: UnsafePointer<UnsafePointer<lrs_text>?>!, _ columns: Int, _ rows: Int, _ most: Int,
  _ handler: lrs_contribution_handler!, _ context: UnsafeMutableRawPointer!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let handler = unsafe try Argument.needed(handler, "handler")
    try check(most: most)
    unsafe tell(
      try open.model.explain(
        try unsafe columnRows(open.model, names, cells, columns, rows), most: most),
      handler, context)
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_evaluate_rows(
  _ model: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int,
  _ handler: lrs_text_handler!, _ context: UnsafeMutableRawPointer!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let handler = unsafe try Argument.needed(handler, "handler")
    let report = try open.model.evaluate(rows: try unsafe Argument.bytes(bytes, length, "bytes"))
    let json = OwnedText(report.json.text.utf8)
    unsafe handler(context, json.text.bytes, json.text.length)
  }
}
