internal import SparseBatches

// MARK: - Numbers

extension ColumnFeatures {
  /// - Returns: nil when all went well, else what is wrong, and with which step.
  @unsafe @inline(__always)
  func addNumbers(
    _ run: ColumnRun, of row: RowText, _ plan: ColumnPlan, _ watch: inout FeatureWatch,
    _ missingCounts: inout MissingCounts, at cursor: inout FeatureCursor
  ) -> (rejection: Rejection, index: Int)? {
    guard let remembered else {
      preconditionFailure("a plan with numbers has a memo")
    }
    var index = Int(run.start)
    while true {
      if unsafe row.isReadableBeyond {
        index = unsafe Self.addRemembered(
          index..<Int(run.end), of: row, plan.numberColumns.base, remembered,
          watch.gate, missingCounts.base, at: &cursor)
      }
      guard index < Int(run.end) else { return nil }
      if let rejection = unsafe addNumber(
        index, of: row, plan, remembered, &watch, &missingCounts, at: &cursor)
      {
        return (rejection, index)
      }
      index &+= 1
    }
  }

  /// Adds the features of steps as long as their texts are remembered and no name may be wanted.
  ///
  /// - Returns: the first step that is left.
  @unsafe @inline(never)
  private static func addRemembered(
    _ steps: Range<Int>, of row: RowText, _ columns: UnsafePointer<NumberColumn>,
    _ memo: NumberMemo.View, _ gate: FeatureGate,
    _ missingCounts: UnsafeMutablePointer<UInt32>,
    at cursor: inout FeatureCursor
  ) -> Int {
    var target = unsafe cursor
    var index = steps.lowerBound
    while index < steps.upperBound {
      let column = unsafe columns[index]
      let extent = unsafe row.extents[Int(column.field)]
      guard extent.count <= NumberMemo.longest else { break }
      let text = unsafe RememberedText(
        row.base + Int(extent.start), count: extent.count, step: index)
      let entry = unsafe memo.entry(text)
      guard unsafe entry.pointee.holds(text),
        unsafe entry.pointee.features.leastScattered & gate.passMask != 0
      else { break }
      let features = unsafe entry.pointee.features
      // Without a branch: whether a value is missing cannot be foreseen.
      unsafe missingCounts[Int(column.column)] &+= features.isMissing ? 1 : 0
      unsafe target.append(column.slot, unlessZero: features.value)
      unsafe target.append(column.logarithmSlot, unlessZero: features.logarithm)
      unsafe target.append(features.hash & gate.slotMask, unlessZero: features.indicator)
      index &+= 1
    }
    unsafe cursor = target
    return index
  }

  /// Adds the features of one step, whatever its text is.
  @unsafe @inline(never)
  private func addNumber(
    _ index: Int, of row: RowText, _ plan: ColumnPlan, _ memo: NumberMemo.View,
    _ watch: inout FeatureWatch, _ missingCounts: inout MissingCounts,
    at cursor: inout FeatureCursor
  ) -> Rejection? {
    let step = unsafe plan.steps.base[index]
    let column = unsafe plan.numberColumns.base[index]
    let extent = unsafe row.extents[step.field]
    let start = unsafe row.base + Int(extent.start)
    let known: NumberFeatures
    if unsafe row.isReadableBeyond, extent.count <= NumberMemo.longest {
      let text = unsafe RememberedText(start, count: extent.count, step: index)
      let entry = unsafe memo.entry(text)
      if unsafe !entry.pointee.holds(text) {
        switch unsafe features(of: step, extent, row, plan) {
        case .features(let made): unsafe entry.pointee = NumberMemo.Entry(made, of: text)
        case .none(let rejection): return rejection
        }
      }
      known = unsafe entry.pointee.features
    } else {
      switch unsafe features(of: step, extent, row, plan) {
      case .features(let made): known = made
      case .none(let rejection): return rejection
      }
    }
    if known.leastScattered & watch.gate.passMask == 0 {
      unsafe offerNames(of: known, step, start, count: extent.count, plan, &watch)
    }
    if known.isMissing { missingCounts.add(step.column) }
    // A zero changes nothing: it is overwritten by the next feature.
    unsafe cursor.append(column.slot, unlessZero: known.value)
    unsafe cursor.append(column.logarithmSlot, unlessZero: known.logarithm)
    unsafe cursor.append(known.hash & mask, unlessZero: known.indicator)
    return nil
  }

  private enum Reading {
    case features(NumberFeatures)
    case none(Rejection)
  }

