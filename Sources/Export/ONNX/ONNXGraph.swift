/// A graph that is being put together: nodes in the order in which they run, and constants.
struct ONNXGraph {
  /// Types of tensor elements, as ONNX numbers them.
  enum Element: Int {
    case float = 1
    case int64 = 7
    case string = 8
    case bool = 9
    case double = 11
    case uint32 = 12
  }

  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case floats([Float])
    case text(String)
    case texts([String])
    case body(ProtobufWriter)
  }

  /// Operator sets that the nodes are of.
  enum Domain: String, CaseIterable {
    case standard = ""
    case machineLearning = "ai.onnx.ml"
    case microsoft = "com.microsoft"

    var version: Int {
      switch self {
      case .standard: 20
      case .machineLearning: 3
      case .microsoft: 1
      }
    }
  }

  /// What names of values begin with that are no inputs or outputs.
  static let prefix = "logreg_stream/"

  private var nodes: [ProtobufWriter] = []
  /// All nodes, those of bodies too: names are unique in the whole.
  private var nodeCount = 0
  private var initializers: [ProtobufWriter] = []
  private var inputs: [ProtobufWriter] = []
  private var outputs: [ProtobufWriter] = []
  /// Constants by their type, shape and bytes: each is there once.
  private var constants: [Constant: String] = [:]

  private struct Constant: Hashable {
    var element: Element
    var shape: [Int]
    var bytes: [UInt8]
  }

  // MARK: Inputs and outputs

  /// - Parameter columns: of a matrix with a row for each row, what their number is named; nil: a
  ///   number or text a row.
  mutating func addInput(_ name: String, _ element: Element, columns: String? = nil) {
    let sizes = ["N"] + (columns.map { [$0] } ?? [])
    inputs.append(Self.valueInfo(name, element, sizes.map { _ in nil }, sizes: sizes))
  }

  /// - Parameter shape: nil stands for a dimension of any size: the rows.
  mutating func addOutput(_ name: String, _ element: Element, _ shape: [Int?]) {
    outputs.append(Self.valueInfo(name, element, shape))
  }

  /// - Parameter sizes: names of dimensions of any size; nothing is said of further ones.
  private static func valueInfo(
    _ name: String, _ element: Element, _ shape: [Int?], sizes: [String] = ["N"]
  ) -> ProtobufWriter {
    var dimensions = ProtobufWriter()
    for (index, known) in shape.enumerated() {
      var dimension = ProtobufWriter()
      if let known {
        dimension.add(1, known)
      } else if index < sizes.count {
        dimension.add(2, sizes[index])
      }
      dimensions.add(1, dimension)
    }
    var tensor = ProtobufWriter()
    tensor.add(1, element.rawValue)
    tensor.add(2, dimensions)
    var type = ProtobufWriter()
    type.add(1, tensor)
    var info = ProtobufWriter()
    info.add(1, name)
    info.add(2, type)
    return info
  }

  // MARK: Constants

  mutating func constant(_ value: Double) -> String { constant([value], shape: []) }

  mutating func constant(_ values: [Double], shape: [Int]? = nil) -> String {
    constant(.double, shape ?? [values.count], RawNumbers.bytes(values))
  }

  mutating func constant(_ values: [Float], shape: [Int]? = nil) -> String {
    constant(.float, shape ?? [values.count], RawNumbers.bytes(values))
  }

  mutating func constant(_ values: [Int], shape: [Int]? = nil) -> String {
    constant(.int64, shape ?? [values.count], RawNumbers.bytes(values))
  }

  mutating func constant(_ value: UInt32) -> String {
    constant(.uint32, [], RawNumbers.bytes([value]))
  }

  mutating func constant(_ values: [UInt32]) -> String {
    constant(.uint32, [values.count], RawNumbers.bytes(values))
  }

  mutating func constant(_ texts: [String]) -> String {
    var tensor = ProtobufWriter()
    tensor.add(1, texts.count)
    tensor.add(2, Element.string.rawValue)
    for text in texts { tensor.add(6, text) }
    return add(tensor)
  }

  private mutating func constant(_ element: Element, _ shape: [Int], _ bytes: [UInt8]) -> String {
    let key = Constant(element: element, shape: shape, bytes: bytes)
    if let known = constants[key] { return known }
    var tensor = ProtobufWriter()
    for size in shape { tensor.add(1, size) }
    tensor.add(2, element.rawValue)
    tensor.add(9, bytes)
    let name = add(tensor)
    constants[key] = name
    return name
  }

  private mutating func add(_ tensor: ProtobufWriter) -> String {
    let name = "\(Self.prefix)constant_\(initializers.count)"
    var named = tensor
    named.add(8, name)
    initializers.append(named)
    return name
  }

  // MARK: Nodes

  /// Adds a node of one output.
  ///
  /// - Parameter output: its name; nil: any.
  /// - Returns: the output's name.
  @discardableResult
  mutating func node(
    _ type: String, _ inputs: String..., output: String? = nil, domain: Domain = .standard,
    attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    node(type, of: inputs, output: output, domain: domain, attributes: attributes)
  }

  @discardableResult
  mutating func node(
    _ type: String, of inputs: [String], output: String? = nil,
    domain: Domain = .standard, attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    let name = output ?? "\(Self.prefix)value_\(nodeCount)"
    node(type, of: inputs, outputs: [name], domain: domain, attributes: attributes)
    return name
  }

  /// Adds a node of several outputs.
  mutating func node(
    _ type: String, of inputs: [String], outputs: [String], domain: Domain = .standard,
    attributes: [(name: String, value: Attribute)] = []
  ) {
    var node = ProtobufWriter()
    for input in inputs { node.add(1, input) }
    for output in outputs { node.add(2, output) }
    node.add(3, "node_\(nodeCount)")
    node.add(4, type)
    for attribute in attributes { node.add(5, Self.message(attribute.name, attribute.value)) }
    if domain != .standard { node.add(7, domain.rawValue) }
    nodes.append(node)
    nodeCount += 1
  }

  mutating func cast(_ value: String, to element: Element) -> String {
    node("Cast", value, attributes: [("to", .integer(element.rawValue))])
  }

  private static func message(_ name: String, _ value: Attribute) -> ProtobufWriter {
    var message = ProtobufWriter()
    message.add(1, name)
    switch value {
    case .float(let float):
      message.add(2, float)
      message.add(20, 1)
    case .integer(let integer):
      message.add(3, integer)
      message.add(20, 2)
    case .text(let text):
      message.add(4, text)
      message.add(20, 3)
    case .floats(let floats):
      for float in floats { message.add(7, float) }
      message.add(20, 6)
    case .integers(let integers):
      for integer in integers { message.add(8, integer) }
      message.add(20, 7)
    case .texts(let texts):
      for text in texts { message.add(9, text) }
      message.add(20, 8)
    case .body(let graph):
      message.add(6, graph)
      message.add(20, 5)
    }
    return message
  }

  // MARK: Loops

  /// A value that a loop over columns changes, or makes anew for each.
  struct Carried {
    var name: String
    var element: Element
    /// Its columns, of a matrix; nil: one number a row.
    var columns: Int?

    init(_ name: String, _ element: Element, columns: Int? = nil) {
      (self.name, self.element, self.columns) = (name, element, columns)
    }

    fileprivate func info(_ name: String) -> ProtobufWriter {
      ONNXGraph.valueInfo(name, element, [nil] + (columns.map { [$0] } ?? []), sizes: [])
    }
  }

  /// Goes through the columns of matrices, from left to right.
  ///
  /// - Parameters:
  ///   - states: what they are at first.
  ///   - columns: matrices, [N, C].
  ///   - body: makes of the states and one column, [N], the states after it, and what comes out of it.
  /// - Returns: the names of the last states, and of what came out of the columns, [C, N] each.
  mutating func scan(
    _ states: [Carried], over columns: [Carried],
    body: (inout ONNXGraph, _ states: [String], _ column: [String]) -> (
      states: [String], outputs: [Carried]
    )
  ) -> (states: [String], outputs: [String]) {
    let outer = nodes
    nodes = []
    let mark = nodeCount
    var graph = ProtobufWriter()
    var taken: [String] = []
    for (index, value) in (states + columns).enumerated() {
      let name = "\(Self.prefix)loop_\(mark)_in_\(index)"
      graph.add(11, value.info(name))
      taken.append(name)
    }
    let made = body(
      &self, Array(taken[..<states.count]), Array(taken[states.count...]))
    var given: [String] = []
    for (index, value)
      in (zip(made.states, states).map { state, first in
        Carried(state, first.element, columns: first.columns)
      } + made.outputs).enumerated()
    {
      // A state may come out as it went in: an output has a name of its own.
      let name = node("Identity", value.name, output: "\(Self.prefix)loop_\(mark)_out_\(index)")
      graph.add(12, value.info(name))
      given.append(name)
    }
    for node in nodes { graph.add(1, node) }
    graph.add(2, "loop_\(mark)")
    nodes = outer
    let results = given.indices.map { "\(Self.prefix)loop_\(mark)_result_\($0)" }
    let ones = columns.map { _ in 1 }
    node(
      "Scan", of: (states + columns).map(\.name), outputs: results,
      attributes: [
        ("body", .body(graph)), ("num_scan_inputs", .integer(columns.count)),
        ("scan_input_axes", .integers(ones)),
      ])
    return (Array(results[..<states.count]), Array(results[states.count...]))
  }

  // MARK: The whole

  /// A ModelProto.
  func model(
    program: String, description: String, metadata: [(key: String, value: String)]
  ) -> [UInt8] {
    var graph = ProtobufWriter()
    for node in nodes { graph.add(1, node) }
    graph.add(2, "logreg_stream")
    for initializer in initializers { graph.add(5, initializer) }
    for input in inputs { graph.add(11, input) }
    for output in outputs { graph.add(12, output) }
    var model = ProtobufWriter()
    model.add(1, 9)
    model.add(2, "logreg-stream")
    model.add(3, program)
    model.add(6, description)
    model.add(7, graph)
    for domain in Domain.allCases {
      var operators = ProtobufWriter()
      operators.add(1, domain.rawValue)
      operators.add(2, domain.version)
      model.add(8, operators)
    }
    for (key, value) in metadata {
      var entry = ProtobufWriter()
      entry.add(1, key)
      entry.add(2, value)
      model.add(14, entry)
    }
    return model.bytes
  }
}
