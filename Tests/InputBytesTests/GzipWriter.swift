import CZlib
import Foundation

/// Makes gzip files, whole and odd ones.
enum Gzip {
  /// One member that holds `plain`.
  ///
  /// - Parameter memory: of the deflate encoder, 1...9: with 1 a block holds 128 symbols.
  static func member(
    _ plain: [UInt8], level: Int32 = 6, strategy: Int32 = Z_DEFAULT_STRATEGY,
    memory: Int32 = 8, flags: UInt8 = 0, extra: [UInt8] = []
  ) -> [UInt8] {
    frame(
      deflate(plain, level: level, strategy: strategy, memory: memory), plain, flags: flags,
      extra: extra)
  }

  static func frame(
    _ deflated: [UInt8], _ plain: [UInt8], flags: UInt8 = 0, extra: [UInt8] = []
  ) -> [UInt8] {
    let header: [UInt8] = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255]
    return header + extra + deflated + word(checksum(plain)) + word(UInt32(plain.count))
  }

  static func word(_ value: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
  }

  static func deflate(
    _ plain: [UInt8], level: Int32 = 6, strategy: Int32 = Z_DEFAULT_STRATEGY, memory: Int32 = 8
  ) -> [UInt8] {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    let started = unsafe deflateInit2_(
      &stream, level, Z_DEFLATED, -15, memory, strategy, ZLIB_VERSION, size)
    precondition(started == Z_OK)
    defer { unsafe deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: plain.count + plain.count / 100 + 1000)
    var plain = plain
    let capacity = output.count
    unsafe plain.withUnsafeMutableBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(input.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(capacity)
        let status = unsafe CZlib.deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END)
      }
    }
    return unsafe Array(output[..<(capacity - Int(stream.avail_out))])
  }
}

/// Writes bits, the lowest first, as deflate wants them.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  mutating func put(_ value: Int, _ count: Int) {
    for bit in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(used)
      used += 1
    }
  }

  /// A Huffman code word: the highest bit first.
  mutating func putWord(_ word: Int, _ count: Int) {
    for bit in (0..<count).reversed() { put(word >> bit & 1, 1) }
  }
}
