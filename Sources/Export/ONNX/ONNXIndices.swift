internal import Featurizing
internal import SparseBatches

/// The part of a graph that reads rows of LibSVM: two matrices with as many columns as the longest row of
/// the batch has features, in their order; what is left over has the value 0.
struct ONNXIndices {
  /// Names of the inputs: [N, M] int64, of 2^63 and more as negative numbers, and [N, M] double.
  static let indices = "indices"
  static let values = "values"

  private(set) var graph = ONNXGraph()
  /// Rows that predict calls bad: [N] bool.
  private(set) var isBad: String?

  private let model: ExportedModel
  private let weights: ONNXWeights

  init(_ model: ExportedModel) {
    self.model = model
    weights = ONNXWeights(model)
  }

  /// The bias plus the sum of weight × value: [N], or [N, K] for several outputs; double.
  mutating func addRows(_ scales: IndexScales?) -> String {
    graph.addInput(Self.indices, .int64, columns: "M")
    graph.addInput(Self.values, .double, columns: "M")
    // One column more, so that there is one.
    let rows = graph.node("Shape", Self.indices, attributes: [("end", .integer(1))])
    let shape = graph.node(
      "Concat", rows, graph.constant([1]), attributes: [("axis", .integer(0))])
    let axis: [(name: String, value: ONNXGraph.Attribute)] = [("axis", .integer(1))]
    let indices = graph.node(
      "Concat", Self.indices, graph.node("Expand", graph.constant([0]), shape), attributes: axis)
    let given = graph.node(
      "Concat", graph.cast(Self.values, to: .float),
      graph.node("Expand", graph.constant([Float(0)]), shape), attributes: axis)
    addBad(given)
    let values = scales.map { scaled(given, indices, $0) } ?? given
    let runs = merged(slots(indices), values)
    var sum = weights.zeros(rowsOf: Self.indices, &graph)
    if let found = weights.found(runs.slots, &graph) {
      let numbers = graph.cast(runs.values, to: .double)
      sum = graph.node("Add", sum, weights.sum(found, times: numbers, &graph))
    }
    return weights.biased(sum, model, &graph)
  }

  /// A row with a value that is no number, or none of 32 bits.
  private mutating func addBad(_ values: String) {
    let isNone = graph.node("Or", graph.node("IsNaN", values), graph.node("IsInf", values))
    let most = graph.node(
      "ReduceMax", graph.cast(isNone, to: .int64), graph.constant([1]),
      attributes: [("keepdims", .integer(0))])
    isBad = graph.cast(most, to: .bool)
  }

  private mutating func scaled(
    _ values: String, _ indices: String, _ scales: IndexScales
  ) -> String {
    var quotient = values
    if !scales.indices.isEmpty {
      let magnitudes = graph.node(
        "LabelEncoder", indices, domain: .machineLearning,
        attributes: [
          ("keys_int64s", .integers(scales.indices.map { Int(Int64(bitPattern: $0)) })),
          ("values_floats", .floats(scales.magnitudes)), ("default_float", .float(1)),
        ])
      quotient = graph.node("Div", values, magnitudes)
    }
    let clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
    let below = graph.node("Min", quotient, graph.constant([clip], shape: []))
    return graph.node("Max", below, graph.constant([-clip], shape: []))
  }

  /// An index that is a slot is its own, others are hashed as their eight bytes.
  private mutating func slots(_ indices: String) -> String {
    let mask = Int(model.hashing.mask)
    let isNegative = graph.node("Less", indices, graph.constant([0], shape: []))
    let isLarge = graph.node("Less", graph.constant([mask], shape: []), indices)
    let hash = graph.hashed(indices, seed: model.hashing.seed)
    let slot = graph.cast(
      graph.node("BitwiseAnd", hash, graph.constant(model.hashing.mask)), to: .int64)
    return graph.node("Where", graph.node("Or", isNegative, isLarge), slot, indices)
  }

  /// Features of one slot of a row added as 32-bit floats, in their order.
  ///
  /// - Returns: slots, -1 for none, and their values, [M + 1, N] each.
  private mutating func merged(
    _ slots: String, _ values: String
  ) -> (slots: String, values: String) {
    // Sorted by slot, then by place: no two keys are the same.
    let width = graph.node(
      "Shape", slots, attributes: [("start", .integer(1)), ("end", .integer(2))])
    let places = graph.node(
      "Range", graph.constant([0], shape: []), graph.node("Squeeze", width),
      graph.constant([1], shape: []))
    let keys = graph.node("Add", graph.node("Mul", slots, width), places)
    let sorted = "\(ONNXGraph.prefix)sorted_keys"
    let order = "\(ONNXGraph.prefix)order"
    graph.node(
      "TopK", of: [keys, width], outputs: [sorted, order],
      attributes: [("axis", .integer(1)), ("largest", .integer(0)), ("sorted", .integer(1))])
    let axis: [(name: String, value: ONNXGraph.Attribute)] = [("axis", .integer(1))]
    let sortedSlots = graph.node("GatherElements", slots, order, attributes: axis)
    let sortedValues = graph.node("GatherElements", values, order, attributes: axis)
    let rows = graph.node("Shape", slots, attributes: [("end", .integer(1))])
    let none = graph.node("Expand", graph.constant([-1]), rows)
    let zero = graph.node("Expand", graph.constant([Float(0)]), rows)
    // Each step says what the run of one slot before it had, where it ended.
    let result = graph.scan(
      [.init(none, .int64), .init(zero, .float)],
      over: [.init(sortedSlots, .int64), .init(sortedValues, .float)]
    ) { graph, states, column in
      let isSame = graph.node("Equal", states[0], column[0])
      let sum = graph.node(
        "Where", isSame, graph.node("Add", states[1], column[1]), column[1])
      let ended = graph.node("Where", isSame, graph.constant([-1], shape: []), states[0])
      return ([column[0], sum], [.init(ended, .int64), .init(states[1], .float)])
    }
    let first = graph.constant([0])
    let joined = zip(result.outputs, result.states).map { outputs, last in
      graph.node(
        "Concat", outputs, graph.node("Unsqueeze", last, first),
        attributes: [("axis", .integer(0))])
    }
    return (joined[0], joined[1])
  }
}
