internal import SparseBatches

/// LibSVM rows to sparse features: `label [qid:n] index:value … [# comment]`.
///
/// One pass over the bytes. A value of zero adds nothing; an index given twice adds up, after
/// scaling.
struct LibSVMFeaturizer: ~Copyable {
  private var scales: IndexScaleTable?
  private let labelsCarryWeights: Bool
  /// Values of the last chunk whose index has no scale yet, by row of the chunk.
  private(set) var unknown: [(row: Int, index: UInt64, magnitude: Float)] = []
  /// Clipped values of the last chunk, by index.
  private(set) var clipped: [UInt64: Int] = [:]
  private var row = 0
  var shared: LineRows

  init(
    hashing: FeatureHashing, labels: LabelRule, scales: IndexScales? = nil,
    labelsCarryWeights: Bool = false, purpose: FeaturizingPurpose, details: RowDetails
  ) {
    self.labelsCarryWeights = labelsCarryWeights
    self.scales = scales.map { IndexScaleTable($0) }
    shared = LineRows(hashing: hashing, labels: labels, purpose: purpose, details: details)
  }

  var classNames: [ByteText] { shared.labels.classNames }
  var negativeLabels: LabelTexts { shared.labels.negatives }

  mutating func featurize(
    _ chunk: borrowing RowChunk, _ convention: LabelConvention, steps: [SchemaStep] = [],
    into batch: inout SparseBatch
  ) throws(RunFailure) -> LabelConvention {
    shared.beginChunk(convention)
    unknown.removeAll(keepingCapacity: true)
    clipped.removeAll(keepingCapacity: true)
    var steps = steps[...]
    var faults = FaultCursor()
    for row in 0..<chunk.rows.count {
      while let next = steps.first, next.firstRow <= chunk.ordinal + row {
        scales = next.scales
        steps.removeFirst()
      }
      guard !faults.reports(row, of: chunk, to: &batch) else { continue }
      self.row = row
      unsafe add(row, of: chunk, to: &batch)
    }
    return shared.labels.convention
  }

  // Proof for the pointers below: a scan stays inside the row's extent, which framing laid inside
  // the chunk's bytes.
  @unsafe @inline(__always)
  private mutating func add(_ row: Int, of chunk: borrowing RowChunk, to batch: inout SparseBatch) {
    let extent = chunk.rows[row]
    shared.watch.beginRow(row, of: chunk)
    var scan = unsafe TokenScan(
      base: UnsafePointer(chunk.bytes.base), offset: Int(extent.start), end: Int(extent.end))
    var label: Float = 0
    var weight: Float = 1
    if labelsCarryWeights {
      let head = unsafe readWeightedLabel(&scan, row, of: chunk, to: &batch)
      guard let head else { return }
      (label, weight) = head
    } else {
      guard let read = unsafe readLabel(&scan, row, of: chunk, to: &batch) else { return }
      label = read
    }
    if let sampling = shared.sampling, label == 0, sampling.leavesOut(chunk.ordinal + row) {
      batch.rowsSampledOut += 1
      return
    }
    let start = batch.slots.count
    while let token = unsafe scan.next() {
      guard unsafe addFeature(token, scan.base, to: &batch) else {
        batch.slots.setCount(start)
        batch.values.setCount(start)
        shared.watch.dropRow()
        shared.builder.forgetRow()
        unsafe report(token, scan.base, row, of: chunk, to: &batch)
        return
      }
      shared.builder.boundMemory(of: &batch, from: start)
    }
    shared.watch.keepRow()
    shared.builder.mergeSharedSlots(of: &batch, from: start)
    batch.endRow(label: label, weight: weight, rowInChunk: row)
  }

