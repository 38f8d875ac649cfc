internal import Featurizing
package import SparseBatches

extension SectionType {
  /// `TrainingProfile`.
  package static let profile = SectionType("PROF")
}

// On disk: a version; then the members in their order. Counts are LEB128, the three of a `Count` one
// after the other; numbers are 64-bit; texts and lists begin with their length as LEB128.
extension TrainingProfile {
  private static let version: UInt8 = 1

  package var section: ContainerSection {
    var writer = ByteWriter()
    writer.append(Self.version)
    writer.append(tally: streamRows)
    writer.append(tally: rowsBefore)
    for count in [rows, labelled, positives] { writer.append(count) }
    writer.append(share: unknown)
    writer.append(tally: columnsLeftOut)
    writer.append(tally: columns.count)
    for column in columns { column.encode(into: &writer) }
    writer.append(predictions != nil)
    predictions?.encode(into: &writer)
    return ContainerSection(type: .profile, data: writer.bytes)
  }

  /// Reads to the end of the section.
  package static func decode(_ source: ByteReader) throws(RunFailure) -> TrainingProfile {
    var reader = source
    guard try reader.readUInt8() == version else {
      throw reader.failure("its version is not known to this program")
    }
    var profile = TrainingProfile(
      streamRows: try reader.readSmallTally(), rowsBefore: try reader.readSmallTally(),
      rows: try reader.readProfileCount(), columns: [])
    profile.labelled = try reader.readProfileCount()
    profile.positives = try reader.readProfileCount()
    profile.unknown = try reader.readShare()
    profile.columnsLeftOut = try reader.readSmallTally()
    for _ in 0..<(try reader.readLength(atMost: ProfiledColumns.most)) {
      profile.columns.append(try Column(from: &reader, of: profile.rows))
    }
    if try reader.readBool() { profile.predictions = try Predictions(from: &reader) }
    try reader.expectEnd()
    guard profile.rowsBefore <= profile.streamRows, profile.labelled.fits(in: profile.rows),
      profile.rows.all <= profile.streamRows - profile.rowsBefore,
      profile.rows.fits(in: profile.rows), profile.positives.fits(in: profile.labelled)
    else { throw reader.failure("its counts of rows contradict each other") }
    return profile
  }
}

extension TrainingProfile.Count {
  /// Whether it can count some of the rows that `rows` counts.
  func fits(in rows: TrainingProfile.Count) -> Bool {
    all <= rows.all && first <= rows.first && last <= rows.last && first <= all && last <= all
  }
}

extension TrainingProfile.Column {
  fileprivate func encode(into writer: inout ByteWriter) {
    writer.append(short: name.bytes)
    writer.append(missing)
    writer.append(share: unknown)
    switch content {
    case .numbers(let numbers):
      writer.append(UInt8(0))
      numbers.encode(into: &writer)
    case .lengths(let numbers):
      writer.append(UInt8(1))
      numbers.encode(into: &writer)
    case .values(let values):
      writer.append(UInt8(2))
      writer.append(tally: values.count)
      for value in values {
        writer.append(value.hash)
        writer.append(short: value.text)
        writer.append(value.rows)
      }
    }
  }

  fileprivate init(
    from reader: inout ByteReader, of rows: TrainingProfile.Count
  ) throws(RunFailure) {
    let name = ByteText(bytes: try reader.readShort(atMost: 1 << 20))
    let missing = try reader.readProfileCount()
    let unknown = try reader.readShare()
    var counted = missing
    let content: TrainingProfile.Content
    switch try reader.readUInt8() {
    case 0:
      let numbers = try TrainingProfile.Numbers(from: &reader)
      counted = numbers.bins.reduce(counted, +)
      content = .numbers(numbers)
    case 1:
      let numbers = try TrainingProfile.Numbers(from: &reader)
      counted = numbers.bins.reduce(counted, +)
      content = .lengths(numbers)
    case 2:
      var values: [TrainingProfile.Value] = []
      for _ in 0..<(try reader.readLength(atMost: TrainingProfile.mostValues)) {
        let value = TrainingProfile.Value(
          hash: try reader.readUInt32(),
          text: try reader.readShort(atMost: TrainingProfile.longestText),
          rows: try reader.readProfileCount())
        counted = counted + value.rows
        values.append(value)
      }
      guard Set(values.map(\.hash)).count == values.count else {
        throw reader.failure("a value of \"\(name.display)\" is there twice")
      }
      content = .values(values)
    default: throw reader.failure("a column is of no known kind")
    }
    guard missing.fits(in: rows), counted.fits(in: rows) else {
      throw reader.failure("it counts more values of \"\(name.display)\" than rows")
    }
    self.init(name: name, missing: missing, content: content, unknown: unknown)
  }
}

