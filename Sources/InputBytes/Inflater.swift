import CZlib
package import SparseBatches

/// A decoder of raw deflate (RFC 1951): the part of gzip that costs time.
///
/// Both decoders accept and reject exactly the same streams. Headers, trailers and checksums are
/// not theirs.
protocol RawInflater: AnyObject {
  /// Starts a new stream.
  func reset()

  /// Starts in the middle of a stream, between two blocks.
  ///
  /// - Parameters:
  ///   - unusedBits: how many bits of `byte`, its highest, come before the input: 0...7.
  ///   - window: the bytes inflated last, up to 32 KiB.
  func restart(unusedBits: Int, of byte: UInt8, window: [UInt8])

  /// Decodes from `input` into `output` until one of them is used up or the stream ends, or, when
  /// asked for, a block that is not the last.
  ///
  /// The eight bytes before `input` must be the bytes that came before it in the stored stream:
  /// `consumed` is negative when bytes of an earlier call turn out not to belong to the stream.
  func inflate(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    stopsBetweenBlocks: Bool
  ) -> InflateProgress
}

struct InflateProgress {
  enum Stop {
    /// Not without more input. Input that was not consumed must be given again, and more of it.
    case needsInput
    case outputFull
    /// Of the byte consumed last, so many bits, its highest, belong to the next block: 0...7.
    case betweenBlocks(unusedBits: Int)
    case streamEnd
    case damaged(String)
  }

  var consumed: Int
  var produced: Int
  var stop: Stop
}

/// Which library inflates gzip. The bytes are the same with each.
package enum InflateChoice: String, Sendable, CaseIterable {
  case automatic = "auto"
  case zlib
  case isal

  /// The libraries of this build, the fastest first.
  package static var available: [InflateChoice] {
    #if ISAL
      [.isal, .zlib]
    #else
      [.zlib]
    #endif
  }

  /// - Throws: usage when this build does not have it.
  package func validate() throws(RunFailure) { _ = try makeInflater() }

  func makeInflater() throws(RunFailure) -> any RawInflater {
    switch self {
    case .zlib: return ZlibInflater()
    case .isal, .automatic:
      #if ISAL
        return IsalInflater()
      #else
        if self == .automatic { return ZlibInflater() }
        throw RunFailure(
          .usage, "this build cannot inflate with ISA-L",
          cure: "choose zlib, or build with `swift build --traits ISAL`")
      #endif
    }
  }
}

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