  /// - Returns: nil when the label or the weight is bad, and then it is an issue.
  @unsafe @inline(never)
  private mutating func readWeightedLabel(
    _ scan: inout TokenScan, _ row: Int, of chunk: borrowing RowChunk, to batch: inout SparseBatch
  ) -> (label: Float, weight: Float)? {
    let token = unsafe scan.next()
    guard let token, let colon = unsafe token.colon(scan.base), colon > token.start else {
      let found = token.map { token in unsafe token.excerpt(scan.base) } ?? []
      IssueMaker.add(
        .badLabel, row: row, in: chunk, found: found,
        cure: "the first rows of this input begin with label:weight, so every row must",
        to: &batch)
      return nil
    }
    let text = unsafe scan.base + token.start
    let count = colon - token.start
    var label: Float = 0
    var isLabel = true
    if shared.purpose.needsLabel {
      if let read = unsafe shared.labels.label(text, count: count) {
        label = read
      } else {
        isLabel = false
      }
    } else {
      isLabel = unsafe shared.labels.couldBeLabel(text, count: count)
    }
    guard isLabel else {
      IssueMaker.add(
        .badLabel, row: row, in: chunk, found: unsafe token.excerpt(scan.base),
        cure: shared.labels.cure, to: &batch)
      return nil
    }
    guard
      case .number(let number) = unsafe DecimalNumber.parse(
        scan.base + colon + 1, count: token.end - colon - 1), number >= 0, Float(number).isFinite
    else {
      IssueMaker.add(
        .badWeight, row: row, in: chunk, found: unsafe token.excerpt(scan.base),
        cure: "a weight is a finite number >= 0", to: &batch)
      return nil
    }
    return (label, Float(number))
  }

  /// - Returns: nil when the label is bad, and then it is an issue.
  @unsafe @inline(__always)
  private mutating func readLabel(
    _ scan: inout TokenScan, _ row: Int, of chunk: borrowing RowChunk, to batch: inout SparseBatch
  ) -> Float? {
    let mark = unsafe scan.offset
    guard let token = unsafe scan.next() else {
      if let unlabelled = shared.purpose.labelOfUnlabelled { return unlabelled }
      IssueMaker.add(
        .badLabel, row: row, in: chunk, found: [], cure: shared.labels.cure, to: &batch)
      return nil
    }
    // Such rows may come without a label: then the first token is a feature already.
    if let unlabelled = shared.purpose.labelOfUnlabelled, unsafe token.colon(scan.base) != nil {
      unsafe scan.offset = mark
      return unlabelled
    }
    guard shared.purpose.needsLabel else {
      if unsafe shared.labels.couldBeLabel(scan.base + token.start, count: token.count) { return 0 }
      let found = unsafe token.excerpt(scan.base)
      IssueMaker.add(
        .badLabel, row: row, in: chunk, found: found,
        cure: "a row is [label] index:value …; is this a file of another format?", to: &batch)
      return nil
    }
    if let label = unsafe shared.labels.label(scan.base + token.start, count: token.count) {
      return label
    }
    let found = unsafe token.excerpt(scan.base)
    IssueMaker.add(
      .badLabel, row: row, in: chunk, found: found, cure: shared.labels.cure, to: &batch)
    return nil
  }

  @unsafe @inline(__always)
  private mutating func addFeature(
    _ token: Token, _ base: UnsafePointer<UInt8>, to batch: inout SparseBatch
  ) -> Bool {
    guard let colon = unsafe token.colon(base), colon > token.start else { return false }
    guard let index = unsafe Self.unsignedInteger(base, token.start..<colon) else {
      return unsafe isQueryIdentifier(base, token, colon: colon)
    }
    guard
      case .number(let number) = unsafe DecimalNumber.parse(
        base + colon + 1, count: token.end - colon - 1)
    else { return false }
    var value = Float(number)
    guard value.isFinite else { return false }
    if let scales {
      let magnitude = scales.magnitude(of: index)
      if magnitude != 0 {
        value = scales.bounded(value / magnitude)
        if value.magnitude >= scales.clip { clipped[index, default: 0] += 1 }
      } else {
        if scales.isWatching, value != 0 { unknown.append((row, index, value.magnitude)) }
        value = scales.boundedUnknown(value)
      }
    }
    guard value != 0 else { return true }
    let hash = shared.hashing.hash(ofIndex: index)
    if shared.watch.wantsName(of: hash) {
      shared.watch.name(hash, pieces: [Array(String(index).utf8)])
    }
    batch.addFeature(hash & shared.hashing.mask, value)
    return true
  }

