internal import ElementaryMath
internal import Featurizing
internal import Learning
internal import ModelFile
internal import RowStream
internal import SparseBatches

/// A prediction of one row, and what it counts for.
struct PredictedRow {
  var margin: Double
  var weight: Double
  /// Place in the order of learning, of so many rows; nil: none is earlier or later than another.
  var place: Int?
}

/// Makes a profile of the samples of a stream that has ended.
struct ProfileMaking {
  /// Of the sample, which has a stride: copied once, as plain values are read much faster.
  private let words: [UInt64]
  private let stride: Int
  /// Which parts of the stream each row of the sample belongs to.
  private let parts: [TrainingProfile.Count]
  /// The first row of which anything is known.
  private let start: Int
  private let schema: FeatureSchema
  private let streamRows: Int
  private let isSampled: Bool
  private let names: FeatureRegister

  /// - Parameters:
  ///   - schema: as the rows have shaped it.
  ///   - streamRows: data rows of the stream.
  ///   - isSampled: whether negatives were left out.
  ///   - names: met by the run.
  init(
    _ sample: ProfileSample, schema: FeatureSchema, streamRows: Int, isSampled: Bool,
    names: FeatureRegister
  ) {
    stride = sample.rows.stride
    start = sample.start
    words = (0..<sample.rows.words.count).map { sample.rows.words[$0] }
    let tenth = (streamRows - start) / 10
    let (early, late) = (start + tenth, streamRows - tenth)
    parts = (0..<sample.rows.count).map { row in
      let ordinal = sample.rows.ordinals[row]
      return TrainingProfile.Count(
        all: 1, first: ordinal < early ? 1 : 0, last: ordinal >= late ? 1 : 0)
    }
    self.schema = schema
    self.streamRows = streamRows
    self.isSampled = isSampled
    self.names = names
  }

  private func word(_ row: Int, _ index: Int) -> UInt64 { words[row * stride + index] }

  /// - Parameter isKnown: whether the finished model has a weight for a slot.
  func profile(isKnown: (UInt32) -> Bool) throws(RunFailure) -> TrainingProfile {
    var profile = TrainingProfile(
      streamRows: streamRows, rowsBefore: start, rows: TrainingProfile.Count(), columns: [])
    var hasColumns = false
    if case .csv = schema.source { hasColumns = true }
    for row in 0..<parts.count {
      let part = parts[row]
      profile.rows = profile.rows + part
      let label = ProfileLabel(bits: word(row, 0)).label
      guard schema.labels.areBinary, hasColumns || !isSampled, !label.isNaN else { continue }
      profile.labelled = profile.labelled + part
      if label > 0 { profile.positives = profile.positives + part }
    }
    if case .csv(let csv) = schema.source {
      let indices = ProfiledColumns.indices(of: schema)
      let frequent = indices.enumerated().map { place, index in
        csv.columns[index].role == .categorical ? frequentValues(at: place) : []
      }
      // To look for names is to sort all of them: once for all columns.
      let mask = schema.hashing.mask
      let texts = try names.names(of: Set(frequent.joined().map { $0.hash & mask }).sorted())
      for (place, index) in indices.enumerated() {
        profile.columns.append(
          column(csv.columns[index], at: place, csv, frequent[place], texts, isKnown))
      }
      let all = csv.columns.count { $0.role.makesFeatures }
      profile.columnsLeftOut = all - indices.count
    } else {
      for (place, name) in TrainingProfile.lineColumns.enumerated() {
        let numbers = numbers(at: place) { _ in false }
        profile.columns.append(
          TrainingProfile.Column(
            name: ByteText(name), missing: profile.rows - numbers.bins.reduce(.init(), +),
            content: .numbers(numbers), unknown: nil))
      }
      profile.unknown = fresh { row, add in
        for index in 3..<LineProfile.words {
          LineProfile.slots(in: word(row, index)).forEach(add)
        }
      }.share(isKnown: isKnown)
    }
    return profile
  }

  /// - Parameter forEachValue: hands on the hashes of a row's values.
  private func fresh(_ forEachValue: (Int, (UInt32) -> Void) -> Void) -> FreshValues {
    var values: [UInt32] = []
    values.reserveCapacity(parts.count)
    let ends = parts.indices.map { row in
      forEachValue(row) { values.append($0) }
      return values.count
    }
    return FreshValues(values: values, ends: ends, of: streamRows - start)
  }

  // MARK: - Columns

