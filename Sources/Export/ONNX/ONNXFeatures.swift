internal import Featurizing
internal import SparseBatches

/// The part of a graph that makes features of columns, and sums weight × value.
struct ONNXFeatures {
  private(set) var graph = ONNXGraph()
  /// Rows that predict calls bad: [N] bool; nil where no row can be.
  private(set) var isBad: String?

  private let model: ExportedModel
  private let columns: ExportedColumns
  /// Slots of scaled numbers that have a weight, each once.
  private let ownSlots: [Int]
  /// Weights by slot, one for each output.
  private let weights: [UInt32: [Double]]
  /// Slots of features that are 1, [N] int64 each; -1 where there is none.
  private var slots: [String] = []
  /// Values in `ownSlots`, [N, S] float; nil: there is none.
  private var values: String?

  init(_ model: ExportedModel, _ columns: ExportedColumns) {
    self.model = model
    self.columns = columns
    var weights: [UInt32: [Double]] = [:]
    for index in 0..<model.weights.count {
      let output = model.outputs > 1 ? Int(model.weights.outputs[index]) : 0
      weights[model.weights.slots[index], default: Array(repeating: 0, count: model.outputs)][
        output] = Double(model.weights.values[index])
    }
    self.weights = weights
    var own: [Int] = []
    for column in columns.columns {
      guard case .number(let features) = column.kind else { continue }
      for case .scaled(let slot, _) in features where weights[slot] != nil {
        if !own.contains(Int(slot)) { own.append(Int(slot)) }
      }
    }
    ownSlots = own
  }

  // MARK: Columns

  mutating func addColumns() throws(RunFailure) {
    for column in columns.columns {
      let element: ONNXGraph.Element = if case .number = column.kind { .double } else { .string }
      graph.addInput(column.name.text, element)
    }
    if !ownSlots.isEmpty {
      let rows = graph.node("Shape", columns.columns[0].name.text)
      let shape = graph.node(
        "Concat", rows, graph.constant([ownSlots.count]), attributes: [("axis", .integer(0))])
      // Without a value, the operator fills in 32-bit zeros.
      values = graph.node("ConstantOfShape", shape)
    }
    let tokens = try columns.missingTexts(target: "onnx")
    for column in columns.columns {
      switch column.kind {
      case .category:
        let text = trimmed(column, missing: tokens)
        addCategory(column, text.value, isMissing: text.isMissing)
      case .number(let features): addNumber(column, features)
      case .text: continue
      }
    }
  }

  /// A column's texts without the spaces around them, and whether they are missing.
  ///
  /// Column by column: of a matrix of texts, ONNX Runtime 1.32's Gather takes only the first text of
  /// a row where there are few.
  private mutating func trimmed(
    _ column: ExportedColumn, missing tokens: [String]
  ) -> (value: String, isMissing: String) {
    // One text more: of none but empty ones, splitting would make a matrix without columns.
    let all = graph.node(
      "Concat", column.name.text, graph.constant(["x"]), attributes: [("axis", .integer(0))])
    // Without a delimiter, spaces at both ends are dropped; no split leaves the rest in one piece.
    let split = graph.node(
      "StringSplit", of: [all], unusedOutput: "pieces_\(slots.count)",
      attributes: [("maxsplit", .integer(0))])
    let whole = graph.node("Reshape", split, graph.constant([-1]))
    let kept = graph.node("Slice", whole, graph.constant([0]), graph.constant([-1]))
    // The empty text is a missing value in any case: their features are the same.
    let known = Array(Set(tokens + [""])).sorted()
    let missing = graph.node(
      "LabelEncoder", kept, domain: .machineLearning,
      attributes: [
        ("keys_strings", .texts(known)),
        ("values_int64s", .integers(known.map { _ in 1 })), ("default_int64", .integer(0)),
      ])
    return (kept, graph.cast(missing, to: .bool))
  }

  private mutating func addCategory(
    _ column: ExportedColumn, _ text: String, isMissing: String
  ) {
    let hash = graph.node(
      "MurmurHash3", text, domain: .microsoft,
      attributes: [("seed", .integer(Int(column.seed))), ("positive", .integer(1))])
    let slot = graph.node(
      "BitwiseAnd", graph.cast(hash, to: .int64),
      graph.constant([Int(model.hashing.mask)], shape: []))
    let missing = graph.constant([Int(column.missingSlot)], shape: [])
    add(slot: graph.node("Where", isMissing, missing, slot), among: nil)
  }

  private mutating func addNumber(_ column: ExportedColumn, _ features: [ExportedFeature]) {
    let input = column.name.text
    let isMissing = graph.node("IsNaN", input)
    addBad(graph.node("IsInf", input))
    let none = graph.constant([-1], shape: [])
    let missing = graph.constant([Int(column.missingSlot)], shape: [])
    add(
      slot: graph.node("Where", isMissing, missing, none), among: [Int(column.missingSlot)])
    let number = graph.node("Where", isMissing, graph.constant(0.0), input)
    for feature in features {
      switch feature {
      case .bin(let edges, let slots):
        let known = slots.map { Int($0) }
        var arithmetic = ONNXArithmetic(graph)
        let place = arithmetic.place(of: number, among: edges)
        graph = arithmetic.graph
        let slot = graph.node("Gather", graph.constant(known), place)
        add(slot: graph.node("Where", isMissing, none, slot), among: known)
      case .scaled(let slot, let scale):
        let value = scaled(number, scale)
        guard let place = ownSlots.firstIndex(of: Int(slot)) else { continue }
        add(
          value: graph.node("Where", isMissing, graph.constant([Float(0)], shape: []), value),
          at: place)
      }
    }
  }

