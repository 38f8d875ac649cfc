internal import Featurizing
internal import SparseBatches

/// The part of a graph that makes features of columns, and sums weight × value.
struct ONNXFeatures {
  private(set) var graph = ONNXGraph()
  /// Rows that predict calls bad: [N] bool; nil where no row can be.
  private(set) var isBad: String?

  private let model: ExportedModel
  private let columns: ExportedColumns
  private var sums: ONNXSums
  private var fields: [Field] = []

  /// A column's values in a graph, [N].
  private struct Field {
    /// Without the spaces around it; nil of a number.
    var text: String?
    /// 0 where it is missing.
    var number = ""
    var isMissing: String
    /// Of a text that was asked for; no characters where it is missing.
    var characters: ONNXCharacters?
    /// Transformed values of a number, float, by the index of the feature.
    var scaled: [Int: String] = [:]
  }

  init(_ model: ExportedModel, _ columns: ExportedColumns) {
    self.model = model
    self.columns = columns
    sums = ONNXSums(model, columns)
  }

  /// The bias plus the sum of weight × value: [N], or [N, K] for several outputs; double.
  mutating func total() -> String { sums.total(&graph) }

  // MARK: Columns

  /// Adds features in the order of `predict`: of the columns but texts, of the texts, of the crosses.
  mutating func addColumns() throws(RunFailure) {
    for column in columns.columns {
      let element: ONNXGraph.Element = if case .number = column.kind { .double } else { .string }
      graph.addInput(column.name.text, element)
    }
    let tokens = try columns.missingTexts(target: "onnx")
    for column in columns.columns {
      if case .number = column.kind {
        fields.append(number(column))
      } else {
        let text = trimmed(column, missing: tokens)
        fields.append(Field(text: text.value, isMissing: text.isMissing))
      }
    }
    let crosses = columns.crosses.map { cross($0) }
    sums.start(
      rowsOf: columns.columns[0].name.text,
      open: crosses.compactMap { $0.value == nil ? nil : $0.slot }, &graph)
    for (index, column) in columns.columns.enumerated() {
      switch column.kind {
      case .category: addCategory(index, column)
      case .number(let features): addNumber(index, column, features)
      case .text: continue
      }
    }
    for (index, column) in columns.columns.enumerated() {
      if case .text = column.kind { addWords(index, column) }
    }
    for cross in crosses {
      if let value = cross.value {
        sums.add(value: value, slot: cross.slot, &graph)
      } else {
        sums.add(slot: cross.slot, among: nil, &graph)
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
    let split = "\(ONNXGraph.prefix)split_\(fields.count)"
    graph.node(
      "StringSplit", of: [all], outputs: [split, "\(ONNXGraph.prefix)pieces_\(fields.count)"],
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

  private mutating func number(_ column: ExportedColumn) -> Field {
    let input = column.name.text
    let isMissing = graph.node("IsNaN", input)
    addBad(graph.node("IsInf", input))
    let number = graph.node("Where", isMissing, graph.constant(0.0), input)
    return Field(number: number, isMissing: isMissing)
  }

  private mutating func addCategory(_ index: Int, _ column: ExportedColumn) {
    sums.add(slot: slot(of: startedHash(index, seed: column.seed)), among: nil, &graph)
  }

  private mutating func addNumber(
    _ index: Int, _ column: ExportedColumn, _ features: [ExportedFeature]
  ) {
    let isMissing = fields[index].isMissing
    let none = graph.constant([-1], shape: [])
    let missing = graph.constant([Int(column.missingSlot)], shape: [])
    sums.add(
      slot: graph.node("Where", isMissing, missing, none), among: [Int(column.missingSlot)], &graph)
    for (place, feature) in features.enumerated() {
      switch feature {
      case .bin(let edges, let slots):
        let known = slots.map { Int($0) }
        let slot = graph.node("Gather", graph.constant(known), bin(index, edges))
        sums.add(
          slot: graph.node("Where", isMissing, none, slot), among: known, &graph)
      case .scaled(let slot, let scale):
        let value = scaled(index, place, scale)
        let zero = graph.constant([Float(0)], shape: [])
        sums.add(
          value: graph.node("Where", isMissing, zero, value),
          slot: graph.constant([Int(slot)], shape: []), &graph)
      }
    }
  }

  private mutating func bin(_ index: Int, _ edges: [Double]) -> String {
    var arithmetic = ONNXArithmetic(graph)
    let place = arithmetic.place(of: fields[index].number, among: edges)
    graph = arithmetic.graph
    return place
  }

  /// The transformed number, [N] float; a raw one beyond 32-bit floats makes its row bad.
  private mutating func scaled(_ index: Int, _ place: Int, _ scale: NumericScale) -> String {
    if let known = fields[index].scaled[place] { return known }
    let value = scaled(fields[index].number, scale)
    fields[index].scaled[place] = value
    return value
  }

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

  // MARK: Texts

  private mutating func slot(of hash: String) -> String {
    graph.cast(
      graph.node("BitwiseAnd", hash, graph.constant(model.hashing.mask)), to: .int64)
  }

  /// The hash of a text, or of no bytes where it is missing, with a seed that all rows have: uint32.
  private mutating func startedHash(_ index: Int, seed: UInt32) -> String {
    let hash = graph.hashed(fields[index].text ?? "", seed: seed)
    let empty = graph.constant(MurmurHash3.hash([], seed: seed))
    return graph.node("Where", fields[index].isMissing, empty, hash)
  }

  /// The characters of a text; none where it is missing.
  private mutating func characters(_ index: Int) -> ONNXCharacters {
    if let known = fields[index].characters { return known }
    let all = graph.characters(of: fields[index].text ?? "")
    let isMissing = graph.node("Unsqueeze", fields[index].isMissing, graph.constant([1]))
    let zero = graph.constant(UInt32(0))
    let made = ONNXCharacters(
      bytes: graph.node("Where", isMissing, zero, all.bytes),
      counts: graph.node("Where", isMissing, zero, all.counts))
    fields[index].characters = made
    return made
  }

  private mutating func addWords(_ index: Int, _ column: ExportedColumn) {
    let none = graph.constant([-1], shape: [])
    let missing = graph.constant([Int(column.missingSlot)], shape: [])
    sums.add(
      slot: graph.node("Where", fields[index].isMissing, missing, none), among: nil, &graph)
    let words = graph.words(of: characters(index))
    let found = graph.slots(
      of: words, seed: column.seed, mask: model.hashing.mask, ngrams: columns.ngrams, sums)
    sums.add(matrices: found.slots, values: found.values)
  }

  // MARK: Crosses

  /// Slot and value of a cross; the value is nil where it is 1.
  private mutating func cross(_ cross: ExportedCross) -> (slot: String, value: String?) {
    // The hash of what came before; nil: nothing did.
    var chain: String?
    var product: String?
    for index in cross.columns {
      switch columns.columns[index].crossFeature {
      case nil:
        if let seeds = chain {
          chain = graph.hash(characters(index), seeds: seeds)
        } else {
          chain = startedHash(index, seed: cross.seed)
        }
      case .bin(let edges, _):
        let seeds = chain ?? graph.seeds(cross.seed, rowsOf: columns.columns[index].name.text)
        let digits = self.digits(index, edges)
        chain = graph.hash(ofFew: digits.bytes, counts: digits.counts, seeds: seeds)
      case .scaled(_, let scale):
        let isMissing = fields[index].isMissing
        let one = graph.constant([Float(1)], shape: [])
        let factor = graph.node("Where", isMissing, one, scaled(index, 0, scale))
        product = product.map { graph.node("Mul", $0, factor) } ?? factor
        // A missing number joins the chain as the empty text.
        let seeds = chain ?? graph.seeds(cross.seed, rowsOf: columns.columns[index].name.text)
        let zero = graph.node("BitwiseXor", seeds, seeds)
        let empty = graph.hash(ofFew: zero, counts: zero, seeds: seeds)
        chain = graph.node("Where", isMissing, empty, seeds)
      }
    }
    return (slot(of: chain ?? ""), product)
  }

  /// The number of a bin in decimal, no text where it is missing.
  private mutating func digits(_ index: Int, _ edges: [Double]) -> ONNXCharacters {
    let texts = (0...edges.count).map { Array(String($0).utf8) }
    let words = texts.map { $0.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
    let place = bin(index, edges)
    let zero = graph.constant(UInt32(0))
    let isMissing = fields[index].isMissing
    let bytes = graph.node("Gather", graph.constant(words), place)
    let counts = graph.node("Gather", graph.constant(texts.map { UInt32($0.count) }), place)
    return ONNXCharacters(
      bytes: graph.node("Where", isMissing, zero, bytes),
      counts: graph.node("Where", isMissing, zero, counts))
  }
}
