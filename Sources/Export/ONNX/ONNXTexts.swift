internal import SparseBatches

// Bytes of texts. No operator of ONNX gives them, but two of ONNX Runtime's together do: `Tokenizer` cuts a text
// into characters, and `MurmurHash3` of so few bytes can be turned round. `ExportTests` goes through all
// characters of Unicode.

/// Texts as characters of one to four bytes: matrices of uint32, [N, C], as wide as the longest text
/// and one more.
struct ONNXCharacters {
  /// The bytes of a character, the first one lowest; 0 behind the end.
  var bytes: String
  /// How many; 0 behind the end.
  var counts: String
}

extension ONNXGraph {
  /// - Parameter texts: [N] string, UTF-8.
  mutating func characters(of texts: String) -> ONNXCharacters {
    // One row more, so that there is one, and one character more, so that there is one behind the end.
    let rows = node(
      "Concat", texts, constant([" "]), attributes: [("axis", .integer(0))])
    let pieces = node(
      "Tokenizer", rows, domain: .microsoft,
      attributes: [
        ("mark", .integer(0)), ("mincharnum", .integer(1)), ("pad_value", .text("")),
        ("separators", .texts([""])),
      ])
    let cut = node(
      "Slice", pieces, constant([0]), constant([-1]))
    let end = node(
      "Expand", constant([UInt32(0)]),
      node(
        "Concat", node("Shape", texts), constant([1]), attributes: [("axis", .integer(0))]))
    let (bytes, counts) = decoded(cut)
    let axis: [(name: String, value: Attribute)] = [("axis", .integer(1))]
    return ONNXCharacters(
      bytes: node("Concat", bytes, end, attributes: axis),
      counts: node("Concat", counts, end, attributes: axis))
  }

