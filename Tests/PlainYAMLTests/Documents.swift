import PlainYAML

/// Documents, and what they hold as JSON in which every value is a text.
enum Documents {
  static let read: [(yaml: String, json: String)] = [
    ("", "nothing"), ("# a comment\n\n  # another\n", "nothing"), ("---\n", "nothing"),
    ("a: 1", #"{"a":"1"}"#), ("\u{FEFF}a: 1\n", #"{"a":"1"}"#),
    ("--- # start\na: 1\n", #"{"a":"1"}"#),
    ("a: b # comment\r\nc: d#e\r\n", #"{"a":"b","c":"d#e"}"#),
    ("a:   x  y  \nb :  z", #"{"a":"x  y","b":"z"}"#), ("just text", #""just text""#),
    (
      "a: no\nb: 'true'\nc: ~\nd: 0x10\ne: null",
      #"{"a":"no","b":"true","c":"~","d":"0x10","e":"null"}"#
    ),
    ("a:\nb: ''\nc:\n", #"{"a":"","b":"","c":""}"#),
    (
      "a: http://x:80/y\nb: a,b\nc: -1\nd: -x\ne: ?x\nf: :x",
      #"{"a":"http://x:80/y","b":"a,b","c":"-1","d":"-x","e":"?x","f":":x"}"#
    ),
    ("a: it's\nb: a[1]{2}", #"{"a":"it's","b":"a[1]{2}"}"#),
    // Lists.
    ("- a\n- b", #"["a","b"]"#), ("a:\n- x\n- y\nb: z", #"{"a":["x","y"],"b":"z"}"#),
    ("a:\n  - x\n  # in between\n\n  - y\nb: z", #"{"a":["x","y"],"b":"z"}"#),
    ("- - a\n  - b\n- c", #"[["a","b"],"c"]"#), ("-\n  - a\n-\n- b", #"[["a"],"","b"]"#),
    ("- a: 1\n  b: 2\n-   c: 3\n    d: 4\n- e", #"[{"a":"1","b":"2"},{"c":"3","d":"4"},"e"]"#),
    ("a:\n  b:\n    c: d\n  e: f\ng: h", #"{"a":{"b":{"c":"d"},"e":"f"},"g":"h"}"#),
    // Flows.
    ("[]", "[]"), ("{}", "{}"), ("a: [ ]\nb: { }", #"{"a":[],"b":{}}"#),
    ("a: [x, 'y, z', \"]\" , -1,]", #"{"a":["x","y, z","]","-1"]}"#),
    ("a: [x,   # one\n    y\n   ]\nb: 1", #"{"a":["x","y"],"b":"1"}"#),
    (
      "{a: 1, b: [2, {c: 3}], d: , \"e\":5, f: g:h}",
      #"{"a":"1","b":["2",{"c":"3"}],"d":"","e":"5","f":"g:h"}"#
    ),
    (
      "- {name: \"x\", edges: [1.5, 2]}\n- [a, b]", #"[{"name":"x","edges":["1.5","2"]},["a","b"]]"#
    ),
    // Quotes and escapes.
    ("'it''s': \"a \\\"b\\\" \\\\ \\/\"", #"{"it's":"a \"b\" \\ /"}"#),
    (
      "a: \"\\x41\\u00e9\\U0001F600\\n\\t\\0\\e\\_\"",
      "{\"a\":\"A\u{E9}\u{1F600}\\u{A}\\u{9}\\u{0}\\u{1B}\u{A0}\"}"
    ),
    ("a: 'no \\n escape # here: or: there'", #"{"a":"no \\n escape # here: or: there"}"#),
    ("a: \"tab\there\"\nb: c\t\n", "refused"),
    ("a: \"tab\there\" # or\there", #"{"a":"tab\u{9}here"}"#),
    ("ключ: значение", #"{"ключ":"значение"}"#),
  ]

  /// What is not read, its line, and a word of the complaint.
  static let refused: [(yaml: String, line: Int, word: String)] = [
    ("a: &x 1", 1, "anchors"), ("a: 1\nb: *x", 2, "aliases"), ("a: !t 1", 1, "tags"),
    ("a: |\n  text", 1, "block texts (|)"), ("a: >\n  text", 1, "block texts (>)"),
    ("? a\n: b", 1, "starts with ?"), ("%YAML 1.2\n---\na: 1", 1, "directives"),
    ("a: 1\n---\nb: 2", 2, "document ends"), ("a: 1\n...", 2, "document ends"),
    ("--- a: 1", 1, "beside ---"), ("a:\n---\n", 2, "document ends"),
    ("a: [1,\n---\n]", 2, "document ends"),
    ("a: 1\na: 2", 2, "first in line 1"), ("{a: 1,\n 'a': 2}", 2, "first in line 1"),
    ("\ta: 1", 1, "tab"), ("a:\n\tb: 1", 2, "tab"), ("a: b\tc", 1, "tab"), ("a:\tb", 1, "tab"),
    ("a: b\n  goes on", 2, "not indented"), ("a: 1\n b: 2", 2, "not indented"),
    ("a:\n    b: 1\n  c: 2", 3, "not indented"), ("  a: 1\nb: 2", 2, "not indented"),
    ("- a\nb: 1", 2, "not indented"), ("a: 1\n- b", 2, "item of a list"),
    ("a: - b", 1, "line of its key"), ("a: b: c", 1, "colon"), ("a: 'b' c", 1, "after the end"),
    ("a: \"b", 1, "not closed"), ("a: 'b\n  c'", 1, "not closed"),
    ("a: \"b\\\nc\"", 1, "not closed"),
    ("a: \"\\q\"", 1, "escape"), ("a: \"\\x4\"", 1, "escape"), ("a: \"\\uD800\"", 1, "escape"),
    ("a: [1, 2", 1, "not closed"), ("a: {b: 1\n", 2, "not closed"),
    ("a: [1 2, {b: 1} c]", 1, "comma"),
    ("a: [b: 1]", 1, "key stands in a list"), ("a: {b}", 1, "no value"),
    ("a: {b:1}", 1, "no value"),
    ("a: [1,, 2]", 1, "starts with ,"), ("a: 1]\nb: ]", 2, "starts with ]"),
    ("a\nb: 1", 2, "not indented"),
    ("a: 1\nb", 2, "no value"), ("a:1\nb: 2", 2, "not indented"), ("'': 1", 1, "empty"),
    ("a: @x", 1, "starts with @"),
    ("a: [?]", 1, "starts with ?"), ("a: [#b]", 1, "starts with #"), ("a: [-]", 1, "starts with -"),
    ("a: 'b'#c", 1, "after the end"),
    ("a: \u{1}", 1, "U+1"), ("a: 1\rb: 2", 1, "U+D"), ("a: \u{85}", 1, "U+85"),
    ("x: 1\ny: \u{2028}", 2, "U+2028"),
    ("[a]: b", 1, "colon"), ("{a: 1", 1, "not closed"), ("{", 1, "not closed"),
    ("[", 1, "not closed"),
    (String(repeating: "[", count: 100), 1, "nested"),
    (String(repeating: "- ", count: 100) + "a", 1, "nested"),
  ]
}

extension YAMLNode {
  /// As JSON, but for escapes, which are Swift's.
  var json: String {
    func quoted(_ text: String) -> String {
      let escaped = text.unicodeScalars.map { scalar in
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        default:
          scalar.value < 0x20
            ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }
      }
      return "\"\(escaped.joined())\""
    }
    switch content {
    case .text(let text, _): return quoted(text)
    case .list(let items): return "[\(items.map(\.json).joined(separator: ","))]"
    case .map(let entries):
      return "{\(entries.map { "\(quoted($0.key)):\($0.value.json)" }.joined(separator: ","))}"
    }
  }
}