  /// What a text of a column of numbers becomes: depends on the step and the text alone.
  @unsafe @inline(never)
  private func features(
    of step: ColumnStep, _ extent: FieldExtent, _ row: RowText, _ plan: ColumnPlan
  ) -> Reading {
    let text = unsafe row.base + Int(extent.start)
    var features = NumberFeatures()
    if unsafe missing.contains(text, count: extent.count) {
      features.isMissing = true
      features.indicator = 1
      features.hash = step.missingHash
      features.note(step.missingHash & mask)
      return .features(features)
    }
    let integer = unsafe DecimalNumber.shortInteger(
      text, count: extent.count, before: Int(extent.start))
    let number: Double
    if let integer {
      number = Double(integer)
    } else {
      let outcome = unsafe numbers.parse(text, count: extent.count)
      guard case .number(let parsed) = outcome else {
        return .none(Rejection(outcome: outcome, step: step, extent: extent))
      }
      number = parsed
    }
    switch step.action {
    case .binned: break
    case .raw, .symlog, .standardized, .categorical, .slopeAndBin, .slopeLogarithmAndBin:
      features.value = step.scale.value(of: number, clip: schema.clip)
      guard step.action != .raw || features.value.isFinite else {
        return .none(Rejection(outcome: .notFinite, step: step, extent: extent))
      }
      features.note(step.hash & mask)
    }
    if step.action == .slopeLogarithmAndBin {
      let scale = plan.logarithmScales[Int(step.logarithm)]
      features.logarithm = scale.value(of: number, clip: schema.clip)
      features.note(step.logarithmHash & mask)
    }
    switch step.action {
    case .binned, .slopeAndBin, .slopeLogarithmAndBin:
      features.indicator = 1
      features.hash = plan.bins.hash(of: number, step.bins)
      features.note(features.hash & mask)
    case .raw, .symlog, .standardized, .categorical: break
    }
    return .features(features)
  }

  /// Takes back the missing values of a row whose step `end` was bad.
  @unsafe @inline(never)
  func takeBackMissing(
    _ row: RowText, _ plan: ColumnPlan, before end: Int, _ missingCounts: inout MissingCounts
  ) {
    for index in 0..<end {
      let extent = unsafe row.extents[plan.steps[index].field]
      if unsafe missing.contains(row.base + Int(extent.start), count: extent.count) {
        missingCounts.remove(plan.steps[index].column)
      }
    }
  }

  // MARK: Names

  @inline(never)
  private func nameLogarithm(_ hash: UInt32, _ column: Int, _ watch: inout FeatureWatch) {
    let words = Array(BinsAndSlope.logarithmWords.utf8)
    watch.name(hash, pieces: [schema.columns[column].name.bytes, words])
  }

  /// In the order of the features.
  @unsafe @inline(never)
  private func offerNames(
    of features: NumberFeatures, _ step: ColumnStep, _ text: UnsafePointer<UInt8>, count: Int,
    _ plan: ColumnPlan, _ watch: inout FeatureWatch
  ) {
    if features.isMissing {
      if watch.wantsName(of: features.hash) { nameMissing(features.hash, step.column, &watch) }
      return
    }
    if step.action != .binned, watch.wantsName(of: step.hash) {
      watch.name(step.hash, column: schema.columns[step.column].name)
    }
    if step.action == .slopeLogarithmAndBin, watch.wantsName(of: step.logarithmHash) {
      nameLogarithm(step.logarithmHash, step.column, &watch)
    }
    if features.indicator != 0, watch.wantsName(of: features.hash) {
      unsafe nameBin(features.hash, text, count: count, step, plan, &watch)
    }
  }

  @unsafe @inline(never)
  private func nameBin(
    _ hash: UInt32, _ text: UnsafePointer<UInt8>, count: Int, _ step: ColumnStep,
    _ plan: ColumnPlan, _ watch: inout FeatureWatch
  ) {
    let column = schema.columns[step.column]
    let bins: QuantileBins
    switch column.role {
    case .binned(let own): bins = own
    case .binsAndSlope(let number): bins = number.bins
    default: preconditionFailure("a column without bins has none to name")
    }
    guard case .number(let number) = unsafe numbers.parse(text, count: count) else {
      preconditionFailure("a number was read there")
    }
    let words = bins.words(plan.bins.bin(of: number, step.bins))
    watch.name(hash, pieces: [column.name.bytes, Array(" \(words)".utf8)])
  }
}
