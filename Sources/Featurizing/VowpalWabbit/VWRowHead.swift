/// What stands before the first bar: `[label [weight] ['tag]]`, told apart as Vowpal Wabbit does.
///
/// Words are separated by spaces. The last word is the tag when it starts with an apostrophe, or when
/// it touches the bar.
struct VWRowHead {
  private(set) var label: VWWord?
  private(set) var weight: VWWord?
  private(set) var tag: VWWord?
  /// The first word that is none of these.
  private(set) var surplus: VWWord?

  /// - Parameter range: from the start of the row to the bar.
  @unsafe @inline(__always)
  init(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
    var offset = range.lowerBound
    var last: VWWord?
    while true {
      while offset < range.upperBound, unsafe base[offset] == Self.space { offset += 1 }
      guard offset < range.upperBound else { break }
      let start = offset
      while offset < range.upperBound, unsafe base[offset] != Self.space { offset += 1 }
      if let last { add(last) }
      last = VWWord(start: start, end: offset)
    }
    guard let last else { return }
    if last.end == range.upperBound || (unsafe base[last.start] == UInt8(ascii: "'")) {
      tag = last
    } else {
      add(last)
    }
  }

  private static var space: UInt8 { UInt8(ascii: " ") }

  @inline(__always)
  private mutating func add(_ word: VWWord) {
    if label == nil {
      label = word
    } else if weight == nil {
      weight = word
    } else if surplus == nil {
      surplus = word
    }
  }
}
