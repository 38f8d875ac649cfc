internal import SparseBatches

/// Looks scales up by index: open addressing, at most half full, nothing allocated after the start.
final class IndexScaleTable: Sendable {
  /// 0: free.
  private let magnitudes: GrowableBuffer<Float>
  private let indices: GrowableBuffer<UInt64>
  private let shift: UInt64
  private let clip: Float

  init(_ scales: IndexScales) {
    var bits = 1
    while 1 << bits < 2 * scales.indices.count { bits += 1 }
    var magnitudes = GrowableBuffer<Float>(capacity: 1 << bits)
    var indices = GrowableBuffer<UInt64>(capacity: 1 << bits)
    for _ in 0..<1 << bits {
      magnitudes.append(0)
      indices.append(0)
    }
    let mask = 1 << bits - 1
    for (index, magnitude) in zip(scales.indices, scales.magnitudes) {
      var place = Self.place(of: index, shift: UInt64(64 - bits))
      while magnitudes[place] != 0 { place = (place + 1) & mask }
      indices[place] = index
      magnitudes[place] = magnitude
    }
    self.magnitudes = magnitudes
    self.indices = indices
    shift = UInt64(64 - bits)
    // A bound beyond 32-bit floats bounds nothing.
    clip = Float(min(scales.clip, Double(Float.greatestFiniteMagnitude)))
  }

  @inline(__always)
  func scaled(_ value: Float, index: UInt64) -> Float {
    var place = Self.place(of: index, shift: shift)
    while magnitudes[place] != 0 {
      if indices[place] == index { return bounded(value / magnitudes[place]) }
      place = place + 1 == magnitudes.count ? 0 : place + 1
    }
    return bounded(value)
  }

  @inline(__always)
  private func bounded(_ value: Float) -> Float { max(-clip, min(clip, value)) }

  /// Fibonacci hashing: the top bits of a product with 2^64 / φ.
  @inline(__always)
  private static func place(of index: UInt64, shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (index &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }
}
