internal import SparseBatches

/// The mini-batch being collected, as `PendingMiniBatch`, with K states a slot side by side.
internal struct PendingClassBatch<Rule: CoordinateRule>: ~Copyable, Sendable {
  typealias Slot = Rule.Block.Slot

  private let classes: Int
  var rows = 0
  /// Rows of weight > 0; without one, applying changes nothing.
  var weighingRows = 0
  var biasGradients = GrowableBuffer<Double>()

  var slots = GrowableBuffer<UInt32>()
  private var states = GrowableBuffer<Slot>()
  private var weights = GrowableBuffer<Double>()
  /// Where a model gets others than those that are learned from; else empty.
  private var servedWeights = GrowableBuffer<Double>()
  var gradients = GrowableBuffer<Double>()
  /// For each feature of the row at hand, the index of its slot.
  private var rowIndices = GrowableBuffer<UInt32>()
  var index = SlotIndex()

  init(classes: Int) {
    self.classes = classes
    removeAll()
  }

  /// Looks up the slots of a row, those that are new with the states the table has for them.
  mutating func look(up features: RowFeatures, in table: SlotView<Slot>, _ rule: Rule) {
    rowIndices.removeAll()
    let known = slots.count
    for feature in 0..<features.count {
      rowIndices.append(index.findOrInsert(features.slot(feature), in: &slots))
    }
    takeStates(from: known, of: table, rule)
  }

  /// States and weights of the slots from index `known` on.
  mutating func takeStates(from known: Int, of table: SlotView<Slot>, _ rule: Rule) {
    for new in known..<slots.count {
      for output in 0..<classes {
        states.append(table[slots[new], output])
        gradients.append(0)
      }
    }
    for start in stride(from: known * classes, to: states.count, by: 4) {
      let weights = rule.weights(block(start))
      for lane in 0..<min(4, states.count - start) { self.weights.append(weights[lane]) }
      guard Rule.servesAverages else { continue }
      let served = rule.servedWeights(block(start), weights: weights)
      for lane in 0..<min(4, states.count - start) { servedWeights.append(served[lane]) }
    }
  }

  /// The states `start ..< start + 4` as far as there are any; untouched beyond.
  @inline(__always)
  private func block(_ start: Int) -> Rule.Block {
    func state(_ lane: Int) -> Slot {
      start + lane < states.count ? states[start + lane] : Rule.Block.untouched
    }
    return Rule.Block(state(0), state(1), state(2), state(3))
  }

  /// Adds w·x of each class to the margins that the row is learned from.
  func addMargins(_ features: RowFeatures, to margins: inout GrowableBuffer<Double>) {
    for feature in 0..<features.count {
      let value = Double(features.value(feature))
      let start = Int(rowIndices[feature]) * classes
      for output in 0..<classes { margins[output] += weights[start + output] * value }
    }
  }

  /// The same with the weights that a model gets, to the margins from `first` on.
  func addServedMargins(
    _ features: RowFeatures, to margins: inout GrowableBuffer<Double>, from first: Int
  ) {
    for feature in 0..<features.count {
      let value = Double(features.value(feature))
      let start = Int(rowIndices[feature]) * classes
      for output in 0..<classes {
        margins[first + output] += servedWeights[start + output] * value
      }
    }
  }

  /// Adds a row of which `factors` are known.
  mutating func add(
    _ features: RowFeatures, _ factors: borrowing GrowableBuffer<Double>, isWeighing: Bool
  ) {
    rows += 1
    guard isWeighing else { return }
    weighingRows += 1
    for output in 0..<classes { biasGradients[output] += factors[output] }
    for feature in 0..<features.count {
      let value = Double(features.value(feature))
      let start = Int(rowIndices[feature]) * classes
      for output in 0..<classes { gradients[start + output] += factors[output] * value }
    }
  }

  /// Updates the states, not yet in the table.
  ///
  /// - Returns: a slot whose state is not finite.
  mutating func update(_ rule: Rule, share: Double, _ rounding: RoundingBits) -> UInt32? {
    for start in stride(from: 0, to: states.count, by: 4) {
      func weight(_ lane: Int) -> Double {
        start + lane < states.count ? weights[start + lane] : 0
      }
      func gradient(_ lane: Int) -> Double {
        start + lane < states.count ? share * gradients[start + lane] : 0
      }
      // A number of its own for each state of the table, whatever else is in the mini-batch.
      func bits(_ lane: Int) -> UInt64 {
        let index = min(start + lane, states.count - 1)
        let state = UInt64(slots[index / classes]) * UInt64(classes) + UInt64(index % classes)
        return rounding.bits(index: state)
      }
      let updated = rule.updated(
        block(start), weights: SIMD4(weight(0), weight(1), weight(2), weight(3)),
        gradients: SIMD4(gradient(0), gradient(1), gradient(2), gradient(3)),
        bits: SIMD4(bits(0), bits(1), bits(2), bits(3)))
      let marker = updated.nonFiniteMarker
      for lane in 0..<min(4, states.count - start) {
        if marker[lane] != 0 { return slots[(start + lane) / classes] }
        states[start + lane] = updated[lane]
      }
    }
    return nil
  }

  func store(in table: SlotView<Slot>) {
    for slot in 0..<slots.count {
      for output in 0..<classes {
        table.store(states[slot * classes + output], at: slots[slot], output)
      }
    }
  }

  /// The first feature whose product with a weight is not finite.
  func nonFiniteFeature(_ features: RowFeatures) -> Int? {
    (0..<features.count).first { feature in
      let start = Int(rowIndices[feature]) * classes
      return (0..<classes).contains {
        !(weights[start + $0] * Double(features.value(feature))).isFinite
      }
    }
  }

  /// The first feature with a gradient beyond `limit`; −1 for a bias.
  func featureBeyond(
    _ limit: Double, _ features: RowFeatures, _ factors: borrowing GrowableBuffer<Double>
  ) -> Int? {
    var largest = 0.0
    for output in 0..<classes { largest = max(largest, factors[output].magnitude) }
    if !(largest < limit) { return -1 }
    return (0..<features.count).first {
      !((largest * Double(features.value($0))).magnitude < limit)
    }
  }

  mutating func removeAll() {
    rows = 0
    weighingRows = 0
    biasGradients.removeAll()
    for _ in 0..<classes { biasGradients.append(0) }
    slots.removeAll()
    states.removeAll()
    weights.removeAll()
    servedWeights.removeAll()
    gradients.removeAll()
    index.removeAll()
  }
}
