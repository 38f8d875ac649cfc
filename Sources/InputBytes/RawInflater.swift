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
