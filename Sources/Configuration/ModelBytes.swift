internal import Synchronization

/// Where a model goes that is wanted in memory: the bytes that a file would hold.
public final class ModelBytes: Sendable {
  private let bytes = Mutex<[UInt8]?>(nil)

  /// Nothing yet.
  public init() {}

  /// The model; nil before the run has ended well.
  public var value: [UInt8]? { bytes.withLock { $0 } }

  package func set(_ model: [UInt8]) { bytes.withLock { $0 = model } }
}

extension ModelBytes: Equatable {
  /// Whether both are the same place.
  public static func == (left: ModelBytes, right: ModelBytes) -> Bool { left === right }
}
