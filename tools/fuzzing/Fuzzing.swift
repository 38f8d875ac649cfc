import Foundation
import SparseBatches

/// One kind of bytes that nobody vouches for, and the code that reads it.
protocol FuzzTarget: AnyObject {
  /// Well-formed inputs to start from, written by the program's own encoders.
  var seeds: [[UInt8]] { get }
  /// Reads the bytes. Whatever they are, this returns: a trap or an access out of bounds is what
  /// is looked for.
  func run(_ bytes: [UInt8])
}

/// The targets by name.
enum FuzzTargets {
  static let names = [
    "container", "model", "checkpoint", "state", "rowcache", "csv", "libsvm", "vw", "infer",
    "gzip", "schema",
  ]

  static func make(_ name: String) -> (any FuzzTarget)? {
    switch name {
    case "container": ContainerTarget()
    case "model": ModelTarget()
    case "checkpoint": CheckpointTarget()
    case "state": StateTarget()
    case "rowcache": RowCacheTarget()
    case "csv": RowTarget(.csv)
    case "libsvm": RowTarget(.libsvm)
    case "vw": RowTarget(.vw)
    case "infer": InferenceTarget()
    case "gzip": GzipTarget()
    case "schema": SchemaTarget()
    default: nil
    }
  }
}

/// Runs code whose failures must be answers to a person, not faults of the program.
func expectAnswer(_ body: () throws(RunFailure) -> Void) {
  do throws(RunFailure) {
    try body()
  } catch {
    // Unlike a precondition, it says why in an optimized build too.
    if error.kind == .bug { fatalError("a fault of the program: \(error.message)") }
  }
}

/// Takes an input apart into the parts that a target needs.
struct InputParts {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A part whose length stands before it in two bytes.
  mutating func part() -> ArraySlice<UInt8> {
    let count = min(rest.count, Int(byte()) | Int(byte()) << 8)
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// All that is left.
  mutating func remainder() -> [UInt8] { Array(rest) }

  /// What `part` takes apart.
  static func joined(_ parts: [UInt8]...) -> [UInt8] {
    parts.flatMap {
      [UInt8(truncatingIfNeeded: $0.count), UInt8(truncatingIfNeeded: $0.count >> 8)] + $0
    }
  }
}

// Set once before the first input; libFuzzer calls on one thread.
private nonisolated(unsafe) var target: (any FuzzTarget)?

/// `FUZZ_TARGET` names the target. With `FUZZ_SEEDS`, its seeds are written to that folder instead.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeRawPointer?, _: UnsafeRawPointer?) -> Int32 {
  let environment = ProcessInfo.processInfo.environment
  guard let made = FuzzTargets.make(environment["FUZZ_TARGET"] ?? "") else {
    print("FUZZ_TARGET must be one of \(FuzzTargets.names.joined(separator: " "))")
    exit(64)
  }
  if let folder = environment["FUZZ_SEEDS"] {
    for (index, seed) in made.seeds.enumerated() {
      _ = FileManager.default.createFile(atPath: "\(folder)/seed-\(index)", contents: Data(seed))
    }
    exit(0)
  }
  unsafe target = made
  return 0
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  // Valid for the call; copied, so that what is kept too long is an access out of bounds.
  unsafe target?.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
