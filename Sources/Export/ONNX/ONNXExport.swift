internal import Evaluation
internal import Featurizing
internal import Learning
internal import Notices
package import SparseBatches

/// A model as a graph for ONNX Runtime, from columns to probabilities.
///
/// Features that are whole numbers (a category, a missing value, a bin) have their weights looked up by
/// slot, and a slot's value is their number: addition is exact. Scaled numbers have slots that are known
/// now: what falls into one of these is added as 32-bit floats, in the order of the columns.
package enum ONNXExport {
  /// - Returns: a ModelProto.
  /// - Throws: usage where the graph could not say exactly what the model does.
  package static func model(_ model: ExportedModel) throws(RunFailure) -> [UInt8] {
    let (graph, sums, isBad) = try rows(model)
    var arithmetic = ONNXArithmetic(graph)
    if model.outputs > 1 {
      addClasses(model, sums, isBad, &arithmetic)
    } else {
      addMargin(model, sums, isBad, &arithmetic)
    }
    return arithmetic.graph.model(
      program: model.origin.program,
      description: "The model \(model.origin.name) of logreg-stream \(model.origin.program)",
      metadata: metadata(model))
  }

  /// From the inputs to the sums of rows, and whether they are bad.
  private static func rows(
    _ model: ExportedModel
  ) throws(RunFailure) -> (graph: ONNXGraph, sums: String, isBad: String?) {
    switch model.rows {
    case .columns(let columns):
      try ONNXRefusal.check(columns)
      var features = ONNXFeatures(model, columns)
      try features.addColumns()
      let sums = features.total()
      return (features.graph, sums, features.isBad)
    case .indices(let scales):
      var indices = ONNXIndices(model)
      let sums = indices.addRows(scales)
      return (indices.graph, sums, indices.isBad)
    }
  }

  private static func addMargin(
    _ model: ExportedModel, _ sum: String, _ isBad: String?, _ arithmetic: inout ONNXArithmetic
  ) {
    let margin = arithmetic.served(model, sum)
    let probability = model.loss == .squared ? margin : arithmetic.sigmoid(margin)
    for (name, value) in [("margin", margin), ("probability", probability)] {
      finish(name, value, isBad, &arithmetic.graph)
      arithmetic.graph.addOutput(name, .double, [nil])
    }
  }

  private static func finish(
    _ name: String, _ value: String, _ isBad: String?, _ graph: inout ONNXGraph
  ) {
    if let isBad {
      graph.node("Where", isBad, graph.constant(.nan), value, output: name)
    } else {
      graph.node("Identity", value, output: name)
    }
  }

  /// All margins of a row side by side, [N, K].
  private static func addClasses(
    _ model: ExportedModel, _ sums: String, _ isBad: String?, _ arithmetic: inout ONNXArithmetic
  ) {
    var margins = sums
    if !model.shifts.isEmpty {
      margins = arithmetic.sum(
        margins, arithmetic.graph.constant(model.shifts, shape: [1, model.outputs]))
    }
    if case .temperature(let temperature)? = model.calibrator {
      margins = arithmetic.quotient(margins, arithmetic.number(temperature))
    }
    let axis = arithmetic.graph.constant([1])
    let largest = arithmetic.graph.node("ReduceMax", margins, axis)
    let odds = arithmetic.exp(arithmetic.difference(margins, largest))
    let probabilities = arithmetic.quotient(odds, arithmetic.graph.node("ReduceSum", odds, axis))
    let best = arithmetic.graph.node(
      "ArgMax", margins, attributes: [("axis", .integer(1)), ("keepdims", .integer(0))])
    let names = arithmetic.graph.constant(model.classes)
    let column = isBad.map { arithmetic.graph.node("Unsqueeze", $0, axis) }
    finish("margin", margins, column, &arithmetic.graph)
    finish("probability", probabilities, column, &arithmetic.graph)
    arithmetic.graph.addOutput("margin", .double, [nil, model.outputs])
    arithmetic.graph.addOutput("probability", .double, [nil, model.outputs])
    if let isBad {
      let found = arithmetic.graph.node("Gather", names, best)
      let unknown = arithmetic.graph.constant(["nan"])
      arithmetic.graph.node("Where", isBad, unknown, found, output: "class")
    } else {
      arithmetic.graph.node("Gather", names, best, output: "class")
    }
    arithmetic.graph.addOutput("class", .string, [nil])
  }

  private static func described(_ rows: ExportedModel.Rows) -> [JSONValue] {
    let inputs: [(name: String, kind: String)] =
      switch rows {
      case .columns(let columns): columns.columns.map { ($0.name.text, word($0.kind)) }
      case .indices: [(ONNXIndices.indices, "indices"), (ONNXIndices.values, "values")]
      }
    return inputs.map { .object([("name", .string($0.name)), ("kind", .string($0.kind))]) }
  }

  private static func word(_ kind: ExportedColumn.Kind) -> String {
    switch kind {
    case .category: "category"
    case .text: "text"
    case .number(let features): features.map(word).joined(separator: "+")
    }
  }

  private static func metadata(_ model: ExportedModel) -> [(key: String, value: String)] {
    var metadata = [
      ("program", "logreg-stream \(model.origin.program)"), ("model", model.origin.name),
      ("crc32", model.origin.checksum), ("loss", model.loss.name),
      ("optimizer", model.training.optimizer), ("training_rows", "\(model.training.rows)"),
      ("nonzero_weights", "\(model.weights.count)"), ("bits", "\(model.hashing.bits)"),
      ("calibrator", model.calibrator?.kind.rawValue ?? "none"),
      ("columns", JSONValue.array(described(model.rows)).text),
      ("classes", JSONValue.array(model.classes.map { .string($0) }).text),
    ]
    if let loss = model.training.progressiveLoss {
      metadata.append(("progressive_loss", "\(loss)"))
    }
    return metadata.map { (key: $0.0, value: $0.1) }
  }

  private static func word(_ feature: ExportedFeature) -> String {
    switch feature {
    case .scaled(_, let scale): scale.transform.rawValue
    case .bin: "bins"
    }
  }
}
