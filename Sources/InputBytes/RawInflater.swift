/// A decoder of raw deflate (RFC 1951): the part of gzip that costs time.
///
/// Both decoders accept and reject exactly the same streams. Headers, trailers and checksums are
/// not theirs.
protocol RawInflater: AnyObject {
  /// Starts a new stream.
  func reset()

  /// Decodes from `input` into `output` until one of them is used up or the stream ends.
  ///
  /// The eight bytes before `input` must be the bytes that came before it in the stored stream:
  /// `consumed` is negative when bytes of an earlier call turn out not to belong to the stream.
  func inflate(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> InflateProgress

  /// The CRC-32 of gzip, continued from `checksum` over `bytes`.
  func checksum(_ checksum: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt32
}

struct InflateProgress {
  enum Stop {
    /// Not without more input. Input that was not consumed must be given again, and more of it.
    case needsInput
    case outputFull
    case streamEnd
    case damaged(String)
  }

  var consumed: Int
  var produced: Int
  var stop: Stop
}
