import Foundation
import Testing

/// The same documents through PyYAML: what is read here means the same there.
@Suite struct OtherReaderTests {
  /// A document a line as a JSON text; as many lines of JSON in which every value is a text come back.
  private static let script = #"""
    import json, sys, yaml
    for line in sys.stdin:
        try:
            value = yaml.load(json.loads(line), Loader=yaml.BaseLoader)
            print("nothing" if value is None else json.dumps(value))
        except (yaml.YAMLError, TypeError):
            print("refused")
    """#

  private static let hasPyYAML = (try? run("import yaml", "")) != nil

  private struct Failed: Error {}

  private static func run(_ script: String, _ input: String) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appendingPathComponent("plain-yaml-\(UUID().uuidString)")
    try Data(input.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Documents, each changed in one place or two, from a generator that is always the same.
  private static func changed() -> [String] {
    let pieces = [
      " ", "  ", "\n", ":", ": ", "- ", "-", "#", " #", ",", "[", "]", "{", "}", "'", "\"", "\\",
      "x", "a: b", "\n  ", "0",
    ]
    var state: UInt64 = 12
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    return (0..<6000).map { number in
      var scalars = Array(Documents.read[number % Documents.read.count].yaml.unicodeScalars)
      for _ in 0...random(2) {
        let place = random(scalars.count + 1)
        if random(3) == 0, place < scalars.count { scalars.remove(at: place) }
        scalars.insert(
          contentsOf: pieces[random(pieces.count)].unicodeScalars, at: min(place, scalars.count))
      }
      return String(String.UnicodeScalarView(scalars))
    }
  }

  @Test(.enabled(if: OtherReaderTests.hasPyYAML, "python3 with PyYAML is not installed"))
  func readsTheSame() throws {
    let documents = Documents.read.map(\.yaml) + Self.changed()
    let encoder = JSONEncoder()
    let input = try documents.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    let theirs = try Self.run(Self.script, input.joined(separator: "\n") + "\n")
    try #require(theirs.count == documents.count)
    var read = 0
    for (document, other) in zip(documents, theirs) {
      let own = YAMLTests.outcome(document)
      guard own != "refused" else { continue }
      read += 1
      #expect(try Self.isSame(own, other), "\(document.debugDescription): \(own), there \(other)")
    }
    #expect(read > 1000, "too few of the documents are read to say anything: \(read)")
  }

  private static func isSame(_ own: String, _ other: String) throws -> Bool {
    let nothing = ["nothing", "\"\""]
    guard !nothing.contains(own) else { return nothing.contains(other) }
    guard other != "nothing", other != "refused" else { return false }
    // Swift's escapes to JSON's.
    let json = own.replacing(#/\\u\{([0-9A-F]+)\}/#) { match in
      "\\u" + String(repeating: "0", count: 4 - match.1.count) + match.1
    }
    func value(_ text: String) throws -> NSObject? {
      try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        as? NSObject
    }
    return try value(json) == value(other)
  }
}
