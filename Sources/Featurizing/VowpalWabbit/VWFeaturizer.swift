internal import SparseBatches

/// Rows of Vowpal Wabbit's text format to sparse features, hashed as its `--hash all`:
/// `[label [weight] ['tag]]|namespace[:scale] feature[:value] … |namespace …`.
///
/// One pass over the bytes. The slot of a feature is murmur3(name, seed: murmur3(namespace, S));
/// that of a feature without a name is the namespace's hash plus how many of them came before. A
/// value of zero adds nothing; a feature given twice adds up. What Vowpal Wabbit reads with a
/// warning, drops or takes for something else is a bad row.
struct VWFeaturizer: ~Copyable {
  var shared: LineRows

  init(
    hashing: FeatureHashing, labels: LabelRule, purpose: FeaturizingPurpose, details: RowDetails
  ) {
    shared = LineRows(hashing: hashing, labels: labels, purpose: purpose, details: details)
  }

  var classNames: [ByteText] { shared.labels.classNames }
  var negativeLabels: LabelTexts { shared.labels.negatives }

  mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    shared.beginChunk(convention)
    var faults = FaultCursor()
    for row in 0..<chunk.rows.count where !faults.reports(row, of: chunk, to: &batch) {
      unsafe add(row, of: chunk, to: &batch)
    }
    return shared.labels.convention
  }

  // Proof for the pointers below: a scan stays inside the row's extent, which framing laid inside
  // the chunk's bytes.
  @unsafe @inline(__always)
  private mutating func add(_ row: Int, of chunk: borrowing RowChunk, to batch: inout SparseBatch) {
    let extent = chunk.rows[row]
    let base = unsafe UnsafePointer(chunk.bytes.base)
    let features = batch.slots.count
    shared.watch.beginRow(row, of: chunk)
    do throws(VWRefusal) {
      let (start, end) = (Int(extent.start), Int(extent.end))
      let bar = unsafe try firstBar(base, start..<end)
      let head = unsafe VWRowHead(base, start..<bar)
      let label = unsafe try readLabel(head, base, start..<bar)
      if let sampling = shared.sampling, label == 0, sampling.leavesOut(chunk.ordinal + row) {
        batch.rowsSampledOut += 1
        return
      }
      let weight = unsafe try readWeight(head, base)
      var scan = unsafe VWScan(base: base, offset: bar, end: end)
      unsafe try addFeatures(&scan, to: &batch)
      shared.watch.keepRow()
      shared.builder.mergeSharedSlots(of: &batch, from: features)
      batch.endRow(label: label, weight: weight, rowInChunk: row)
    } catch {
      batch.slots.setCount(features)
      batch.values.setCount(features)
      shared.watch.dropRow()
      shared.builder.forgetRow()
      let found = unsafe error.word.excerpt(base)
      IssueMaker.add(
        error.reason, row: row, in: chunk, found: found, cure: error.cure, to: &batch)
    }
  }

  @unsafe @inline(__always)
  private func firstBar(
    _ base: UnsafePointer<UInt8>, _ row: Range<Int>
  ) throws(VWRefusal) -> Int {
    for offset in row {
      let byte = unsafe base[offset]
      if byte == UInt8(ascii: "|") { return offset }
      if byte == UInt8(ascii: "\t") {
        throw VWRefusal(
          reason: .badLabel, word: VWWord(start: row.lowerBound, end: offset + 1),
          cure: "a tab stands before the first |, and VW drops what is before it: use spaces")
      }
    }
    throw VWRefusal(
      reason: .malformedFeature, word: VWWord(start: row.lowerBound, end: row.upperBound),
      cure: "a row is [label [weight] ['tag]] |namespace feature[:value] …, and this one has no |")
  }

  @unsafe @inline(__always)
  private mutating func addFeatures(
    _ scan: inout VWScan, to batch: inout SparseBatch
  ) throws(VWRefusal) {
    let start = batch.slots.count
    _ = unsafe scan.takes(UInt8(ascii: "|"))
    var namespace = unsafe try VWNamespace(&scan, shared.hashing)
    while unsafe scan.offset < scan.end {
      let byte = unsafe scan.base[scan.offset]
      if VWByte.isBlank(byte) {
        unsafe scan.offset += 1
      } else if unsafe scan.takes(UInt8(ascii: "|")) {
        namespace = unsafe try VWNamespace(&scan, shared.hashing)
      } else {
        let word = unsafe scan.offset
        let (hash, value) = unsafe try namespace.feature(&scan)
        guard value != 0 else { continue }
        if shared.watch.wantsName(of: hash) { unsafe name(hash, at: word, in: namespace, scan) }
        batch.addFeature(hash & shared.hashing.mask, value)
        shared.builder.boundMemory(of: &batch, from: start)
      }
    }
  }
}