  /// The transformed number, [N] float; a raw one beyond 32-bit floats makes its row bad.
  private mutating func scaled(_ number: String, _ scale: NumericScale) -> String {
    guard scale.transform != .raw else {
      let value = graph.cast(number, to: .float)
      addBad(graph.node("IsInf", value))
      return value
    }
    var arithmetic = ONNXArithmetic(graph)
    var transformed = number
    if scale.transform == .symlog {
      let logarithm = arithmetic.log1p(arithmetic.magnitude(number))
      transformed = arithmetic.choose(
        arithmetic.isLess(number, arithmetic.number(0)), arithmetic.negative(logarithm), logarithm)
    }
    let standardized = arithmetic.quotient(
      arithmetic.difference(transformed, arithmetic.number(scale.mean)),
      arithmetic.number(scale.standardDeviation))
    let below = arithmetic.graph.node("Min", standardized, arithmetic.number(columns.clip))
    let bounded = arithmetic.graph.node("Max", below, arithmetic.number(-columns.clip))
    graph = arithmetic.graph
    return graph.cast(bounded, to: .float)
  }

  private mutating func addBad(_ condition: String) {
    isBad = isBad.map { graph.node("Or", $0, condition) } ?? condition
  }

  // MARK: Sums

  /// Adds a feature of value 1.
  ///
  /// - Parameter known: slots that it may have; nil: any.
  private mutating func add(slot: String, among known: [Int]?) {
    slots.append(slot)
    guard let sums = values, known?.contains(where: ownSlots.contains) ?? true else { return }
    let column = graph.node("Unsqueeze", slot, graph.constant([1]))
    let isHit = graph.node(
      "Equal", column, graph.constant(ownSlots, shape: [1, ownSlots.count]))
    values = graph.node("Add", sums, graph.cast(isHit, to: .float))
  }

  private mutating func add(value: String, at place: Int) {
    guard let sums = values else { return }
    let unit = ownSlots.indices.map { Float($0 == place ? 1 : 0) }
    let column = graph.node("Unsqueeze", value, graph.constant([1]))
    values = graph.node(
      "Add", sums, graph.node("Mul", column, graph.constant(unit, shape: [1, unit.count])))
  }

  /// The bias plus the sum of weight × value: [N], or [N, K] for several outputs; double.
  mutating func sums() -> String {
    let table = weights.keys.filter { !ownSlots.contains(Int($0)) }.sorted()
    let stacked = graph.node(
      "Concat", of: slots.map { graph.node("Unsqueeze", $0, graph.constant([0])) },
      attributes: [("axis", .integer(0))])
    let axis = graph.constant([0])
    let attributes: [(name: String, value: ONNXGraph.Attribute)] = [("keepdims", .integer(0))]
    var parts: [String] = []
    if !table.isEmpty {
      let found = model.outputs > 1 ? classWeights(table, stacked) : linearWeights(table, stacked)
      parts.append(graph.node("ReduceSum", found, axis, attributes: attributes))
    } else {
      // Nothing but the number of rows is taken of it.
      let zeros = graph.node(
        "Mul", graph.cast(slots[0], to: .double), graph.constant(0.0))
      parts.append(
        model.outputs > 1
          ? graph.node("Unsqueeze", zeros, graph.constant([1])) : zeros)
    }
    if let values {
      let own = ownSlots.flatMap { weights[UInt32($0)] ?? [] }
      let matrix = graph.constant(own, shape: [ownSlots.count, model.outputs])
      let product = graph.node("MatMul", graph.cast(values, to: .double), matrix)
      parts.append(
        model.outputs > 1
          ? product : graph.node("Squeeze", product, graph.constant([1])))
    }
    let sum = parts.count > 1 ? graph.node("Add", parts[0], parts[1]) : parts[0]
    let bias =
      model.outputs > 1
      ? graph.constant(model.biases, shape: [1, model.outputs]) : graph.constant(model.biases[0])
    return graph.node("Add", bias, sum)
  }

  private mutating func linearWeights(_ table: [UInt32], _ slots: String) -> String {
    let found = graph.node(
      "LabelEncoder", slots, domain: .machineLearning,
      attributes: [
        ("keys_int64s", .integers(table.map { Int($0) })),
        ("values_floats", .floats(table.map { Float(weights[$0]?[0] ?? 0) })),
        ("default_float", .float(0)),
      ])
    return graph.cast(found, to: .double)
  }

  /// [F, N, K]: the rows of a table that has a row of zeros for slots without weights.
  private mutating func classWeights(_ table: [UInt32], _ slots: String) -> String {
    let place = graph.node(
      "LabelEncoder", slots, domain: .machineLearning,
      attributes: [
        ("keys_int64s", .integers(table.map { Int($0) })),
        ("values_int64s", .integers(Array(table.indices))),
        ("default_int64", .integer(table.count)),
      ])
    let rows = table.flatMap { weights[$0] ?? [] } + Array(repeating: 0, count: model.outputs)
    let matrix = graph.constant(rows, shape: [table.count + 1, model.outputs])
    return graph.node("Gather", matrix, place)
  }
}
