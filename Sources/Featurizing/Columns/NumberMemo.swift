internal import SparseBatches
internal import Synchronization

// Design note
//
// Numbers are mostly small counts, written with a few bytes, and one costs up to three features:
// digits to a number, a division, a logarithm, a search among edges. What comes of a text of up to
// eight bytes depends on the column and the text alone, so it is remembered: a direct-mapped table,
// whose entry is found from both, holds the last one met there. It is a cache and nothing more: a
// row's features are the same with and without it.
//
// A text counts with its length: `5` and `5` with a zero byte behind it are two texts. Three
// features are written for each number, and those that are 0 overwritten by the next one: without a
// branch that nobody can foresee. The loop over what is remembered calls nothing, so that all it
// needs stays in registers; it ends at the first text that is not there, or whose name may be wanted.
//
// Measured on 13 integers a row, most of them counts: 15 ns a number as one loop with all cases.
// More entries find more texts (2^12: 89 %, 2^13: 92 %) but leave the nearest caches.
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
  /// The least number, as the gate scatters slots, of all features, also those that are 0: the gate
  /// lets one of them in exactly when it lets this one in.
  var leastScattered: UInt32 = .max
  var isMissing = false

  /// Notes the slot of a feature, also of one that is 0: its name may be asked for.
  mutating func note(_ slot: UInt32) {
    leastScattered = min(leastScattered, FeatureBulletin.scattered(slot) | 1)
  }
}

/// What the loop over remembered numbers must know of a step.
struct NumberColumn: BitwiseCopyable {
  var field: UInt32 = 0
  /// Index in the schema.
  var column: UInt32 = 0
  var slot: UInt32 = 0
  var logarithmSlot: UInt32 = 0
}

/// What texts of numbers became when they were met last. One thread uses it at a time.
final class NumberMemo: @unchecked Sendable {
  struct Entry: BitwiseCopyable {
    var text: UInt64 = 0
    /// The step + 1 above, in the five bits below the text's length.
    var tag: UInt32 = 0
    var features = NumberFeatures()
  }

  /// A text of so many bytes at most is remembered.
  static let longest = 8

  private var storage: GrowableBuffer<Entry>
  private let shift: UInt64

  /// - Parameter numbers: columns of numbers.
  init(numbers: Int) {
    // 40 bytes each: 160 KiB for a few columns, 2.5 MiB for many.
    var bits = 10
    while bits < 16, 1 << bits < 256 * numbers { bits += 1 }
    shift = UInt64(64 - bits)
    storage = GrowableBuffer(capacity: 1 << bits)
    // Proof: as many entries were allocated; a tag of 0 is none of a step.
    unsafe storage.base.update(repeating: Entry(), count: 1 << bits)
    storage.setCount(1 << bits)
  }

  /// The entries, for inner loops, which then count no references to the memo.
  var view: View { unsafe View(entries: storage.base, shift: shift) }

  /// Valid as long as the memo is; its owner's thread alone uses it.
  @safe
  struct View: BitwiseCopyable, @unchecked Sendable {
    @unsafe fileprivate let entries: UnsafeMutablePointer<Entry>
    fileprivate let shift: UInt64

    /// Where a text of a step is, if it is there.
    @unsafe @inline(__always)
    func entry(_ text: RememberedText) -> UnsafeMutablePointer<Entry> {
      let mixed =
        (text.bytes ^ UInt64(text.tag) &* 0x9e37_79b9_7f4a_7c15) &* 0xff51_afd7_ed55_8ccd
      // Proof: the shift leaves a number below the count of entries.
      return unsafe entries + Int(truncatingIfNeeded: mixed &>> shift)
    }
  }
}

/// A text of up to eight bytes in a column of numbers.
struct RememberedText: BitwiseCopyable {
  /// Zeros behind the text.
  var bytes: UInt64
  var tag: UInt32

  /// - Precondition: eight bytes can be read at `text`, of which it has at most as many.
  @unsafe @inline(__always)
  init(_ text: UnsafePointer<UInt8>, count: Int, step: Int) {
    let word = UInt64(
      littleEndian: unsafe UnsafeRawPointer(text).loadUnaligned(as: UInt64.self))
    // In two steps: a shift by 64 is none.
    let half = UInt64(truncatingIfNeeded: count &* 4)
    bytes = word & ~((~0 &<< half) &<< half)
    tag = UInt32(truncatingIfNeeded: (step &+ 1) &<< 5 | count)
  }
}

extension NumberMemo.Entry {
  init(_ features: NumberFeatures, of text: RememberedText) {
    self.features = features
    self.text = text.bytes
    tag = text.tag
  }

  @inline(__always)
  func holds(_ text: RememberedText) -> Bool { self.text == text.bytes && tag == text.tag }
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