  /// Characters from their hashes with the seeds 0 and 1.
  ///
  /// Of three bytes or fewer, what the last step of MurmurHash3 was given is mix(bytes) ^ count ^ seed. So it differs by the
  /// seed between the two hashes, and of four bytes it does not.
  private mutating func decoded(_ characters: String) -> (bytes: String, counts: String) {
    let first = unfinished(hashed(characters, seed: 0))
    let second = unfinished(hashed(characters, seed: 1))
    let isShort = node("Equal", first, node("BitwiseXor", second, literal(1)))
    let one = unmixed(first, count: 1)
    let two = unmixed(first, count: 2)
    let three = unmixed(first, count: 3)
    let body = node(
      "Mul", node("Sub", node("BitwiseXor", first, literal(4)), literal(0xe654_6b64)),
      literal(0xcccc_cccd))
    let four = unmixed(rotated(body, 19), count: 0)
    let isOne = node("Less", one, literal(0x80))
    let isTwo = node(
      "Equal", node("BitwiseAnd", two, literal(0xffff_c0e0)), literal(0x80c0))
    let isNone = node("Equal", first, literal(0))
    func chosen(
      _ graph: inout ONNXGraph, _ none: String, _ one: String, _ two: String, _ three: String,
      _ four: String
    ) -> String {
      let several = graph.node("Where", isTwo, two, three)
      let some = graph.node("Where", isOne, one, several)
      let short = graph.node("Where", isNone, none, some)
      return graph.node("Where", isShort, short, four)
    }
    let numbers = (UInt32(0)...4).map { literal($0) }
    return (
      chosen(&self, numbers[0], one, two, three, four),
      chosen(&self, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
    )
  }

  // MARK: MurmurHash3, on uint32

  /// The hash of texts, or of integers of 64 bits as their bytes, with a seed that is known.
  mutating func hashed(_ values: String, seed: UInt32) -> String {
    node(
      "MurmurHash3", values, domain: .microsoft,
      attributes: [("seed", .integer(Int(seed))), ("positive", .integer(1))])
  }

  private mutating func literal(_ value: UInt32) -> String { constant(value) }

  private mutating func shifted(_ value: String, _ bits: String, _ direction: String) -> String {
    node("BitShift", value, bits, attributes: [("direction", .text(direction))])
  }

  private mutating func rotated(_ value: String, _ bits: UInt32) -> String {
    let high = shifted(value, literal(bits), "LEFT")
    return node("BitwiseOr", high, shifted(value, literal(32 - bits), "RIGHT"))
  }

  private mutating func mixed(_ word: String) -> String {
    node(
      "Mul", rotated(node("Mul", word, literal(0xcc9e_2d51)), 15), literal(0x1b87_3593))
  }

  /// What `mixed` was given, and the count of bytes was joined to.
  private mutating func unmixed(_ value: String, count: UInt32) -> String {
    let joined = count == 0 ? value : node("BitwiseXor", value, literal(count))
    return node(
      "Mul", rotated(node("Mul", joined, literal(0x56ed_309b)), 17), literal(0xdee1_3bb1))
  }

  private mutating func folded(_ value: String, _ bits: UInt32...) -> String {
    var result = value
    for count in bits {
      result = node("BitwiseXor", result, shifted(value, literal(count), "RIGHT"))
    }
    return result
  }

  private mutating func finished(_ value: String) -> String {
    let first = node("Mul", folded(value, 16), literal(0x85eb_ca6b))
    return folded(node("Mul", folded(first, 13), literal(0xc2b2_ae35)), 16)
  }

  private mutating func unfinished(_ hash: String) -> String {
    let first = node("Mul", folded(hash, 16), literal(0x7ed1_b41d))
    return folded(node("Mul", folded(first, 13, 26), literal(0xa5cb_9243)), 16)
  }

  // MARK: Hashes of texts with seeds that differ by row

  /// What a hash is in the middle of a text.
  struct OpenHash {
    /// All but the last bytes, which are fewer than four: of one or more seeds.
    var hashes: [String]
    /// The last bytes, and how many.
    var rest: String
    var restCount: String
    /// Of the whole text so far.
    var count: String
  }

  /// Takes one more character, or none where its count is 0.
  mutating func taking(_ bytes: String, _ count: String, _ open: OpenHash) -> OpenHash {
    let total = node("Add", open.restCount, count)
    let shift = node("Mul", open.restCount, literal(8))
    let low = node("BitwiseOr", open.rest, shifted(bytes, shift, "LEFT"))
    // In two steps, because 32 bits are no shift.
    let high = shifted(
      shifted(bytes, literal(1), "RIGHT"), node("Sub", literal(31), shift),
      "RIGHT")
    let isOpen = node("Less", total, literal(4))
    let word = mixed(low)
    let hashes = open.hashes.map { hash in
      let joined = rotated(node("BitwiseXor", hash, word), 13)
      let next = node(
        "Add", node("Mul", joined, literal(5)), literal(0xe654_6b64))
      return node("Where", isOpen, hash, next)
    }
    return OpenHash(
      hashes: hashes, rest: node("Where", isOpen, low, high),
      restCount: node("BitwiseAnd", total, literal(3)),
      count: node("Add", open.count, count))
  }

  mutating func closed(_ open: OpenHash) -> [String] {
    let tail = node("BitwiseXor", mixed(open.rest), open.count)
    return open.hashes.map { finished(node("BitwiseXor", $0, tail)) }
  }

  /// The hash of each row's text.
  ///
  /// - Parameter seeds: [N] uint32.
  mutating func hash(_ texts: ONNXCharacters, seeds: String) -> String {
    let zero = node("BitwiseXor", seeds, seeds)
    let (states, _) = scan(
      [seeds, zero, zero, zero].map { Carried($0, .uint32) },
      over: [Carried(texts.bytes, .uint32), Carried(texts.counts, .uint32)]
    ) { graph, states, column in
      let open = OpenHash(
        hashes: [states[0]], rest: states[1], restCount: states[2], count: states[3])
      let next = graph.taking(column[0], column[1], open)
      return (next.hashes + [next.rest, next.restCount, next.count], [])
    }
    return closed(
      OpenHash(hashes: [states[0]], rest: states[1], restCount: states[2], count: states[3]))[0]
  }

  /// The hash of texts of at most three bytes: MurmurHash3 without a whole word.
  mutating func hash(ofFew bytes: String, counts: String, seeds: String) -> String {
    let zero = node("BitwiseXor", seeds, seeds)
    return closed(
      OpenHash(hashes: [seeds], rest: bytes, restCount: zero, count: counts))[0]
  }
}
