import Featurizing
import SparseBatches
import Testing

@testable import Configuration

/// Schema files for those who use the library.
@Suite struct SchemaFileLibraryTests {
  private static let text =
    "schema: 1\nformat: csv\ndelimiter: \";\"\ncolumns: [{name: y, type: label}]\n"

  @Test func commentsAndLayoutDoNotCount() throws {
    let one = try SchemaFile(text: Self.text, name: "one")
    let two = try SchemaFile(
      text: "# why\nformat: 'csv'\nschema: 1\ndelimiter: ';'\ncolumns:\n- name: y\n  type: label\n",
      name: "two")
    #expect(one.checksum == two.checksum && one.text == two.text)
    let other = try SchemaFile(text: Self.text + "clip: 3\n", name: "one")
    #expect(other.checksum != one.checksum)
    #expect(try SchemaFile(text: one.text, name: "again").checksum == one.checksum)
  }

  @Test func whatIsWrongIsNamedByLine() {
    let failure = #expect(throws: RunFailure.self) {
      try SchemaFile(text: "schema: 1\nformat: &a csv\n", name: "s.yaml")
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains("s.yaml line 2: anchors") == true)
    let missing = #expect(throws: RunFailure.self) { try SchemaFile(path: "/nowhere/s.yaml") }
    #expect(missing?.kind == .missingInput)
  }

  @Test func itTakesThePlaceOfOptions() throws {
    var reading = ReadingConfiguration()
    reading.schema = try SchemaFile(text: Self.text, name: "s.yaml")
    let options = try reading.readingOptions(loss: .logistic)
    #expect(options.source == reading.schema?.source)
    reading.label = "y"
    #expect(throws: RunFailure.self) { try reading.readingOptions(loss: .logistic) }
  }
}
