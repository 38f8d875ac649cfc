/// Weights as nodes that look them up by slot.
struct ONNXWeights {
  /// By slot, one for each output.
  let bySlot: [UInt32: [Double]]
  let outputs: Int

  init(_ model: ExportedModel) {
    var weights: [UInt32: [Double]] = [:]
    for index in 0..<model.weights.count {
      let output = model.outputs > 1 ? Int(model.weights.outputs[index]) : 0
      weights[model.weights.slots[index], default: Array(repeating: 0, count: model.outputs)][
        output] = Double(model.weights.values[index])
    }
    bySlot = weights
    outputs = model.outputs
  }

  /// - Parameters:
  ///   - slots: int64 of any shape; a slot without a weight has 0.
  ///   - left: slots that have 0 here.
  /// - Returns: double of this shape, or for several outputs with one dimension more; nil where all
  ///   are 0.
  func found(
    _ slots: String, leaving left: Set<Int> = [], _ graph: inout ONNXGraph
  ) -> String? {
    let table = bySlot.keys.filter { !left.contains(Int($0)) }.sorted()
    guard !table.isEmpty else { return nil }
    return outputs > 1
      ? classWeights(table, slots, &graph) : linearWeights(table, slots, &graph)
  }

  private func linearWeights(
    _ table: [UInt32], _ slots: String, _ graph: inout ONNXGraph
  ) -> String {
    let found = graph.node(
      "LabelEncoder", slots, domain: .machineLearning,
      attributes: [
        ("keys_int64s", .integers(table.map { Int($0) })),
        ("values_floats", .floats(table.map { Float(bySlot[$0]?[0] ?? 0) })),
        ("default_float", .float(0)),
      ])
    return graph.cast(found, to: .double)
  }

  /// The rows of a table that has a row of zeros for slots without weights.
  private func classWeights(
    _ table: [UInt32], _ slots: String, _ graph: inout ONNXGraph
  ) -> String {
    let place = graph.node(
      "LabelEncoder", slots, domain: .machineLearning,
      attributes: [
        ("keys_int64s", .integers(table.map { Int($0) })),
        ("values_int64s", .integers(Array(table.indices))),
        ("default_int64", .integer(table.count)),
      ])
    let rows = table.flatMap { bySlot[$0] ?? [] } + Array(repeating: 0, count: outputs)
    let matrix = graph.constant(rows, shape: [table.count + 1, outputs])
    return graph.node("Gather", matrix, place)
  }

  /// The sum of weight × value over the first dimension, [N] or [N, K].
  ///
  /// - Parameters:
  ///   - found: [F, N], or [F, N, K].
  ///   - values: [F, N] double; nil: each is 1.
  func sum(_ found: String, times values: String? = nil, _ graph: inout ONNXGraph) -> String {
    var products = found
    if let values {
      let wide = outputs > 1 ? graph.node("Unsqueeze", values, graph.constant([-1])) : values
      products = graph.node("Mul", found, wide)
    }
    return graph.node(
      "ReduceSum", products, graph.constant([0]), attributes: [("keepdims", .integer(0))])
  }

  /// With the biases.
  func biased(_ sum: String, _ model: ExportedModel, _ graph: inout ONNXGraph) -> String {
    let bias =
      outputs > 1
      ? graph.constant(model.biases, shape: [1, outputs]) : graph.constant(model.biases[0])
    return graph.node("Add", bias, sum)
  }

  /// Zeros for each row, [N] or [N, K].
  func zeros(rowsOf column: String, _ graph: inout ONNXGraph) -> String {
    let rows = graph.node("Shape", column, attributes: [("end", .integer(1))])
    let shape =
      outputs > 1
      ? graph.node("Concat", rows, graph.constant([outputs]), attributes: [("axis", .integer(0))])
      : rows
    return graph.node("Expand", graph.constant(0.0), shape)
  }
}
