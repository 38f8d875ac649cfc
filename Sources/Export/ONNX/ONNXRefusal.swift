internal import Featurizing
internal import SparseBatches

/// What a graph cannot say exactly.
enum ONNXRefusal {
  /// Names of the outputs.
  static let outputs = ["margin", "probability", "class"]

  /// - Throws: usage, naming the column, what it is, and the reason.
  static func check(_ columns: ExportedColumns) throws(RunFailure) {
    guard !columns.columns.isEmpty else { throw refusal("the model has no column with features") }
    for column in columns.columns {
      let name = column.name.display
      guard column.name.isText, !column.name.bytes.contains(0) else {
        throw refusal("the name of column \"\(name)\" is no text in UTF-8")
      }
      guard !outputs.contains(column.name.text) else {
        throw refusal("column \"\(name)\" has the name of one of the graph's outputs")
      }
      guard !column.name.text.hasPrefix(ONNXGraph.prefix), !column.name.bytes.isEmpty else {
        throw refusal("column \"\(name)\" has a name that values inside the graph have")
      }
    }
  }

  private static func refusal(_ reason: String) -> RunFailure {
    RunFailure(
      .usage, "--to onnx cannot say this model exactly: \(reason)", cure: "export to c or json")
  }
}
