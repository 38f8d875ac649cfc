internal import Featurizing

// Words of texts, as `WordHashing` finds them: runs of ASCII letters, digits, underscores and of what is not
// ASCII, with small letters for capitals.

extension ONNXGraph {
  /// The same texts with small letters, and with no bytes where a character is in no word.
  mutating func words(of texts: ONNXCharacters) -> ONNXCharacters {
    let isCapital = isAmong("A"..."Z", texts.bytes)
    let small = node(
      "Where", isCapital, node("Add", texts.bytes, constant(UInt32(32))), texts.bytes)
    let isDigit = isAmong("0"..."9", small)
    let isLetter = isAmong("a"..."z", small)
    let isUnderscore = isAmong("_"..."_", small)
    let isLong = node("Less", constant(UInt32(1)), texts.counts)
    let isWord = node(
      "Or", node("Or", isDigit, isLetter), node("Or", isUnderscore, isLong))
    let none = constant(UInt32(0))
    return ONNXCharacters(
      bytes: node("Where", isWord, small, none),
      counts: node("Where", isWord, texts.counts, none))
  }

  /// No character of several bytes is.
  private mutating func isAmong(
    _ range: ClosedRange<Unicode.Scalar>, _ bytes: String
  ) -> String {
    let (first, last) = (range.lowerBound.value, range.upperBound.value)
    // Smaller ones wrap around.
    return node(
      "Less", node("Sub", bytes, constant(first)), constant(last - first + 1))
  }

  /// A seed for each row, [N] uint32.
  mutating func seeds(_ seed: UInt32, rowsOf column: String) -> String {
    node(
      "Expand", constant(seed), node("Shape", column, attributes: [("end", .integer(1))]))
  }

  /// The slots of all runs of 1 to `ngrams` words: the hash of each word is the seed of the next
  /// one's.
  ///
  /// - Parameter sums: whose tracked values the features are added to.
  /// - Returns: for each length of a run a matrix [C, N] int64, -1 where no run ends, and the values.
  mutating func slots(
    of words: ONNXCharacters, seed: UInt32, mask: UInt32, ngrams: Int, _ sums: ONNXSums
  ) -> (slots: [String], values: String?) {
    let rows = node("Slice", words.counts, constant([0]), constant([1]), constant([1]))
    let column = node("Squeeze", rows, constant([1]))
    let first = seeds(seed, rowsOf: column)
    let zero = seeds(0, rowsOf: column)
    var states = (Array(repeating: first, count: ngrams) + [zero, zero, zero, zero]).map {
      Carried($0, .uint32)
    }
    if let carried = sums.carried { states.append(carried) }
    let result = scan(
      states, over: [Carried(words.bytes, .uint32), Carried(words.counts, .uint32)]
    ) { graph, states, column in
      let open = OpenHash(
        hashes: Array(states[..<ngrams]), rest: states[ngrams], restCount: states[ngrams + 1],
        count: states[ngrams + 2])
      return graph.afterCharacter(
        column, open, wordsBefore: states[ngrams + 3],
        values: states.count > ngrams + 4 ? states[ngrams + 4] : nil, seed: seed, mask: mask, sums)
    }
    let values = sums.carried == nil ? nil : result.states.last
    return (result.outputs, values)
  }

  /// One step of the loop.
  private mutating func afterCharacter(
    _ character: [String], _ open: OpenHash, wordsBefore: String, values: String?, seed: UInt32,
    mask: UInt32, _ sums: ONNXSums
  ) -> (states: [String], outputs: [Carried]) {
    let zero = constant(UInt32(0))
    let one = constant(UInt32(1))
    let ends = node(
      "And", node("Equal", character[1], zero), node("Less", zero, open.count))
    let next = taking(character[0], character[1], open)
    let closed = self.closed(open)
    var hashes: [String] = []
    var slots: [Carried] = []
    var values = values
    for (index, hash) in closed.enumerated() {
      let seeds = index == 0 ? constant(seed) : closed[index - 1]
      hashes.append(node("Where", ends, seeds, next.hashes[index]))
      let isRun =
        index == 0
        ? ends : node("And", ends, node("Less", constant(UInt32(index - 1)), wordsBefore))
      let slot = cast(node("BitwiseAnd", hash, constant(mask)), to: .int64)
      let known = node("Where", isRun, slot, constant([-1], shape: []))
      slots.append(Carried(known, .int64))
      values = values.map { sums.adding(slot: known, to: $0, &self) }
    }
    let words = node("Add", wordsBefore, node("Where", ends, one, zero))
    let rests = [next.rest, next.restCount, next.count].map { node("Where", ends, zero, $0) }
    return (hashes + rests + [words] + (values.map { [$0] } ?? []), slots)
  }
}
