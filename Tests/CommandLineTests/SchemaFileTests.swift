import Foundation
import Testing

/// `inspect --schema` and `train --schema`.
@Suite struct SchemaFileTests {
  private static let table =
    "label,amount,color,size,note,rare,w,junk\n"
    + (0..<200).map { row in
      "\(row % 3 == 0 ? 1 : 0),\(Double(row) / 7),\(["red", "b\\lue", "\"gr\"\"ey\""][row % 3]),"
        + "\(row % 11),this is note number \(row),\(row == 77 ? 1_000_000 : row),\(row % 2 + 1),z\n"
    }.joined()

  private static let options = [
    "--numeric-transform", "size=quantile", "--weight", "w", "--ignore", "junk", "--ngrams", "2",
    "--cross", "color*size,color*amount", "--clip", "3", "--missing", ",NA,\\N,z\u{7F}",
  ]

  private func schema(_ workspace: Workspace, _ model: String = "m.lrs") throws -> String {
    let outcome = try workspace.run("inspect", "--schema", model)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.text
  }

  @Test func aSchemaComesBackExactly() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Self.table)
    try workspace.trained(list: ["t.csv"] + Self.options)
    let text = try schema(workspace)
    try workspace.write("s.yaml", text)
    try workspace.trained("t.csv", "--schema", "s.yaml", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == workspace.read("m.lrs"))
    #expect(try schema(workspace, "n.lrs") == text)
    let kinds = [
      "transform: quantile", "transform: bins+slope", "symlog_mean: ", "type: text",
      "reason: \"words",
    ]
    for kind in kinds {
      #expect(text.contains(kind), "\(kind) in \(text)")
    }
    // Another day's prefix does not matter, nor the order of its columns.
    try workspace.write("u.csv", "color,label,amount,size,note,rare,w\nred,1,1e9,3,hm,2,1\n")
    try workspace.trained("u.csv", "--schema", "s.yaml", model: "u.lrs")
    #expect(try schema(workspace, "u.lrs") == text)
    #expect(try workspace.predicted("t.csv", model: "u.lrs").count == 200)
  }

  @Test func plainOptionsAreEnoughByHand() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", "y;a;b\n1;2;x\n0;3;y\n")
    try workspace.write(
      "s.yaml",
      """
      schema: 1
      format: csv
      delimiter: ";"
      columns:
        - name: y
          type: label
        - {name: a, type: numeric, transform: raw}
        - {name: b, type: categorical}
      crosses: [[a, b]]

      """)
    let figures = try workspace.trained("t.csv", "--schema", "s.yaml")
    #expect(figures["features"] as? Int == 6)
    let inspected = try workspace.inspected()
    #expect((inspected["crosses"] as? [[String]])! == [["a", "b"]])
    #expect(inspected["clip"] as? Double == 8)
  }

  @Test func libsvmHasASchemaToo() throws {
    let workspace = try Workspace()
    try workspace.write("t.svm", "1 1:4 2:0.5\n-1 1:-8 3:1\n1 2:0.25 9:1e-3\n")
    try workspace.trained("t.svm", "--scale", "maxabs", "--clip", "2")
    let text = try schema(workspace)
    #expect(text.contains("maximum_magnitudes: \"1:8.0 2:0.5 3:1.0 9:0.001\""))
    try workspace.write("s.yaml", text)
    try workspace.trained("t.svm", "--schema", "s.yaml", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == workspace.read("m.lrs"))
    try workspace.trained("t.svm")
    try workspace.write("s.yaml", try schema(workspace))
    try workspace.trained("t.svm", "--schema", "s.yaml", model: "n.lrs")
    #expect(try workspace.read("n.lrs") == workspace.read("m.lrs"))
  }

  @Test(arguments: [
    ["--format", "csv"], ["--quote", "none"], ["--delimiter", ","], ["--no-header"],
    ["--columns", "a"], ["--label", "label"], ["--weight", "amount"], ["--numeric", "amount"],
    ["--categorical", "color"], ["--text", "color"], ["--ignore", "color"], ["--sniff-rows", "5"],
    ["--missing", "NA"], ["--decimal", "comma"], ["--number-marks", "%"], ["--clip", "8"],
    ["--numeric-transform", "raw"],
    ["--cross", "amount*color"], ["--ngrams", "1"], ["--scale", "none"],
  ])
  func optionsThatTheFileDecidesAreRefused(options: [String]) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    try workspace.trained("t.csv")
    try workspace.write("s.yaml", try schema(workspace))
    let outcome = try workspace.run(
      ["train", "-o", "n.lrs", "--schema", "s.yaml", "t.csv"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--schema and \(options[0])"), "\(outcome.errors)")
    #expect(try workspace.run("inspect", "--schema", "--json", "m.lrs").status == 64)
  }

  @Test(arguments: [
    ("", "empty"), ("schema: [", "not closed"), ("- 1", "line 1: a map"),
    ("format: csv", "schema is missing"), ("schema: 2", "version 1"),
    ("schema: one", "integer"), ("schema: 1\nformat: xml", "line 2: format must be"),
    (
      "schema: 1\nformat: libsvm\nclips: 3", "line 3: clips does not belong here; did you mean clip"
    ),
    ("schema: 1\nformat: libsvm\nmaximum_magnitudes: \"1:2\"", "clip is missing"),
    ("schema: 1\nformat: libsvm\nclip: 8\nmaximum_magnitudes: \"1:x\"", "line 4"),
    ("schema: 1\nformat: libsvm\nclip: 0\nmaximum_magnitudes: \"1:2\"", "clip is invalid: 0"),
    ("schema: 1\nformat: csv\ndelimiter: \",\"\ncolumns: [{name: a, type: text}]", "label"),
    ("schema: 1\nformat: csv\ndelimiter: \",\"\ncolumns: 3", "line 4: a list"),
    ("schema: 1\nformat: csv\ndelimiter: \",,\"\ncolumns: [{name: a, type: label}]", "one byte"),
    ("schema: 1\nformat: csv\ncolumns: [{name: a, type: label}]", "delimiter is missing"),
  ])
  func whatIsNoSchemaIsRefusedByLine(text: String, complaint: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    try workspace.write("s.yaml", text)
    let outcome = try workspace.train("t.csv", "--schema", "s.yaml")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains("s.yaml") && outcome.errors.contains(complaint), "\(outcome.errors)")
    #expect(!workspace.exists("m.lrs"))
  }

  @Test(arguments: [
    ("{name: x, type: complex}", "a type is"), ("{name: x}", "type is missing"),
    ("{type: text}", "name is missing"), ("{name: x, type: numeric}", "transform is missing"),
    ("{name: x, type: numeric, transform: log}", "a transform is"),
    ("{name: x, type: numeric, transform: symlog, mean: 1}", "standard_deviation is missing"),
    ("{name: x, type: numeric, transform: symlog, mean: a, standard_deviation: 1}", "finite"),
    ("{name: x, type: numeric, transform: symlog, mean: .inf, standard_deviation: 1}", "finite"),
    ("{name: x, type: numeric, transform: symlog, mean: 1, standard_deviation: 0}", "not finite"),
    ("{name: x, type: numeric, transform: raw, mean: 1}", "mean does not belong"),
    ("{name: x, type: numeric, transform: bins+slope, mean: 1}", "standard_deviation is missing"),
    (
      "{name: x, type: numeric, transform: bins+slope, mean: 1, standard_deviation: 1}",
      "edges is missing"
    ),
    (
      "{name: x, type: numeric, transform: bins+slope, mean: 1, standard_deviation: 1, edges: []}",
      "0 edges"
    ),
    (
      "{name: x, type: numeric, transform: bins+slope, mean: 1, standard_deviation: 1, "
        + "symlog_mean: 1, edges: [1]}", "symlog_standard_deviation is missing"
    ),
    (
      "{name: x, type: numeric, transform: symlog, mean: 1, standard_deviation: 1, symlog_mean: 1}",
      "symlog_mean does not belong"
    ),
    ("{name: x, type: numeric, transform: quantile, edges: [2, 1]}", "ascend"),
    (
      "{name: x, type: numeric, transform: standardize, mean: 1, standard_deviation: 1, edges: []}",
      "edges"
    ),
    ("{name: x, type: text, mean: 1}", "mean is for"), ("{name: x, type: label}", "label column"),
    ("{name: y, type: text}", "share a name"), ("{name: \"\\\\q\", type: text}", "backslash"),
    ("{name: x, type: text, colour: red}", "colour does not belong"), ("x", "a map"),
    ("{name: x, type: text}\ncrosses: [[x, y]]", "cannot be crossed"),
    ("{name: x, type: text}\ncrosses: [[x, z]]", "no column"),
    ("{name: x, type: text}\nngrams: 9", "n-grams"),
    ("{name: x, type: text}\nheader: 3", "true or"),
  ])
  func everyComplaintNamesTheLine(column: String, complaint: String) throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    try workspace.write(
      "s.yaml",
      "schema: 1\nformat: csv\ndelimiter: \",\"\ncolumns:\n- {name: y, type: label}\n- \(column)\n")
    let outcome = try workspace.train("t.csv", "--schema", "s.yaml")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
    #expect(outcome.errors.contains("what to do"))
  }

  @Test func aMissingFileAndAMissingColumnAreNamed() throws {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 20))
    #expect(try workspace.train("t.csv", "--schema", "none.yaml").status == 66)
    try workspace.trained("t.csv")
    try workspace.write("s.yaml", try schema(workspace))
    try workspace.write("u.csv", "label,amount\n1,2\n")
    let outcome = try workspace.train("u.csv", "--schema", "s.yaml")
    #expect(outcome.status == 64 && outcome.errors.contains("\"color\" is missing"))
  }
}
