internal import InputBytes
internal import SparseBatches

/// The input of which only the start was learned.
extension InputPlanner {
  mutating func findHalfRead() throws(RunFailure) {
    guard let half = ledger.halfRead else { return }
    guard let index = try indexOfHalfRead(half) else { throw notNamed(half) }
    candidates[index].isHalfRead = true
    let candidate = candidates[index]
    if let known = half.stamp, let stamp = candidate.stamp, known.size != stamp.size,
      // Found by its content, it may be packed in another way.
      candidate.source == half.source
    {
      halfReadChange = RunFailure(
        .badData,
        "\(shown(candidate.path)) was changed while it was half learned: it had \(known.size) bytes"
          + " then and has \(stamp.size) now",
        cure: "what was learned of it is taken back: run the same command again to learn it anew")
    }
    let isUntouched = half.stamp == candidate.stamp && half.source == candidate.source
    start = RowReader.Start(
      position: half.position, trustedStamp: isUntouched ? half.stamp : nil)
  }

  private mutating func indexOfHalfRead(_ half: Ledger.HalfRead) throws(RunFailure) -> Int? {
    let same = candidates.firstIndex { $0.source == half.source }
    guard let stamp = half.stamp else { return same }
    if let same, candidates[same].stamp?.size == stamp.size { return same }
    // Renamed, or copied with its directory: what was read of it is compared when it is read on.
    let renamed =
      candidates.firstIndex { $0.entry == nil && $0.stamp == stamp }
      ?? candidates.firstIndex {
        same == nil && $0.entry == nil && $0.stamp?.size == stamp.size
          && Self.lastPart($0.path).utf8.elementsEqual(Self.lastPart(half.path).utf8)
      }
    if let renamed { return renamed }
    return try indexByContent(half) ?? same
  }

  /// Compressed meanwhile, or rotated and compressed: the file that starts with what was read.
  private func indexByContent(_ half: Ledger.HalfRead) throws(RunFailure) -> Int? {
    guard half.bytesRead > 0 else { return nil }
    for (index, candidate) in candidates.enumerated()
    where candidate.entry == nil && candidate.stamp != nil && candidate.source != half.source {
      let isIt = try Self.whatIsWhole { () throws(RunFailure) in
        try FileContent.starts(candidate.path, with: half.checksum, count: half.bytesRead)
      }
      if isIt == true { return index }
    }
    return nil
  }

  private static func lastPart(_ path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }

  private func notNamed(_ half: Ledger.HalfRead) -> RunFailure {
    switch half.source {
    case .file, .pipe:
      return RunFailure(
        .usage,
        "\(request.directory) has half learned \(shown(half.path)), which is not among the inputs",
        cure: "name it again, or start over with --fresh")
    case .stream(let name):
      let what = name.map { "the stream \"\(shown($0))\"" } ?? "standard input without a name"
      let how = name.map { "--input-name \(shown($0))" } ?? "no --input-name"
      return RunFailure(
        .usage, "\(request.directory) has half learned \(what), which is not among the inputs",
        cure: "give the same rows on standard input again, with \(how), or start over with --fresh")
    }
  }
}