  @unsafe @inline(__always)
  private static func unsignedInteger(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> UInt64?
  {
    var number: UInt64 = 0
    for offset in range {
      let digit = unsafe base[offset] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (product, overflowed) = number.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
      guard !overflowed, !carried else { return nil }
      number = sum
    }
    return number
  }

  /// Gives the features of a row to `body`, what is malformed left out: for fitting, not for
  /// learning.
  ///
  /// - Parameter skipsFirst: whether the first token is `label:weight`.
  static func forEachFeature(
    _ chunk: borrowing RowChunk, _ row: Int, skipsFirst: Bool = false,
    _ body: (UInt64, Float) -> Void
  ) {
    let extent = chunk.rows[row]
    var scan = unsafe TokenScan(
      base: UnsafePointer(chunk.bytes.base), offset: Int(extent.start), end: Int(extent.end))
    if skipsFirst { _ = unsafe scan.next() }
    while let token = unsafe scan.next() {
      guard let colon = unsafe token.colon(scan.base), colon > token.start,
        let index = unsafe unsignedInteger(scan.base, token.start..<colon),
        case .number(let number) = unsafe DecimalNumber.parse(
          scan.base + colon + 1, count: token.end - colon - 1),
        Float(number).isFinite
      else { continue }
      body(index, Float(number))
    }
  }

  /// `qid:n` groups rows for ranking; it is no feature.
  @unsafe @inline(never)
  private func isQueryIdentifier(
    _ base: UnsafePointer<UInt8>, _ token: Token, colon: Int
  ) -> Bool {
    guard colon - token.start == 3, colon + 1 < token.end else { return false }
    let name = (token.start..<colon).map { unsafe base[$0] }
    guard name == Array("qid".utf8) else { return false }
    return unsafe Self.unsignedInteger(base, colon + 1..<token.end) != nil
  }

  @unsafe @inline(never)
  private func report(
    _ token: Token, _ base: UnsafePointer<UInt8>, _ row: Int, of chunk: borrowing RowChunk,
    to batch: inout SparseBatch
  ) {
    var reason = RowIssue.Reason.malformedFeature
    if let colon = unsafe token.colon(base), colon > token.start {
      let outcome = unsafe DecimalNumber.parse(base + colon + 1, count: token.end - colon - 1)
      switch outcome {
      case .notFinite: reason = .notFinite
      case .number(let number) where !Float(number).isFinite: reason = .notFinite
      default: break
      }
    }
    IssueMaker.add(
      reason, row: row, in: chunk, found: unsafe token.excerpt(base),
      cure: "a feature is index:value, an integer and a finite number, with no blank inside",
      to: &batch)
  }
}

/// A run of bytes without blanks.
private struct Token {
  var start: Int
  var end: Int

  var count: Int { end - start }

  @unsafe @inline(__always)
  func colon(_ base: UnsafePointer<UInt8>) -> Int? {
    for offset in start..<end where unsafe base[offset] == UInt8(ascii: ":") { return offset }
    return nil
  }

  @unsafe
  func excerpt(_ base: UnsafePointer<UInt8>) -> [UInt8] {
    (start..<min(end, start + IssueMaker.excerptBytes + 1)).map { unsafe base[$0] }
  }
}

/// The blank-separated tokens of one row, up to a comment.
@unsafe
private struct TokenScan {
  let base: UnsafePointer<UInt8>
  var offset: Int
  let end: Int

  @inline(__always)
  mutating func next() -> Token? {
    while unsafe offset < end, unsafe isBlank(base[offset]) { unsafe offset += 1 }
    guard unsafe offset < end, unsafe base[offset] != UInt8(ascii: "#") else { return nil }
    let start = unsafe offset
    while unsafe offset < end, unsafe !isBlank(base[offset]) { unsafe offset += 1 }
    return unsafe Token(start: start, end: offset)
  }

  @inline(__always)
  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
