internal import FoundationEssentials
internal import SparseBatches

/// The JSON of a header, read strictly: what a program does not know could change a prediction in
/// silence.
package enum HeaderText {
  /// A header that cannot be decoded, in words.
  package struct Unreadable: Error {
    package var what: String
  }

  /// - Parameters:
  ///   - json: must be what an encoder makes of the header again, member for member; spaces and the
  ///     order of members do not matter.
  ///   - olderForms: starts of paths under which earlier programs wrote other members, which the
  ///     header's own decoding knows.
  package static func decode<Header: Codable>(
    _ json: ArraySlice<UInt8>, as _: Header.Type, olderForms: [String] = []
  ) throws(Unreadable) -> Header {
    do {
      let header = try JSONDecoder().decode(Header.self, from: Data(json))
      let known = memberPaths(ArraySlice(try JSONEncoder().encode(header))).sorted()
      let present = memberPaths(json).filter { path in !olderForms.contains(where: path.hasPrefix) }
      if let stranger = firstStranger(present.sorted(), known) {
        throw Unreadable(
          what: "its member \(DisplayText.harmless(stranger)) is there twice, or not known to this"
            + " version")
      }
      return header
    } catch let error as Unreadable {
      throw error
    } catch {
      throw Unreadable(what: describe(error))
    }
  }

  /// What a decoder's error says, without its types.
  package static func describe(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      "its member \(path(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "its member \(path(context.codingPath)) is not of the right kind"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "its member \(path(context.codingPath)) is invalid"
    default: "it is not JSON"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    DisplayText.harmless(
      keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "."))
  }

  /// The first of the sorted `paths` that is not, or not as often, among the sorted `known`.
  private static func firstStranger(_ paths: [String], _ known: [String]) -> String? {
    var next = 0
    for path in paths {
      while next < known.count, known[next] < path { next += 1 }
      guard next < known.count, known[next] == path else { return path }
      next += 1
    }
    return nil
  }

  /// The path of each member of each object in a text that is known to be JSON.
  static func memberPaths(_ json: ArraySlice<UInt8>) -> [String] {
    var paths: [String] = []
    // For each open object or array: the path of what is inside now, and how many elements came
    // before.
    var open: [(base: String, isObject: Bool, index: Int)] = []
    var current = ""
    var position = json.startIndex
    while position < json.endIndex {
      switch json[position] {
      case UInt8(ascii: "{"): open.append((current, true, 0))
      case UInt8(ascii: "["):
        open.append((current, false, 0))
        current = member("0", of: current)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): current = open.popLast()?.base ?? ""
      case UInt8(ascii: ","):
        guard let last = open.last, !last.isObject else { break }
        open[open.count - 1].index += 1
        current = member(String(last.index + 1), of: last.base)
      case UInt8(ascii: "\""):
        let end = stringEnd(json, from: position + 1)
        if let last = open.last, last.isObject, isKey(json, endingAt: end) {
          current = member(
            String(decoding: json[position + 1..<end], as: UTF8.self), of: last.base)
          paths.append(current)
        }
        position = end
      default: break
      }
      position += 1
    }
    return paths
  }

  private static func member(_ name: String, of base: String) -> String {
    base.isEmpty ? name : "\(base).\(name)"
  }

  /// Where the quote is that ends a string.
  private static func stringEnd(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
    var position = start
    while position < json.endIndex, json[position] != UInt8(ascii: "\"") {
      position += json[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, json.endIndex)
  }

  private static func isKey(_ json: ArraySlice<UInt8>, endingAt end: Int) -> Bool {
    guard end < json.endIndex else { return false }
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    return json[(end + 1)...].first { !blanks.contains($0) } == UInt8(ascii: ":")
  }
}