  private func column(
    _ column: Column, at place: Int, _ csv: CSVSchema, _ frequent: [FrequentValue],
    _ texts: FeatureNames, _ isKnown: (UInt32) -> Bool
  ) -> TrainingProfile.Column {
    var missing = TrainingProfile.Count()
    for row in 0..<parts.count where cell(row, place) == .missing {
      missing = missing + parts[row]
    }
    var unknown: Double?
    let content: TrainingProfile.Content
    switch column.role {
    case .categorical:
      content = .values(values(of: column, frequent, texts))
      unknown = fresh { row, add in
        if case .category(let hash) = cell(row, place) { add(hash) }
      }.share { isKnown($0 & schema.hashing.mask) }
    case .text: content = .lengths(numbers(at: place) { _ in false })
    case .label, .weight, .ignored, .numeric, .binned, .binsAndSlope:
      content = .numbers(numbers(at: place) { column.role.clips($0, at: csv.clip) })
    }
    return TrainingProfile.Column(
      name: column.name, missing: missing, content: content, unknown: unknown)
  }

  private func cell(_ row: Int, _ place: Int) -> ProfileCell {
    ProfileCell(bits: word(row, place + 1))
  }

  private func numbers(
    at place: Int, isClipped: (Double) -> Bool
  ) -> TrainingProfile.Numbers {
    var found: [Double] = []
    for row in 0..<parts.count {
      if case .number(let number) = cell(row, place) { found.append(number) }
    }
    found.sort()
    let edges = ProfileBins.closedEdges(of: found)
    var numbers = TrainingProfile.Numbers(
      quantiles: ProfileBins.quantiles(of: found), edges: edges,
      bins: Array(repeating: TrainingProfile.Count(), count: edges.count + 1),
      clipped: TrainingProfile.Count())
    for row in 0..<parts.count {
      guard case .number(let number) = cell(row, place) else { continue }
      let part = parts[row]
      let bin = numbers.bin(of: number)
      numbers.bins[bin] = numbers.bins[bin] + part
      if isClipped(number) { numbers.clipped = numbers.clipped + part }
    }
    return numbers
  }

  /// A value by its hash, and the rows that have it.
  private struct FrequentValue {
    var hash: UInt32
    var rows: TrainingProfile.Count
  }

  private func frequentValues(at place: Int) -> [FrequentValue] {
    var counts: [UInt32: TrainingProfile.Count] = [:]
    for row in parts.indices {
      guard case .category(let hash) = cell(row, place) else { continue }
      let sum = counts[hash, default: TrainingProfile.Count()] + parts[row]
      counts[hash] = sum
    }
    let fewest = TrainingProfile.fewestRows(ofValue: parts.count)
    return counts.filter { $0.value.all >= fewest }.sorted {
      ($1.value.all, $0.key) < ($0.value.all, $1.key)
    }.prefix(TrainingProfile.mostValues).map { FrequentValue(hash: $0.key, rows: $0.value) }
  }

  private func values(
    of column: Column, _ frequent: [FrequentValue], _ texts: FeatureNames
  ) -> [TrainingProfile.Value] {
    let mask = schema.hashing.mask
    let seed = schema.hashing.columnSeed(column.name)
    let start = column.name.bytes + [UInt8(ascii: "=")]
    return frequent.map { value in
      let name = texts.name(ofSlot: value.hash & mask).map { Array($0) } ?? []
      var text: [UInt8] = []
      // The slot may have the name of another feature.
      if name.starts(with: start),
        MurmurHash3.hash(name.dropFirst(start.count), seed: seed) == value.hash
      {
        text = Array(name.dropFirst(start.count).prefix(TrainingProfile.longestText))
      }
      return TrainingProfile.Value(hash: value.hash, text: text, rows: value.rows)
    }
  }
}

/// Bins of about a tenth of the numbers.
enum ProfileBins {
  /// Edges of bins that hold at least a tenth of the numbers each; a number that is a tenth of them by
  /// itself has a bin of its own, so that a shift of what lies about it shows.
  ///
  /// - Parameter numbers: ascending.
  static func edges(of numbers: [Double]) -> [Double] {
    let enough = max(1, (numbers.count + 9) / 10)
    var edges: [Double] = []
    var (inBin, isFull) = (0, false)
    var start = 0
    while start < numbers.count {
      var end = start
      while end < numbers.count, numbers[end] == numbers[start] { end += 1 }
      let isFrequent = end - start >= enough
      if inBin > 0, isFull || isFrequent {
        edges.append(numbers[start])
        inBin = 0
      }
      inBin += end - start
      isFull = inBin >= enough
      start = end
    }
    return edges
  }

  /// The same between two bins that are empty: of numbers below the least and above the greatest one.
  /// A column that always holds the same number has nothing else that could change.
  ///
  /// - Parameter numbers: ascending.
  static func closedEdges(of numbers: [Double]) -> [Double] {
    guard let least = numbers.first, let greatest = numbers.last, greatest.nextUp.isFinite else {
      return edges(of: numbers)
    }
    return [least] + edges(of: numbers) + [greatest.nextUp]
  }

