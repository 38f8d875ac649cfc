/// Bytes of a Protocol Buffers message, field by field.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    for shift: UInt32 in [0, 8, 16, 24] {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  mutating func add(_ field: Int, _ value: [UInt8]) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufWriter) { add(field, message.bytes) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Little-endian bytes of numbers, as tensors hold them.
enum RawNumbers {
  static func bytes<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * MemoryLayout<Number>.size)
    for number in numbers {
      for byte in 0..<MemoryLayout<Number>.size {
        bytes.append(UInt8(truncatingIfNeeded: number >> Number(8 * byte)))
      }
    }
    return bytes
  }

  static func bytes(_ numbers: [Double]) -> [UInt8] { bytes(numbers.map(\.bitPattern)) }

  static func bytes(_ numbers: [Float]) -> [UInt8] { bytes(numbers.map(\.bitPattern)) }
}
