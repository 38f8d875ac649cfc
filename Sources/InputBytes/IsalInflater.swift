#if ISAL
  import CISAL
  import CKernels
  import Glibc

  /// Raw deflate by Intel's ISA-L: twice as fast as zlib.
  ///
  /// ISA-L takes Huffman codes that zlib refuses: incomplete ones, for as long as no unused code
  /// word occurs. So each block's header is checked here by zlib's rules before ISA-L sees it,
  /// and ISA-L is made to stop at the end of each block.
  @safe
  final class IsalInflater: RawInflater {
    private let state: UnsafeMutableRawPointer
    private var isBetweenBlocks = true
    private var isLastBlock = false

    init() {
      guard let state = unsafe lrs_isal_new() else { preconditionFailure("out of memory") }
      unsafe self.state = unsafe state
      unsafe lrs_isal_reset(state)
    }

    deinit { unsafe free(state) }

    func reset() {
      unsafe lrs_isal_reset(state)
      isBetweenBlocks = true
    }

    func restart(unusedBits: Int, of byte: UInt8, window: [UInt8]) {
      reset()
      // The window is copied within the call.
      let status = unsafe lrs_isal_restart(
        state, window, UInt32(window.count), UInt32(byte >> (8 - unusedBits)), UInt32(unusedBits))
      precondition(status == ISAL_DECOMP_OK, "ISA-L takes no window")
    }

    func inflate(
      _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
      stopsBetweenBlocks: Bool
    ) -> InflateProgress {
      var progress = InflateProgress(consumed: 0, produced: 0, stop: .needsInput)
      guard let source = input.baseAddress, let target = output.baseAddress else {
        return progress
      }
      while true {
        if isBetweenBlocks, let stop = unsafe beginBlock(input, &progress.consumed) {
          progress.stop = stop
          return progress
        }
        // Both pointers stay within their buffers: ISA-L never goes past the counts it is given,
        // and gives back no more bytes than it read.
        let step = unsafe lrs_isal_inflate(
          state, source + progress.consumed, UInt32(clamping: input.count - progress.consumed),
          target + progress.produced, UInt32(clamping: output.count - progress.produced))
        lrs_clear_upper_halves()
        progress.consumed += Int(step.consumed)
        progress.produced += Int(step.produced)
        isBetweenBlocks = step.finished != 0
        if stopsBetweenBlocks, isBetweenBlocks, !isLastBlock {
          progress.stop = .betweenBlocks(unusedBits: Int(unusedBits.count))
          return progress
        }
        if let stop = stop(after: step, isFull: progress.produced == output.count) {
          progress.stop = stop
          return progress
        }
      }
    }

    /// Why to return now; nil to go on with the next block.
    private func stop(
      after step: lrs_isal_progress, isFull: Bool
    ) -> InflateProgress.Stop? {
      if step.status < 0 { return .damaged("invalid deflate data") }
      if step.finished != 0, isLastBlock { return .streamEnd }
      if isFull { return .outputFull }
      return step.finished != 0 ? nil : .needsInput
    }

    /// Between blocks: the bits of the byte before the input that belong to the next one.
    private var unusedBits: (bits: UInt32, count: UInt32) {
      var count: UInt32 = 0
      let bits = unsafe lrs_isal_bits(state, &count)
      return (bits, count)
    }

    /// Checks the header of the next block and hands it to ISA-L.
    private func beginBlock(
      _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
    ) -> InflateProgress.Stop? {
      let (bits, bitCount) = unusedBits
      // `consumed` is negative after bytes of an earlier call were given back: they lie before
      // the input, as `RawInflater` demands.
      let rest = unsafe UnsafeBufferPointer(
        start: input.baseAddress.map { unsafe $0 + consumed }, count: input.count - consumed)
      switch unsafe DeflateBlockHeader.check(rest, afterBits: bits, count: bitCount) {
      case .incomplete: return .needsInput
      case .invalid: return .damaged("invalid deflate data")
      case .valid(let isLast):
        // A whole header was seen: at least one bit or byte is there.
        if let next = rest.baseAddress {
          consumed += unsafe Int(lrs_isal_begin_block(state, next))
        }
        isLastBlock = isLast
        return nil
      }
    }
  }
#endif
