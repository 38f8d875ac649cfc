package import SparseBatches

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
