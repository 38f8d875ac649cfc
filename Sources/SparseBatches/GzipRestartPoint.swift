/// A place between two deflate blocks of a gzip file from which its bytes can be inflated, by any
/// inflater, without those before it.
///
/// All that a deflate block needs of what came before is the last 32 KiB of output (RFC 1951,
/// section 2); the rest is what the checks at the member's end go on from.
package struct GzipRestartPoint: Equatable, Sendable {
  /// The farthest that deflate can refer back to.
  package static let windowBytes = 32 << 10

  /// Offset in the stored bytes of the first byte of which no bit was used.
  package var storedOffset = 0
  /// How many bits of the byte before `storedOffset`, its highest, belong to the next block: 0...7.
  package var unusedBits = 0
  /// 1-based number of the gzip member.
  package var member = 1
  /// Uncompressed bytes of the member so far, and their CRC-32.
  package var memberBytes = 0
  package var memberChecksum: UInt32 = 0
  /// Uncompressed bytes of the members before it, and their CRC-32.
  package var bytesBefore = 0
  package var checksumBefore: UInt32 = 0
  /// The last uncompressed bytes of the member: all it has, up to 32 KiB.
  package var window: [UInt8] = []
  /// Stored bytes that had been read, at least `storedOffset`, and their CRC-32.
  package var storedBytesRead = 0
  package var storedChecksum: UInt32 = 0

  package init() {}

  /// Offset in the uncompressed bytes.
  package var offset: Int { bytesBefore + memberBytes }

  /// Whether a reader could have stood there: for values that come out of a file.
  package var isPossible: Bool {
    let counts = [storedOffset, memberBytes, bytesBefore, storedBytesRead, member]
    return counts.allSatisfy { (0..<1 << 50).contains($0) } && (0...7).contains(unusedBits)
      // The header of the member comes before it.
      && member >= 1 && storedOffset >= 10 && storedBytesRead >= storedOffset
      && window.count == min(memberBytes, Self.windowBytes)
  }
}
