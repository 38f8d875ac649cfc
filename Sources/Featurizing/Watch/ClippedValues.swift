/// How many values of a stream were clipped, by column of the schema or by LibSVM index.
package struct ClippedValues: Codable, Equatable, Sendable {
  /// At least 1 each.
  package private(set) var counts: [UInt64: Int] = [:]
  /// Indices beyond the first so many are not counted.
  private static let mostIndices = 4096
  /// Fewer values are no reason for a warning.
  private static let fewest = 20

  package init() {}

  /// Adds what the last chunk showed. Chunks come in their order, each once.
  package mutating func take(_ shown: inout some WatchedRows & ~Copyable) {
    shown.forEachClipped { key, count, isColumn in
      if isColumn || counts[key] != nil || counts.count < Self.mostIndices {
        counts[key, default: 0] += count
      }
    }
  }

  /// The counts of several streams that all went on from `base`, which each of them counts too. Of
  /// too many indices, the lowest are kept.
  package static func joined(
    _ streams: [ClippedValues], onTopOf base: ClippedValues, _ schema: FeatureSchema
  ) -> ClippedValues {
    var joined = base
    for stream in streams {
      for (key, count) in stream.counts {
        joined.counts[key, default: 0] += count - (base.counts[key] ?? 0)
      }
    }
    joined.counts = joined.counts.filter { $0.value > 0 }
    if case .csv = schema.source { return joined }
    for key in joined.counts.keys.sorted().dropFirst(mostIndices) { joined.counts[key] = nil }
    return joined
  }

  /// By the name of the column, or the index as text.
  package func byName(_ schema: FeatureSchema) -> [String: Int] {
    var named: [String: Int] = [:]
    for (key, count) in counts { named[Self.name(key, schema), default: 0] = count }
    return named
  }

  /// A line for each column or index of which more than one value in a hundred was clipped, those
  /// with the largest share first.
  ///
  /// - Parameter missing: of the same rows.
  package func warnings(_ schema: FeatureSchema, _ missing: MissingValues) -> [String] {
    let shares = counts.compactMap { key, count -> (key: UInt64, count: Int, share: Double)? in
      var values = missing.rows
      if case .csv = schema.source, missing.byColumn.indices.contains(Int(key)) {
        values -= missing.byColumn[Int(key)]
      }
      guard count >= Self.fewest, values > 0, count * 100 > values else { return nil }
      return (key, count, Double(count) / Double(values))
    }
    let sorted = shares.sorted { $0.share != $1.share ? $0.share > $1.share : $0.key < $1.key }
    let shown = sorted.prefix(5).map { entry in
      let name = Self.name(entry.key, schema)
      let percent = Double(Int(entry.share * 1000 + 0.5)) / 10
      if case .csv(let csv) = schema.source {
        return "warning: \(entry.count) values of the column \"\(name)\" (\(percent) %) lie "
          + "further than ±\(csv.clip) from what its scale was fitted on, and were clipped: fit it on more rows "
          + "with --sniff-rows, or use --numeric-transform '\(name)=quantile', or a larger --clip"
      }
      return "warning: \(entry.count) values of the index \(name) (\(percent) % of the rows) are "
        + "many times larger than those that its scale was fitted on, and were clipped: fit it on more "
        + "rows with --sniff-rows, or use a larger --clip"
    }
    let more = sorted.count - shown.count
    return shown + (more > 0 ? ["warning: values of \(more) more of them were clipped, too"] : [])
  }

  private static func name(_ key: UInt64, _ schema: FeatureSchema) -> String {
    guard case .csv(let csv) = schema.source, csv.columns.indices.contains(Int(key)) else {
      return String(key)
    }
    return csv.columns[Int(key)].name.display
  }

  /// What is wrong with counts that were stored: nil when they can be of this schema.
  package func defect(_ schema: FeatureSchema) -> String? {
    var isValid = counts.values.allSatisfy { (1..<1 << 50).contains($0) }
    if case .csv(let csv) = schema.source {
      isValid = isValid && counts.keys.allSatisfy { $0 < UInt64(csv.columns.count) }
    } else {
      isValid = isValid && counts.count <= Self.mostIndices
    }
    return isValid ? nil : "counts of clipped values are invalid"
  }
}

extension ClippedValues {
  /// `key:count key:count`, ascending.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    for token in try container.decode(String.self).split(separator: " ") {
      let parts = token.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let key = UInt64(parts[0]), let count = Int(parts[1]),
        counts.updateValue(count, forKey: key) == nil
      else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "a count of clipped values is malformed")
      }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let texts = counts.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    try container.encode(texts.joined(separator: " "))
  }
}
