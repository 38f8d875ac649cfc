/// A graph that is being put together: nodes in the order in which they run, and constants.
struct ONNXGraph {
  /// Types of tensor elements, as ONNX numbers them.
  enum Element: Int {
    case float = 1
    case int64 = 7
    case string = 8
    case bool = 9
    case double = 11
  }

  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case floats([Float])
    case text(String)
    case texts([String])
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

  /// - Parameter shape: nil stands for a dimension of any size: the rows.
  mutating func addInput(_ name: String, _ element: Element) {
    inputs.append(Self.valueInfo(name, element, [nil]))
  }

  mutating func addOutput(_ name: String, _ element: Element, _ shape: [Int?]) {
    outputs.append(Self.valueInfo(name, element, shape))
  }

  private static func valueInfo(
    _ name: String, _ element: Element, _ shape: [Int?]
  ) -> ProtobufWriter {
    var dimensions = ProtobufWriter()
    for size in shape {
      var dimension = ProtobufWriter()
      if let size { dimension.add(1, size) } else { dimension.add(2, "N") }
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
    _ type: String, of inputs: [String], output: String? = nil, unusedOutput: String? = nil,
    domain: Domain = .standard, attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    let name = output ?? "\(Self.prefix)value_\(nodes.count)"
    var node = ProtobufWriter()
    for input in inputs { node.add(1, input) }
    node.add(2, name)
    if let unusedOutput { node.add(2, Self.prefix + unusedOutput) }
    node.add(3, "node_\(nodes.count)")
    node.add(4, type)
    for attribute in attributes { node.add(5, Self.message(attribute.name, attribute.value)) }
    if domain != .standard { node.add(7, domain.rawValue) }
    nodes.append(node)
    return name
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
    }
    return message
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
