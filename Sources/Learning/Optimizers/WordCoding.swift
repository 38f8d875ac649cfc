private import ElementaryMath

/// A value as 64-bit words and back, exactly: what a checkpoint holds of it.
package protocol WordCoded {
  static var wordCount: Int { get }
  var words: [UInt64] { get }
  /// - Precondition: there are `wordCount` words. They may say anything.
  init(words: ArraySlice<UInt64>)
}

extension Timeless: WordCoded {
  package static var wordCount: Int { 0 }
  package var words: [UInt64] { [] }
  package init(words: ArraySlice<UInt64>) {}
}

extension RateClock: WordCoded {
  package static var wordCount: Int { 3 }
  package var words: [UInt64] {
    [UInt64(bitPattern: Int64(rows)), elapsed.bitPattern, rate.bitPattern]
  }
  package init(words: ArraySlice<UInt64>) {
    let first = words.startIndex
    rows = Int(Int64(bitPattern: words[first]))
    elapsed = Double(bitPattern: words[first + 1])
    rate = Double(bitPattern: words[first + 2])
  }
}

extension FTRLBias: WordCoded {
  package static var wordCount: Int { 2 }
  package var words: [UInt64] { [z.bitPattern, n.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init(
      z: Double(bitPattern: words[words.startIndex]),
      n: Double(bitPattern: words[words.startIndex + 1]))
  }
}

extension SGDBias: WordCoded {
  package static var wordCount: Int { 1 }
  package var words: [UInt64] { [weight.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init()
    weight = Double(bitPattern: words[words.startIndex])
  }
}

extension AdaGradBias: WordCoded {
  package static var wordCount: Int { 2 }
  package var words: [UInt64] { [weight.bitPattern, n.bitPattern] }
  package init(words: ArraySlice<UInt64>) {
    self.init()
    weight = Double(bitPattern: words[words.startIndex])
    n = Double(bitPattern: words[words.startIndex + 1])
  }
}

extension ProgressiveLoss: WordCoded {
  package static var wordCount: Int { 5 }
  package var words: [UInt64] {
    [
      weightedLoss.leading.bitPattern, weightedLoss.dropped.bitPattern, weight.leading.bitPattern,
      weight.dropped.bitPattern, UInt64(bitPattern: Int64(rows)),
    ]
  }
  package init(words: ArraySlice<UInt64>) {
    let first = words.startIndex
    self.init()
    weightedLoss = CompensatedSum(
      leading: Double(bitPattern: words[first]), dropped: Double(bitPattern: words[first + 1]))
    weight = CompensatedSum(
      leading: Double(bitPattern: words[first + 2]), dropped: Double(bitPattern: words[first + 3]))
    rows = Int(Int64(bitPattern: words[first + 4]))
  }
}