  /// - Parameter numbers: ascending.
  static func quantiles(of numbers: [Double]) -> [Double] {
    guard let least = numbers.first, let greatest = numbers.last else { return [] }
    let inner = TrainingProfile.quantileRanks.map {
      numbers[min(numbers.count - 1, Int($0 * Double(numbers.count)))]
    }
    return [least] + inner + [greatest]
  }

  /// - Parameters:
  ///   - rows: how many were learned.
  ///   - leastStep: edges lie at least so far apart, and from the outermost predictions.
  static func predictions(
    _ predicted: [PredictedRow], of rows: Int, areFresh: Bool, leastStep: Double = 0
  ) -> TrainingProfile.Predictions? {
    let late = predicted.filter { ($0.place ?? rows) >= rows - rows / 4 }
    guard late.count >= 20 else { return nil }
    let margins = late.map(\.margin).sorted()
    var edges: [Double] = []
    for edge in Self.edges(of: margins)
    where edge - (edges.last ?? margins[0]) >= leastStep
      && margins[margins.count - 1] - edge >= leastStep
    {
      edges.append(edge)
    }
    func shares(_ rows: [PredictedRow]) -> [Double] {
      var shares = Array(repeating: 0.0, count: edges.count + 1)
      for row in rows { shares[TrainingProfile.Numbers.bin(of: row.margin, edges)] += row.weight }
      let sum = shares.reduce(0, +)
      return sum > 0 ? shares.map { $0 / sum } : shares
    }
    let weight = late.reduce(0) { $0 + $1.weight }
    let squares = late.reduce(0) { $0 + $1.weight * $1.weight }
    guard squares > 0 else { return nil }
    return TrainingProfile.Predictions(
      areFresh: areFresh, edges: edges, all: shares(predicted),
      first: shares(predicted.filter { $0.place.map { $0 < rows / 10 } ?? false }),
      last: shares(predicted.filter { $0.place.map { $0 >= rows - rows / 10 } ?? false }),
      late: shares(late), lateRows: weight * weight / squares)
  }
}

extension TrainingRun {
  /// nil where nobody wants one.
  ///
  /// - Parameters:
  ///   - predictions: before learning; nil: those of the finished weights stand in for them.
  ///   - scale: from margins to what is predicted.
  func profile(
    _ learned: LearnedWeights, _ predictions: PredictionSample?, scale: TargetScale
  ) throws(RunFailure) -> TrainingProfile? {
    guard let sample = intake.profile else { return nil }
    // The slots that have a weight, ascending.
    let known = learned.weights.slots
    var profile = try ProfileMaking(
      sample, schema: pipeline.schema, streamRows: pipeline.rows,
      isSampled: intake.sampling != nil, names: intake.register
    ).profile(isKnown: { Self.holds($0, known) })
    guard loss.outputs == 1 else { return profile }
    let factors = try intake.books.populationFactors()
    func factor(_ label: Float) -> Double {
      loss.isBinary ? (label > 0 ? factors.positive : factors.negative) : 1
    }
    var predicted: [PredictedRow] = []
    if let predictions {
      for row in 0..<predictions.rows.count {
        let label = ProfileLabel(bits: predictions.rows.word(row, 1))
        var margin = Double(bitPattern: predictions.rows.word(row, 0))
        margin = scale.mean + scale.deviation * margin
        predicted.append(
          PredictedRow(
            margin: loss == .probit ? ProbitLoss.logOdds(margin: margin) : margin,
            weight: Double(label.weight) * factor(label.label),
            place: predictions.rows.ordinals[row]))
      }
    } else {
      predicted = try intake.watch.predictions(learned).map {
        PredictedRow(margin: $0.margin, weight: Double($0.weight) * factor($0.label))
      }
    }
    predicted.removeAll { !($0.weight > 0 && $0.weight.isFinite) }
    let learnedRows = predictions?.count ?? 0
    profile.predictions = ProfileBins.predictions(
      predicted, of: learnedRows, areFresh: learnedRows >= Self.rowsToLearnFrom,
      leastStep: loss.isBinary ? Self.leastStep : 0)
    return profile
  }

  /// Before so many rows the predictions before learning are still those of another model than the
  /// finished one.
  private static let rowsToLearnFrom = 20_000
  /// Log-odds that lie closer together are one prediction: 5 % of the odds.
  private static let leastStep = 0.05

  private static func holds(_ slot: UInt32, _ slots: [UInt32]) -> Bool {
    var (low, high) = (0, slots.count)
    while low < high {
      let middle = (low + high) / 2
      if slots[middle] < slot { low = middle + 1 } else { high = middle }
    }
    return low < slots.count && slots[low] == slot
  }
}
