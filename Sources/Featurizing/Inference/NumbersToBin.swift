internal import SparseBatches

/// The numbers that bins are fitted to, by column, and which columns have bins.
struct NumbersToBin {
  /// What each column becomes if it is numeric; `auto` stands for no bins.
  let choices: [TransformChoice]
  private(set) var lists: [[Double]]
  /// Of a column of `bins+slope` no more are kept.
  private let most: Int

  /// All columns together keep so many.
  private static let mostOfAll = 1 << 23
  /// Rows of more columns are as wide as only sparse ones are: bins would be most of the model.
  static let mostColumns = CSVSchema.usualMaximumColumns

  init(_ names: [ByteText], _ options: ReadingOptions) throws(RunFailure) {
    var choices: [TransformChoice] = []
    choices.reserveCapacity(names.count)
    let hasNone =
      names.count > Self.mostColumns || !options.readsFeatures || !options.binsNumbers
    for name in names {
      let asked =
        options.transforms.entries.isEmpty ? .auto : try options.transforms.choice(for: name)
      choices.append(asked == .auto && !hasNone ? .binsAndSlope : asked)
    }
    self.choices = choices
    lists = Array(repeating: [], count: names.count)
    most = max(128, Self.mostOfAll / max(1, names.count))
  }

  mutating func add(_ number: Double, _ column: Int) {
    switch choices[column] {
    case .quantile: lists[column].append(number)
    case .binsAndSlope where lists[column].count < most: lists[column].append(number)
    default: break
    }
  }
}
