internal import ModelFile

/// A copy of a learner's table, made at one moment and written while the learner goes on.
///
/// Its memory is kept for the next copy. Owned by one thread at a time.
final class TableSnapshot: @unchecked Sendable {
  private var bytes: [UInt8] = []
  private var stateBytes = 1

  /// States in a section.
  private static let statesInSection = 1 << 16

  /// Replaces the copy.
  ///
  /// - Parameter stateBytes: of one state; sections end between two.
  func copy(_ table: RawSpan, stateBytes: Int) {
    self.stateBytes = stateBytes
    if bytes.count != table.byteCount { bytes = [UInt8](repeating: 0, count: table.byteCount) }
    unsafe bytes.withUnsafeMutableBytes { target in
      unsafe table.withUnsafeBytes { source in
        // Both have the same number of bytes and are not the same memory.
        unsafe target.copyMemory(from: source)
      }
    }
  }

  /// The copy in sections; those that are all zeros are left out.
  var sections: [ContainerSection] {
    let length = stateBytes * Self.statesInSection
    return stride(from: 0, to: bytes.count, by: length).enumerated().compactMap { index, start in
      let piece = bytes[start..<min(start + length, bytes.count)]
      return Self.isZero(piece)
        ? nil : ContainerSection(type: .learnerTable, index: UInt32(index), data: piece)
    }
  }

  private static func isZero(_ piece: ArraySlice<UInt8>) -> Bool {
    unsafe piece.withUnsafeBytes { bytes in
      var seen: UInt64 = 0
      var offset = 0
      // Each load lies within the piece.
      while offset + 8 <= bytes.count, seen == 0 {
        seen |= unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        offset += 8
      }
      while offset < bytes.count {
        seen |= unsafe UInt64(bytes[offset])
        offset += 1
      }
      return seen == 0
    }
  }

  /// Hands each piece of a stored table to `load`, with the number of its first state.
  ///
  /// - Parameter states: how many the table has; sections beyond are refused.
  static func forEachPiece<Failure: Error>(
    of container: Container, stateBytes: Int, states: Int,
    _ load: (RawSpan, _ first: Int) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    for section in container.sections where section.type == .learnerTable {
      let first = Int(section.index) * statesInSection
      guard section.data.count % stateBytes == 0, first < states,
        section.data.count / stateBytes <= min(statesInSection, states - first)
      else { return false }
      // The bytes are those of the section, which outlives the call.
      try unsafe load(section.data.span.bytes, first)
    }
    return true
  }
}

extension SectionType {
  /// A piece of the learner's table.
  static let learnerTable = SectionType("SLOT")
  /// The learner's state beside the table.
  static let learnerState = SectionType("LRNR")
  /// Counts of rows and the holdout.
  static let intakeState = SectionType("INTK")
  /// The shuffle window.
  static let shuffleWindow = SectionType("SHUF")
  /// Epochs made, and the best one's weights.
  static let epochState = SectionType("EPOC")
  /// A model that was learned to its end.
  static let finishedModel = SectionType("DONE")
}
