/// Double arithmetic on tensors of one shape, node by node.
struct ONNXArithmetic: MarginArithmetic {
  var graph: ONNXGraph

  init(_ graph: ONNXGraph) { self.graph = graph }

  mutating func number(_ value: Double) -> String { graph.constant(value) }

  mutating func sum(_ left: String, _ right: String) -> String { graph.node("Add", left, right) }

  mutating func difference(_ left: String, _ right: String) -> String {
    graph.node("Sub", left, right)
  }

  mutating func product(_ left: String, _ right: String) -> String {
    graph.node("Mul", left, right)
  }

  mutating func quotient(_ left: String, _ right: String) -> String {
    graph.node("Div", left, right)
  }

  mutating func negative(_ value: String) -> String { graph.node("Neg", value) }

  mutating func magnitude(_ value: String) -> String { graph.node("Abs", value) }

  mutating func exp(_ value: String) -> String { graph.node("Exp", value) }

  mutating func log(_ value: String) -> String { graph.node("Log", value) }

  /// log(u)·x/(u − 1) with u = 1 + x as it was rounded: what rounding did cancels (Higham 2002, §1.14).
  mutating func log1p(_ value: String) -> String {
    let one = number(1)
    let u = sum(one, value)
    let ratio = quotient(value, difference(u, one))
    return choose(graph.node("Equal", u, one), value, product(log(u), ratio))
  }

  /// (u − 1)·x/log(u) with u = e^x, for the same reason.
  mutating func expm1(_ value: String) -> String {
    let one = number(1)
    let u = exp(value)
    let ratio = quotient(value, log(u))
    return choose(graph.node("Equal", u, one), value, product(difference(u, one), ratio))
  }

  mutating func isLess(_ left: String, _ right: String) -> String {
    graph.node("Less", left, right)
  }

  mutating func choose(_ condition: String, _ yes: String, _ no: String) -> String {
    graph.node("Where", condition, yes, no)
  }

  mutating func entries(
    of tables: [[Double]], above edges: [Double], _ value: String
  ) -> [String] {
    let index = place(of: value, among: edges)
    return tables.map { graph.node("Gather", graph.constant($0), index) }
  }

  /// How many edges are at most the value: [N] int64.
  mutating func place(of value: String, among edges: [Double]) -> String {
    let column = graph.node("Unsqueeze", value, graph.constant([1]))
    let isReached = graph.node(
      "GreaterOrEqual", column, graph.constant(edges, shape: [1, edges.count]))
    return graph.node(
      "ReduceSum", graph.cast(isReached, to: .int64), graph.constant([1]),
      attributes: [("keepdims", .integer(0))])
  }

  /// Clenshaw's recurrence.
  mutating func chebyshev(_ coefficients: [Double], _ value: String) -> String {
    let double = product(number(2), value)
    var (current, previous) = (number(coefficients[0]), number(0))
    for coefficient in coefficients.dropFirst() {
      let next = sum(number(coefficient), difference(product(double, current), previous))
      (current, previous) = (next, current)
    }
    return difference(current, product(value, previous))
  }

  mutating func named(_ name: String, _ value: String) -> String { value }
}
