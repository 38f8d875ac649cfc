/// A value of a YAML document, with the line that it starts in.
///
/// This target reads the part of YAML 1.2 that people write options and schemas in, and refuses the
/// rest by name, so that no text ever means something else here than to another reader:
///
/// - block maps and lists, nested, also `- key: value` and `- - item`;
/// - flow lists and maps, `[a, b]` and `{a: 1, b: [2]}`, over as many lines as one likes;
/// - plain, single-quoted and double-quoted texts, each within one line, with YAML's escapes;
/// - comments, and one `---` at the start.
///
/// Refused are anchors, aliases, tags, block texts (`|`, `>`), directives, `? ` keys, several
/// documents, texts that go on in the next line, tabs outside of quotes and comments, and a key
/// that stands twice in a map.
///
/// Every value is a text: whether `no` is a truth, a number or a word is for the reader of the
/// document to say, who knows what belongs there.
package struct YAMLNode: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// - isQuoted: false for a plain text, which is empty where nothing stands.
    case text(String, isQuoted: Bool)
    case list([YAMLNode])
    /// In the order of the document; no key stands twice.
    case map([Entry])
  }

  package struct Entry: Equatable, Sendable {
    package let key: String
    /// Where the key stands.
    package let line: Int
    package let value: YAMLNode

    package init(key: String, line: Int, value: YAMLNode) {
      self.key = key
      self.line = line
      self.value = value
    }
  }

  package let content: Content
  /// From 1.
  package let line: Int

  package init(_ content: Content, line: Int) {
    self.content = content
    self.line = line
  }

  /// Reads a document.
  ///
  /// - Returns: nil for one that holds nothing, or nothing but comments.
  package static func parse(_ bytes: [UInt8]) throws(YAMLDefect) -> YAMLNode? {
    var parser = try YAMLParser(bytes)
    return try parser.document()
  }
}

/// What a document has that this reader does not read.
package struct YAMLDefect: Error, Equatable {
  /// From 1.
  package let line: Int
  /// What is wrong.
  package let message: String
  /// What to do about it.
  package let cure: String

  init(line: Int, _ message: String, cure: String) {
    self.line = line
    self.message = message
    self.cure = cure
  }
}
