import CZlib

/// Raw deflate by zlib.
@safe
final class ZlibInflater: RawInflater {
  /// On the heap: zlib keeps a pointer back to the stream and compares it on each call.
  private let stream: UnsafeMutablePointer<z_stream>

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe lrs_zlib_inflate_init_raw(stream)
    precondition(status == Z_OK, "zlib cannot start: out of memory or the wrong version")
  }

  deinit {
    // Initialised above and never handed out.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func reset() {
    let status = unsafe inflateReset(stream)
    precondition(status == Z_OK, "zlib lost its state")
  }

  func restart(unusedBits: Int, of byte: UInt8, window: [UInt8]) {
    reset()
    var status = unsafe inflatePrime(stream, Int32(unusedBits), Int32(byte >> (8 - unusedBits)))
    precondition(status == Z_OK, "zlib takes no bits")
    // Copied within the call.
    status = unsafe inflateSetDictionary(stream, window, UInt32(window.count))
    precondition(status == Z_OK, "zlib takes no window")
  }

  func inflate(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    stopsBetweenBlocks: Bool
  ) -> InflateProgress {
    // zlib reads `input` only, in spite of the missing const, and writes within `output`.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
    let offered = unsafe (input: stream.pointee.avail_in, output: stream.pointee.avail_out)
    var status = unsafe CZlib.inflate(stream, stopsBetweenBlocks ? Z_BLOCK : Z_NO_FLUSH)
    let isBetweenBlocks = stopsBetweenBlocks && status == Z_OK && isBehindBlock
    // Behind the last block there is only the end.
    if isBetweenBlocks, isLastBlock { status = unsafe CZlib.inflate(stream, Z_NO_FLUSH) }
    let consumed = unsafe Int(offered.input - stream.pointee.avail_in)
    let produced = unsafe Int(offered.output - stream.pointee.avail_out)
    let stop: InflateProgress.Stop =
      isBetweenBlocks && status == Z_OK ? .betweenBlocks(unusedBits: unusedBits) : stop(status)
    return InflateProgress(consumed: consumed, produced: produced, stop: stop)
  }

  // What zlib.h says of `data_type` under `inflate`.
  private var isBehindBlock: Bool { unsafe stream.pointee.data_type & 128 != 0 }
  private var isLastBlock: Bool { unsafe stream.pointee.data_type & 64 != 0 }
  private var unusedBits: Int { unsafe Int(stream.pointee.data_type & 7) }

  private func stop(_ status: Int32) -> InflateProgress.Stop {
    switch status {
    case Z_STREAM_END: .streamEnd
    case Z_OK, Z_BUF_ERROR: unsafe stream.pointee.avail_out == 0 ? .outputFull : .needsInput
    default: .damaged("invalid deflate data")
    }
  }
}
