internal import CKernels
internal import SparseBatches
internal import Synchronization

// Design note
//
// Numbers are mostly small counts, written with a few bytes, and one costs up to three features:
// digits to a number, a division, a logarithm, a search among edges. What comes of a text of up to
// eight bytes depends on the column and the text alone, so it is remembered: a direct-mapped table,
// whose entry is found from both, holds the last one met there. An entry is a cache and nothing
// more: a row's features are the same with and without it.
//
// A text counts with its length: `5` and `5` with a zero byte behind it are two texts.
//
// If you change what a number's features depend on (`ColumnFeatures.features`), it must be the step
// and the text: a memo belongs to a plan.

/// The features that a number has: up to three, of which those with the value 0 are left out.
struct NumberFeatures: BitwiseCopyable {
  /// Of the features of the step: the number itself, and its logarithm.
  var value: Float = 0
  var logarithm: Float = 0
  /// Of the feature `hash`: 1 for a bin and for "missing".
  var indicator: Float = 0
  /// Full hash of the bin, or of "missing".
  var hash: UInt32 = 0
  /// The least number, as the gate scatters slots, of all features, also those
  /// that are 0: the gate lets one of them in exactly when it lets this one in.
  var leastScattered: UInt32 = .max
  var isMissing = false

  /// Notes the slot of a feature, also of one that is 0: its name may be asked for.
  mutating func note(_ slot: UInt32) {
    leastScattered = min(leastScattered, FeatureBulletin.scattered(slot) | 1)
  }
}

/// What texts of numbers became when they were met last. One thread uses it at a time.
final class NumberMemo: @unchecked Sendable {
  struct Entry: BitwiseCopyable {
    var text: UInt64
    /// The step + 1 above, five bits below: whether it is missing, and the text's length.
    var tag: UInt32
    var leastScattered: UInt32
    var value: Float
    var logarithm: Float
    var indicator: Float
    var hash: UInt32
  }

  static let missingBit: UInt32 = 16
  /// Steps that fit into a tag.
  static let mostSteps = 1 << 26
  /// A text of so many bytes at most is remembered.
  static let longest = 8

  private var storage: GrowableBuffer<Entry>
  private let shift: UInt64

  /// - Parameter numbers: columns of numbers.
  init(numbers: Int) {
    // 32 bytes each: 256 KiB for a few columns, 2 MiB for many.
    var bits = 10
    while bits < 16, 1 << bits < 512 * numbers { bits += 1 }
    shift = UInt64(64 - bits)
    storage = GrowableBuffer(capacity: 1 << bits)
    // Proof: as many entries were allocated; all bits zero is an entry of no step.
    unsafe storage.base.update(
      repeating: Entry(
        text: 0, tag: 0, leastScattered: 0, value: 0, logarithm: 0, indicator: 0, hash: 0),
      count: 1 << bits)
    storage.setCount(1 << bits)
  }

  /// The entries, for an inner loop; valid as long as the memo is.
  @unsafe @inline(__always)
  var view: View { unsafe View(entries: storage.base, shift: shift) }

  @unsafe
  struct View: BitwiseCopyable {
    fileprivate let entries: UnsafeMutablePointer<Entry>
    fileprivate let shift: UInt64

    /// Where a text of a step is, if it is there.
    @inline(__always)
    func entry(_ text: UInt64, tag: UInt32) -> UnsafeMutablePointer<Entry> {
      let mixed = (text ^ UInt64(tag) &* 0x9e37_79b9_7f4a_7c15) &* 0xff51_afd7_ed55_8ccd
      // Proof: the shift leaves a number below the count of entries.
      return unsafe entries + Int(truncatingIfNeeded: mixed &>> shift)
    }
  }

  @inline(__always)
  static func tag(step: Int, count: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: (step &+ 1) &<< 5 | count)
  }

  /// The first `count` bytes of eight, at most eight; zeros behind them.
  @inline(__always)
  static func text(_ word: UInt64, count: Int) -> UInt64 {
    // A shift by 64 gives 0.
    word & ~(~0 << UInt64(truncatingIfNeeded: count &* 8))
  }
}

extension NumberMemo.Entry {
  @inline(__always)
  init(_ features: NumberFeatures, text: UInt64, tag: UInt32) {
    self.init(
      text: text, tag: features.isMissing ? tag | NumberMemo.missingBit : tag,
      leastScattered: features.leastScattered, value: features.value,
      logarithm: features.logarithm, indicator: features.indicator, hash: features.hash)
  }

  @inline(__always)
  func holds(_ text: UInt64, tag: UInt32) -> Bool {
    self.text == text && self.tag & ~NumberMemo.missingBit == tag
  }

  @inline(__always)
  var features: NumberFeatures {
    NumberFeatures(
      value: value, logarithm: logarithm, indicator: indicator, hash: hash,
      leastScattered: leastScattered, isMissing: tag & NumberMemo.missingBit != 0)
  }
}

/// The memos of a plan that nobody uses at the moment: as many as threads that featurize. The one
/// put back last is taken first, for it may still be in the cache.
struct NumberMemos: ~Copyable, Sendable {
  private let numbers: Int
  private let free = Mutex<[NumberMemo]>([])

  /// - Parameter numbers: columns of numbers.
  init(numbers: Int) { self.numbers = numbers }

  func take() -> NumberMemo {
    free.withLock { $0.popLast() } ?? NumberMemo(numbers: numbers)
  }

  func put(_ memo: NumberMemo) { free.withLock { $0.append(memo) } }
}
