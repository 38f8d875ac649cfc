package import Featurizing
internal import SparseBatches

/// What the rows were like that a model was trained on: what later rows are held against.
///
/// Of a random sample of the rows, evenly over the stream, which is a few thousand of them; shares of
/// its first and its last tenth apart, so that a drift inside the training rows shows.
package struct TrainingProfile: Equatable, Sendable {
  /// A count of rows of the sample: of all, and of those of the first and the last tenth of the stream.
  package struct Count: Equatable, Sendable, BitwiseCopyable {
    package var all = 0
    package var first = 0
    package var last = 0

    package init(all: Int = 0, first: Int = 0, last: Int = 0) {
      self.all = all
      self.first = first
      self.last = last
    }

    package static func + (one: Count, other: Count) -> Count {
      Count(
        all: one.all + other.all, first: one.first + other.first, last: one.last + other.last)
    }

    package static func - (one: Count, other: Count) -> Count {
      Count(
        all: one.all - other.all, first: one.first - other.first, last: one.last - other.last)
    }
  }

  /// One of the most frequent values of a column of categories.
  package struct Value: Equatable, Sendable {
    /// Full hash of its feature.
    package var hash: UInt32
    /// Empty where names are off, or it has none.
    package var text: [UInt8]
    package var rows: Count

    package init(hash: UInt32, text: [UInt8], rows: Count) {
      self.hash = hash
      self.text = text
      self.rows = rows
    }
  }

  /// How the numbers of a column are spread.
  package struct Numbers: Equatable, Sendable {
    /// Least number, the quantiles of `quantileRanks`, greatest number; empty where there is none.
    package var quantiles: [Double]
    /// Ascending, finite; bin k holds `edges[k − 1] <= x < edges[k]`.
    package var edges: [Double]
    /// One a bin, one more than there are edges.
    package var bins: [Count]
    package var clipped: Count

    package init(quantiles: [Double], edges: [Double], bins: [Count], clipped: Count) {
      self.quantiles = quantiles
      self.edges = edges
      self.bins = bins
      self.clipped = clipped
    }

    /// Which bin holds a number.
    package func bin(of number: Double) -> Int { Self.bin(of: number, edges) }

    package static func bin(of number: Double, _ edges: [Double]) -> Int {
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if number < edges[middle] { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }

  /// Least number, these quantiles, greatest number.
  package static let quantileRanks = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

  package enum Content: Equatable, Sendable {
    case numbers(Numbers)
    /// Lengths of texts, in bytes.
    case lengths(Numbers)
    /// The most frequent values, by falling count. Others: rows − missing − these.
    case values([Value])
  }

  package struct Column: Equatable, Sendable {
    package var name: ByteText
    package var missing: Count
    package var content: Content
    /// Of categories: which share of the values of fresh rows of the same kind the model has no weight
    /// for, as far as the sample tells; nil for other columns.
    package var unknown: Double?

    package init(name: ByteText, missing: Count, content: Content, unknown: Double?) {
      self.name = name
      self.missing = missing
      self.content = content
      self.unknown = unknown
    }
  }

  /// Margins, before prior shift and calibrator.
  package struct Predictions: Equatable, Sendable {
    /// Whether rows were predicted before they were learned; else the finished weights predicted rows
    /// that they had learned.
    package var areFresh: Bool
    package var edges: [Double]
    /// Shares by bin, of all, of the first and of the last tenth of the rows learned, and of the last
    /// quarter, which is what later predictions are held against. Each sums to 1, or is all 0.
    package var all: [Double]
    package var first: [Double]
    package var last: [Double]
    package var late: [Double]
    /// How many equally weighted rows the last quarter's are worth.
    package var lateRows: Double

    package init(
      areFresh: Bool, edges: [Double], all: [Double], first: [Double], last: [Double],
      late: [Double], lateRows: Double
    ) {
      self.areFresh = areFresh
      self.edges = edges
      self.all = all
      self.first = first
      self.last = last
      self.late = late
      self.lateRows = lateRows
    }
  }

  /// Data rows of the stream, and how many at its start are not among those looked at.
  package var streamRows: Int
  package var rowsBefore: Int
  /// Rows looked at.
  package var rows: Count
  /// Of these, rows with a label, and with a positive one; 0 where there is no such class.
  package var labelled: Count
  package var positives: Count
  /// The same for the features of rows that name their own; nil for rows with columns.
  package var unknown: Double?
  package var columns: [Column]
  /// Columns that are not looked at, because there are so many.
  package var columnsLeftOut: Int
  package var predictions: Predictions?

  package init(streamRows: Int, rowsBefore: Int, rows: Count, columns: [Column]) {
    self.streamRows = streamRows
    self.rowsBefore = rowsBefore
    self.rows = rows
    self.columns = columns
    labelled = Count()
    positives = Count()
    columnsLeftOut = 0
  }

  /// What stands for columns where rows name their own features.
  package static let lineColumns = ["(features of a row)", "(mean magnitude of a row's values)"]

  /// The most bins of numbers, and the most values of a column.
  package static let mostBins = 24
  package static let mostValues = 24
  /// A value of fewer rows of the sample is none of the frequent ones.
  package static func fewestRows(ofValue rows: Int) -> Int { max(2, rows / 200) }
  /// The longest text of a value.
  package static let longestText = 48
}

extension TrainingProfile.Column {
  /// Rows by bin, of those that are there: bins of numbers; or the frequent values, and all others as
  /// one more.
  package func bins(of profile: TrainingProfile) -> [TrainingProfile.Count] {
    switch content {
    case .numbers(let numbers), .lengths(let numbers): return numbers.bins
    case .values(let values):
      let frequent = values.map(\.rows)
      let others = frequent.reduce(profile.rows - missing, -)
      return frequent + [others]
    }
  }
}

extension TrainingProfile.Value {
  /// For people: its text, or its hash.
  package var shown: String {
    text.isEmpty ? hashText : DisplayText.escape(text, limit: 40)
  }

  /// `#00c0ffee`.
  package var hashText: String {
    let digits = String(hash, radix: 16)
    return "#" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
