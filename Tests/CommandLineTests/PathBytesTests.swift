import Foundation
import Testing

/// Paths are bytes of any encoding: here of Latin-1, which no UTF-8 text can hold.
@Suite struct PathBytesTests {
  /// `caf\xE9` as the shell of the tests writes it.
  private static let name = "$'caf\\xe9'"

  private func workspace() throws -> Workspace {
    let workspace = try Workspace()
    try workspace.write("t.csv", Samples.table(rows: 400))
    return workspace
  }

  /// Runs a script in which `$n` is such a name, and `$d` a directory of such a name.
  private func run(_ workspace: Workspace, _ script: String) throws -> Outcome {
    try workspace.shell(
      """
      n=\(Self.name); d=$'r\\xe9p'; mkdir -p "$d"
      [ -e "$d/$n.csv" ] || { cp t.csv "$d/$n.csv"; gzip -nk "$d/$n.csv"; }
      train() { logreg-stream train --bits 10 --threads 1 "$@"; }
      \(script)
      """)
  }

  @Test func everyOptionThatTakesAPath() throws {
    let workspace = try workspace()
    try workspace.write("bad.csv", "label,amount,color\nx,1,red\n1,2,blue\n0,3,red\n")
    let outcome = try run(
      workspace,
      """
      train -q -o plain.lrs t.csv
      train -q -o "$d/$n.lrs" "$d/$n.csv"; cmp plain.lrs "$d/$n.lrs"
      train -q -o m.lrs "$d/$n.csv.gz"; cmp plain.lrs m.lrs
      train -q --report "$d/$n.html" --cache "$d/$n.cache" --epochs 2 -o m.lrs "$d/$n.csv"
      [ -s "$d/$n.html" ] && [ ! -e "$d/$n.cache" ]
      logreg-stream predict -m "$d/$n.lrs" -o "$d/$n.txt" "$d/$n.csv"
      logreg-stream predict -m plain.lrs t.csv | cmp - "$d/$n.txt"
      logreg-stream evaluate -m "$d/$n.lrs" --report "$d/$n.html" "$d/$n.csv" > /dev/null
      logreg-stream evaluate --predictions "$d/$n.txt" --label label t.csv > /dev/null
      logreg-stream inspect --schema "$d/$n.lrs" > "$d/$n.yaml"
      train -q --schema "$d/$n.yaml" -o m.lrs t.csv
      echo 'l1: 0.5' > "$d/$n.conf"; train -q --config "$d/$n.conf" -o m.lrs t.csv
      logreg-stream calibrate -q -m "$d/$n.lrs" -o "$d/$n.2" --calibrator platt "$d/$n.csv"
      train -q --max-bad-rows 1 --quarantine "$d/$n.bad" -o m.lrs bad.csv; [ -s "$d/$n.bad" ]
      train -q --checkpoint "$d/$n.state" -o m.lrs "$d/$n.csv"
      train --progress none --checkpoint "$d/$n.state" -o m.lrs "$d/$n.csv" 2> again
      logreg-stream inspect "$d/$n.state"
      LC_ALL=C ls -bA "$d"
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("r\\xE9p/caf\\xE9.csv"))
    let again = String(decoding: try workspace.read("again"), as: UTF8.self)
    #expect(again.contains("skipped: r\\xE9p/caf\\xE9.csv was learned already"), "\(again)")
    #expect(!outcome.text.contains("\u{FFFD}"))
  }

  @Test func messagesAndJSONShowTheBytes() throws {
    let workspace = try workspace()
    let outcome = try run(
      workspace,
      """
      train -q --json -o "$n.lrs" "$d/$n.csv" > json
      train -o m.lrs "gone$n" 2> gone || true
      printf 'label,a\n1,2\nx,3\n' > "$n.bad"; train -o m.lrs "$n.bad" 2> row || true
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: try workspace.read("json")) as? [String: Any])
    #expect(json["model"] as? String == "caf\\xE9.lrs")
    let inputs = try #require(json["inputs"] as? [[String: Any]])
    #expect(inputs[0]["path"] as? String == "r\\xE9p/caf\\xE9.csv")
    for name in ["gone", "row"] {
      let errors = String(decoding: try workspace.read(name), as: UTF8.self)
      #expect(errors.contains("caf\\xE9"), "\(errors)")
    }
  }

  /// Two spellings of an accented letter are equal texts to Swift, and two files to the system.
  @Test func twoSpellingsAreTwoFiles() throws {
    let workspace = try workspace()
    let outcome = try workspace.shell(
      """
      head -31 t.csv > $'\\xc3\\xa9.csv'; (head -1 t.csv; tail -n +32 t.csv) > $'e\\xcc\\x81.csv'
      logreg-stream train -q --json --bits 10 --label label --checkpoint state -o m.lrs \
        $'\\xc3\\xa9.csv' $'e\\xcc\\x81.csv'
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["rows"] as? Int == 400)
  }

  @Test func aLinkMayLeadToSuchAName() throws {
    let outcome = try run(
      try workspace(),
      "ln -s \"$d/$n.lrs\" link.lrs; train -q -o link.lrs t.csv; [ -s \"$d/$n.lrs\" ]")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