extension TrainingProfile.Numbers {
  fileprivate func encode(into writer: inout ByteWriter) {
    writer.append(numbers: quantiles)
    writer.append(numbers: edges)
    for bin in bins { writer.append(bin) }
    writer.append(clipped)
  }

  fileprivate init(from reader: inout ByteReader) throws(RunFailure) {
    let quantiles = try reader.readNumbers(
      atMost: TrainingProfile.quantileRanks.count + 2)
    let edges = try reader.readEdges()
    var bins: [TrainingProfile.Count] = []
    for _ in 0...edges.count { bins.append(try reader.readProfileCount()) }
    let clipped = try reader.readProfileCount()
    guard quantiles.isEmpty || quantiles.count == TrainingProfile.quantileRanks.count + 2,
      zip(quantiles, quantiles.dropFirst()).allSatisfy({ $0 <= $1 }),
      clipped.fits(in: bins.reduce(TrainingProfile.Count(), +))
    else { throw reader.failure("its quantiles do not ascend") }
    self.init(quantiles: quantiles, edges: edges, bins: bins, clipped: clipped)
  }
}

extension TrainingProfile.Predictions {
  fileprivate func encode(into writer: inout ByteWriter) {
    writer.append(areFresh)
    writer.append(numbers: edges)
    for shares in [all, first, last, late] {
      for share in shares { writer.append(share) }
    }
    writer.append(lateRows)
  }

  fileprivate init(from reader: inout ByteReader) throws(RunFailure) {
    let areFresh = try reader.readBool()
    let edges = try reader.readEdges()
    var lists: [[Double]] = []
    for _ in 0..<4 {
      var shares: [Double] = []
      for _ in 0...edges.count { shares.append(try reader.readDouble()) }
      let sum = shares.reduce(0, +)
      guard shares.allSatisfy({ $0 >= 0 }), sum == 0 || abs(sum - 1) < 1e-6 else {
        throw reader.failure("shares of predictions do not add up to 1")
      }
      lists.append(shares)
    }
    let rows = try reader.readDouble()
    guard rows >= 0, rows.isFinite else { throw reader.failure("a number of rows is \(rows)") }
    self.init(
      areFresh: areFresh, edges: edges, all: lists[0], first: lists[1], last: lists[2],
      late: lists[3], lateRows: rows)
  }
}

extension ByteWriter {
  fileprivate mutating func append(tally: Int) { append(varint: UInt64(tally)) }

  fileprivate mutating func append(_ count: TrainingProfile.Count) {
    for tally in [count.all, count.first, count.last] { append(tally: tally) }
  }

  fileprivate mutating func append(share: Double?) {
    append(share != nil)
    if let share { append(share) }
  }

  fileprivate mutating func append(short text: [UInt8]) {
    append(tally: text.count)
    append(contentsOf: text)
  }

  fileprivate mutating func append(numbers: [Double]) {
    append(tally: numbers.count)
    for number in numbers { append(number) }
  }
}

extension ByteReader {
  fileprivate mutating func readSmallTally() throws(RunFailure) -> Int {
    let tally = try readVarint()
    guard tally < 1 << 50 else { throw failure("a count is \(tally)") }
    return Int(tally)
  }

  fileprivate mutating func readLength(atMost most: Int) throws(RunFailure) -> Int {
    let length = try readVarint()
    guard length <= UInt64(most) else { throw failure("a list has \(length) members") }
    return Int(length)
  }

  fileprivate mutating func readProfileCount() throws(RunFailure) -> TrainingProfile.Count {
    TrainingProfile.Count(
      all: try readSmallTally(), first: try readSmallTally(), last: try readSmallTally())
  }

  fileprivate mutating func readShare() throws(RunFailure) -> Double? {
    guard try readBool() else { return nil }
    let share = try readDouble()
    guard share >= 0, share <= 1 else { throw failure("a share is \(share)") }
    return share
  }

  fileprivate mutating func readShort(atMost most: Int) throws(RunFailure) -> [UInt8] {
    Array(try readBytes(try readLength(atMost: most)))
  }

  fileprivate mutating func readNumbers(atMost most: Int) throws(RunFailure) -> [Double] {
    var numbers: [Double] = []
    for _ in 0..<(try readLength(atMost: most)) {
      let number = try readDouble()
      guard number.isFinite else { throw failure("a number is \(number)") }
      numbers.append(number)
    }
    return numbers
  }

  fileprivate mutating func readEdges() throws(RunFailure) -> [Double] {
    let edges = try readNumbers(atMost: TrainingProfile.mostBins - 1)
    guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw failure("edges of bins do not ascend")
    }
    return edges
  }
}
