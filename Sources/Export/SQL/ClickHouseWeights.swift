/// The table of weights of a script for ClickHouse: of the engine Join, from which a row takes a weight by its
/// slot, or of several classes an array.
struct ClickHouseWeights {
  let model: ExportedModel
  let dialect: SQLDialect

  private var hasClasses: Bool { model.outputs > 1 }

  /// - Parameter left: slots that are not in it.
  func table(leaving left: Set<UInt32>) -> String {
    let pairs = bySlot.filter { !left.contains($0.slot) }.map(pair)
    var text = """
      DROP TABLE IF EXISTS logreg_stream_weights;
      CREATE TABLE logreg_stream_weights
        (slot UInt32, weight \(hasClasses ? "Array(Float64)" : "Float64")) \
      ENGINE = Join(ANY, LEFT, slot);

      """
    // Literals in an expression are read exactly, those behind VALUES are not.
    for start in stride(from: 0, to: pairs.count, by: 1000) {
      let some = pairs[start..<min(start + 1000, pairs.count)]
      text +=
        "INSERT INTO logreg_stream_weights SELECT x.1, x.2 FROM (SELECT arrayJoin([\n"
        + some.joined(separator: ",\n") + "]) AS x);\n"
    }
    return text
  }

  /// (slot, weight) as literals.
  func pairs(of slots: Set<UInt32>) -> [String] {
    bySlot.filter { slots.contains($0.slot) }.map(pair)
  }

  /// Weights of a slot, one for each output, by rising slot.
  private var bySlot: [(slot: UInt32, weights: [Double])] {
    var found: [(slot: UInt32, weights: [Double])] = []
    for index in 0..<model.weights.count {
      let slot = model.weights.slots[index]
      if found.last?.slot != slot {
        found.append((slot, Array(repeating: 0, count: model.outputs)))
      }
      let output = hasClasses ? Int(model.weights.outputs[index]) : 0
      found[found.count - 1].weights[output] = Double(model.weights.values[index])
    }
    return found
  }

  private func pair(_ entry: (slot: UInt32, weights: [Double])) -> String {
    let numbers = entry.weights.map { $0.description }.joined(separator: ", ")
    return "(\(entry.slot), \(hasClasses ? "[\(numbers)]" : numbers))"
  }
}
