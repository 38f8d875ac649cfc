/// Sums of weight × value over the features of rows.
///
/// Features that are 1 have their weights looked up by slot, and are added in any order. Features in
/// the slot of a number are added first, as 32-bit floats and in the order in which they come: these
/// slots are *tracked*. Most are known; the slot of a cross with a number differs by row.
struct ONNXSums {
  private let weights: ONNXWeights
  private let model: ExportedModel
  /// Slots of scaled numbers that have a weight, each once.
  let ownSlots: [Int]
  /// Slots that differ by row, [N] int64 each.
  private var openSlots: [String] = []
  /// Slots of features that are 1, [N] int64 each; -1 where there is none.
  private var slots: [String] = []
  /// The same as matrices, [C, N].
  private var matrices: [String] = []
  /// All tracked slots, the own ones first, [1, T] or [N, T] int64; nil: there is none.
  private var tracked: String?
  /// Values in them, [N, T] float.
  private var values: String?
  private var column = ""

  init(_ model: ExportedModel, _ columns: ExportedColumns) {
    self.model = model
    weights = ONNXWeights(model)
    var own: [Int] = []
    for column in columns.columns {
      guard case .number(let features) = column.kind else { continue }
      for case .scaled(let slot, _) in features where weights.bySlot[slot] != nil {
        if !own.contains(Int(slot)) { own.append(Int(slot)) }
      }
    }
    ownSlots = own
  }

  private var trackedCount: Int { ownSlots.count + openSlots.count }

  /// - Parameters:
  ///   - column: any input.
  ///   - open: slots of numbers that differ by row, [N] int64.
  mutating func start(rowsOf column: String, open: [String], _ graph: inout ONNXGraph) {
    self.column = column
    openSlots = open
    guard trackedCount > 0 else { return }
    let rows = graph.node("Shape", column)
    let shape = graph.node(
      "Concat", rows, graph.constant([trackedCount]), attributes: [("axis", .integer(0))])
    // Without a value, the operator fills in 32-bit zeros.
    values = graph.node("ConstantOfShape", shape)
    let own = graph.constant(ownSlots, shape: [1, ownSlots.count])
    guard !open.isEmpty else {
      tracked = own
      return
    }
    let ownShape = graph.node(
      "Concat", rows, graph.constant([ownSlots.count]), attributes: [("axis", .integer(0))])
    let all =
      [graph.node("Expand", own, ownShape)]
      + open.map { graph.node("Unsqueeze", $0, graph.constant([1])) }
    tracked = graph.node("Concat", of: all, attributes: [("axis", .integer(1))])
  }

  /// A carried value of a loop that adds features: tracked values.
  var carried: ONNXGraph.Carried? {
    values.map { ONNXGraph.Carried($0, .float, columns: trackedCount) }
  }

  /// Values with one more feature of value 1 in each row.
  func adding(slot: String, to values: String, _ graph: inout ONNXGraph) -> String {
    guard let tracked else { return values }
    let column = graph.node("Unsqueeze", slot, graph.constant([1]))
    let isHit = graph.node("Equal", column, tracked)
    return graph.node("Add", values, graph.cast(isHit, to: .float))
  }

  /// Takes features that a loop added.
  mutating func add(matrices: [String], values: String?) {
    self.matrices += matrices
    self.values = values ?? self.values
  }

  /// Adds a feature of value 1.
  ///
  /// - Parameter known: slots that it may have; nil: any.
  mutating func add(slot: String, among known: [Int]?, _ graph: inout ONNXGraph) {
    slots.append(slot)
    let isFar = openSlots.isEmpty && known.map { !$0.contains(where: ownSlots.contains) } ?? false
    guard let values, !isFar else { return }
    self.values = adding(slot: slot, to: values, &graph)
  }

  /// Adds a number in a slot that is tracked.
  ///
  /// - Parameters:
  ///   - value: [N] float.
  ///   - slot: [N] or a number, int64.
  mutating func add(value: String, slot: String, _ graph: inout ONNXGraph) {
    guard let values, let tracked else { return }
    let column = graph.node("Unsqueeze", value, graph.constant([1]))
    let wanted = graph.node("Unsqueeze", slot, graph.constant([-1]))
    let isHit = graph.node("Equal", wanted, tracked)
    let zero = graph.constant([Float(0)], shape: [])
    self.values = graph.node("Add", values, graph.node("Where", isHit, column, zero))
  }

  // MARK: The sum

  /// The bias plus the sum of weight × value: [N], or [N, K] for several outputs; double.
  func total(_ graph: inout ONNXGraph) -> String {
    var sum = weights.zeros(rowsOf: column, &graph)
    let plain = plainSlots(&graph)
    if let plain, let found = weights.found(plain, leaving: Set(ownSlots), &graph) {
      sum = graph.node("Add", sum, weights.sum(found, &graph))
    }
    if let values {
      let numbers = graph.cast(values, to: .double)
      if !ownSlots.isEmpty { sum = graph.node("Add", sum, ownSum(numbers, &graph)) }
      if let open = openSum(numbers, &graph) { sum = graph.node("Add", sum, open) }
    }
    return weights.biased(sum, model, &graph)
  }

  /// Slots of features that are 1, [F, N], -1 for those that are tracked as they differ by row.
  private func plainSlots(_ graph: inout ONNXGraph) -> String? {
    let rows = slots.map { graph.node("Unsqueeze", $0, graph.constant([0])) } + matrices
    guard !rows.isEmpty else { return nil }
    var stacked = graph.node("Concat", of: rows, attributes: [("axis", .integer(0))])
    for slot in openSlots {
      let isTracked = graph.node("Equal", stacked, slot)
      stacked = graph.node("Where", isTracked, graph.constant([-1], shape: []), stacked)
    }
    return stacked
  }

  private func ownSum(_ numbers: String, _ graph: inout ONNXGraph) -> String {
    let own = ownSlots.flatMap { weights.bySlot[UInt32($0)] ?? [] }
    let matrix = graph.constant(own, shape: [ownSlots.count, model.outputs])
    let values =
      openSlots.isEmpty
      ? numbers
      : graph.node(
        "Slice", numbers, graph.constant([0]), graph.constant([ownSlots.count]),
        graph.constant([1]))
    let product = graph.node("MatMul", values, matrix)
    return model.outputs > 1 ? product : graph.node("Squeeze", product, graph.constant([1]))
  }

  /// Each slot once: the value of two crosses in one slot is with the first.
  private func openSum(_ numbers: String, _ graph: inout ONNXGraph) -> String? {
    guard !openSlots.isEmpty else { return nil }
    let none = graph.constant([-1], shape: [])
    var once: [String] = []
    for (index, slot) in openSlots.enumerated() {
      var kept = slot
      for earlier in openSlots[..<index] {
        kept = graph.node("Where", graph.node("Equal", slot, earlier), none, kept)
      }
      once.append(graph.node("Unsqueeze", kept, graph.constant([0])))
    }
    let stacked = graph.node("Concat", of: once, attributes: [("axis", .integer(0))])
    guard let found = weights.found(stacked, leaving: Set(ownSlots), &graph) else { return nil }
    let values = graph.node(
      "Slice", numbers, graph.constant([ownSlots.count]), graph.constant([trackedCount]),
      graph.constant([1]))
    return weights.sum(found, times: graph.node("Transpose", values), &graph)
  }
}