// MARK: - Names

extension VWFeaturizer {
  /// Names the feature that starts at `start` as Vowpal Wabbit's audit does: `namespace^feature`,
  /// in the default namespace the feature alone; one without a name by its number in the namespace.
  @unsafe @inline(never)
  private mutating func name(
    _ hash: UInt32, at start: Int, in namespace: VWNamespace, _ scan: VWScan
  ) {
    var again = unsafe VWScan(base: scan.base, offset: start, end: scan.end)
    let word = unsafe again.name()
    // Proof: words lie inside the row.
    let own = (word.start..<word.end).map { unsafe scan.base[$0] }
    let outer = (namespace.name.start..<namespace.name.end).map { unsafe scan.base[$0] }
    shared.watch.name(
      hash,
      pieces: [
        outer, outer.isEmpty ? [] : [UInt8(ascii: "^")],
        own.isEmpty ? Array("\(namespace.unnamed - 1)".utf8) : own,
      ])
  }
}

// MARK: - Label and weight

extension VWFeaturizer {
  /// - Returns: 0 when no label is needed.
  @unsafe @inline(__always)
  private mutating func readLabel(
    _ head: VWRowHead, _ base: UnsafePointer<UInt8>, _ range: Range<Int>
  ) throws(VWRefusal) -> Float {
    if let surplus = head.surplus {
      throw VWRefusal(
        reason: .badLabel, word: surplus,
        cure: "before the first | stand a label, a weight and a tag; a third number (VW's initial "
          + "prediction, or base) is not taken")
    }
    guard let word = head.label else {
      if let unlabelled = shared.purpose.labelOfUnlabelled { return unlabelled }
      throw unsafe missingLabel(head, range)
    }
    for offset in word.start..<word.end where unsafe base[offset] == UInt8(ascii: ":") {
      throw VWRefusal(
        reason: .badLabel, word: word,
        cure: "labels with colons (contextual bandits, cost-sensitive classes) are not taken: one "
          + "label a row")
    }
    if shared.purpose.needsLabel {
      if let label = unsafe shared.labels.label(base + word.start, count: word.count) {
        return label
      }
      throw VWRefusal(reason: .badLabel, word: word, cure: shared.labels.cure)
    }
    if unsafe shared.labels.couldBeLabel(base + word.start, count: word.count) { return 0 }
    throw VWRefusal(
      reason: .badLabel, word: word,
      cure: "a row is [label [weight] ['tag]] |namespace feature[:value] …; is this a file of "
        + "another format?")
  }

  @unsafe @inline(never)
  private func missingLabel(_ head: VWRowHead, _ range: Range<Int>) -> VWRefusal {
    guard let tag = head.tag, tag.end == range.upperBound else {
      return VWRefusal(
        reason: .badLabel, word: head.tag ?? VWWord(start: range.lowerBound, end: range.lowerBound),
        cure: "the row has no label; rows without one can be predicted, not learned")
    }
    return VWRefusal(
      reason: .badLabel, word: tag,
      cure: "the row has no label: a word that touches the | is its tag, as in VW; put a space "
        + "between the label and the |")
  }

  @unsafe @inline(__always)
  private func readWeight(
    _ head: VWRowHead, _ base: UnsafePointer<UInt8>
  ) throws(VWRefusal) -> Float {
    guard let word = head.weight else { return 1 }
    let outcome = unsafe DecimalNumber.parse(base + word.start, count: word.count)
    if case .number(let number) = outcome, number >= 0, case let weight = Float(number),
      weight.isFinite
    {
      return weight
    }
    throw VWRefusal(
      reason: .badWeight, word: word,
      cure: "after the label comes its weight, a finite number >= 0; a tag starts with '")
  }
}
