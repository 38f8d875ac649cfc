/// The known name that a mistyped one was most likely meant to be.
package enum NearestName {
  /// - Returns: nil when nothing is near (more than a third of the letters differ).
  package static func find(_ name: String, among known: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    let scored = known.prefix(10_000).map {
      (name: $0, distance: distance(wanted, Array($0.lowercased().utf8.prefix(64))))
    }
    guard let best = scored.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, wanted.count / 3)
    else { return nil }
    return best.name
  }

  /// Levenshtein's edit distance.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let substituted = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
