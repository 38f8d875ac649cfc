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

  func inflate(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> InflateProgress {
    // zlib reads `input` only, in spite of the missing const, and writes within `output`.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
    let offered = unsafe (input: stream.pointee.avail_in, output: stream.pointee.avail_out)
    let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    let consumed = unsafe Int(offered.input - stream.pointee.avail_in)
    let produced = unsafe Int(offered.output - stream.pointee.avail_out)
    return InflateProgress(consumed: consumed, produced: produced, stop: stop(status))
  }

  private func stop(_ status: Int32) -> InflateProgress.Stop {
    switch status {
    case Z_STREAM_END: .streamEnd
    case Z_OK, Z_BUF_ERROR: unsafe stream.pointee.avail_out == 0 ? .outputFull : .needsInput
    default: .damaged("invalid deflate data")
    }
  }

  func checksum(_ checksum: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(checksum), bytes.baseAddress, bytes.count))
  }
}
