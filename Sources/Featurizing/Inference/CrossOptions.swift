internal import SparseBatches

/// `--cross` patterns to the products that they mean.
///
/// A single `*` stands between columns; inside a column's pattern `**` is any run of bytes and `?`
/// any one.
enum CrossOptions {
  static let option = "--cross"
  private static let star = UInt8(ascii: "*")

  /// - Throws: usage when a pattern fits nothing, or something that cannot be crossed.
  static func resolve(
    _ patterns: [ByteText], among columns: [Column]
  ) throws(RunFailure) -> [ColumnCross] {
    var crosses: [ColumnCross] = []
    var known: Set<[Int]> = []
    for pattern in patterns {
      var choices: [[Int]] = []
      for part in try parts(of: pattern) { choices.append(try fitting(part, columns)) }
      // Each product occurs at most six times among the choices: these are too many anyway.
      guard choices.reduce(1, { min($0 * $1.count, 1 << 30) }) <= 20 * ColumnCross.maximumCount
      else { throw tooMany }
      let before = crosses.count
      forEachChoice(choices) { choice in
        guard Set(choice).count == choice.count, crosses.count <= ColumnCross.maximumCount,
          known.insert(choice.sorted()).inserted
        else { return }
        crosses.append(ColumnCross(columns: choice))
      }
      guard crosses.count > before else {
        throw RunFailure(
          .usage,
          "\(option) \(pattern.display) adds no product: it crosses a column with itself, or "
            + "another cross has the same columns",
          cure: "name two or three different columns")
      }
      guard crosses.count <= ColumnCross.maximumCount else { throw tooMany }
    }
    return crosses
  }

  private static var tooMany: RunFailure {
    RunFailure(
      .usage, "\(option) makes more than \(ColumnCross.maximumCount) products a row",
      cure: "name fewer columns")
  }

  static func parts(of pattern: ByteText) throws(RunFailure) -> [ByteText] {
    var parts: [[UInt8]] = [[]]
    var rest = pattern.bytes[...]
    while let byte = rest.popFirst() {
      if byte != star {
        parts[parts.count - 1].append(byte)
      } else if rest.first == star {
        rest = rest.dropFirst()
        parts[parts.count - 1].append(byte)
      } else {
        parts.append([])
      }
    }
    guard ColumnCross.allowedColumns.contains(parts.count), !parts.contains([]) else {
      throw RunFailure(
        .usage, "\(option) \(pattern.display) is no product of two or three columns",
        cure: "write 'a*b' or 'a*b*c'; a glob is written with two stars: 'C***d' is C** times d")
    }
    return parts.map { ByteText(bytes: $0) }
  }

  /// A glob takes what can be crossed; a name must be of a column that can.
  private static func fitting(
    _ part: ByteText, _ columns: [Column]
  ) throws(RunFailure) -> [Int] {
    try ColumnPatterns(option: option, [part]).checkAllUsed(among: columns.map(\.name))
    let named = columns.indices.filter { ColumnPatterns.isMatch(part, columns[$0].name) }
    let usable = named.filter { columns[$0].role.canBeCrossed }
    guard usable.isEmpty, let first = named.first else { return usable }
    throw RunFailure(
      .usage,
      "\(option) names the column \"\(columns[first].name.display)\", which is "
        + "\(columns[first].role.name) and cannot be crossed",
      cure: columns[first].role == .text
        ? "use --categorical if its values are few, or drop it from the cross"
        : "drop it from the cross")
  }

  private static func forEachChoice(_ choices: [[Int]], _ body: ([Int]) -> Void) {
    func extend(_ chosen: [Int]) {
      guard chosen.count < choices.count else { return body(chosen) }
      for next in choices[chosen.count] { extend(chosen + [next]) }
    }
    extend([])
  }
}
