package import Configuration
internal import CyclicChecksum
internal import Featurizing
internal import ModelFile
internal import Notices
internal import Scoring
package import SparseBatches

/// A model in the form of its target, not written yet.
package struct Artefact: Sendable {
  let configuration: ExportConfiguration
  let document: ModelDocument
  let model: ExportedModel
  /// Each file and its bytes; the artefact itself comes first.
  private let files: [(path: String, bytes: [UInt8])]

  /// - Throws: usage where the target cannot say what the model does; what reading a model throws.
  package init(_ configuration: ExportConfiguration) throws(RunFailure) {
    self.configuration = configuration
    let container = try Container.read(from: configuration.model, expecting: .model)
    document = try ModelDocument(container)
    let checksum = String(CRC32.extend(0, container.encoded().span), radix: 16)
    let origin = ExportOrigin(
      name: Self.lastComponent(of: configuration.model),
      checksum: String(repeating: "0", count: 8 - checksum.count) + checksum,
      program: BuildInformation.program)
    model = try ExportedModel(document, origin: origin)
    files = try Self.files(of: model, configuration)
  }

  private static func files(
    of model: ExportedModel, _ configuration: ExportConfiguration
  ) throws(RunFailure) -> [(path: String, bytes: [UInt8])] {
    let path = configuration.destination
    switch configuration.target {
    case .c:
      let header = configuration.headerPath
      let headerName = header.map(lastComponent) ?? "model.h"
      let source = (path, Array(CExport.source(model, headerName: headerName).utf8))
      guard let header else { return [source] }
      return [source, (header, Array(CExport.header(model, headerName: headerName).utf8))]
    case .json: return [(path, Array((try JSONExport.document(model).text + "\n").utf8))]
    case .onnx: return [(path, try ONNXExport.model(model))]
    case .sql:
      guard let dialect = configuration.dialect else { return [] }
      let script = try SQLExport.script(model, dialect, table: configuration.tableName)
      return [(path, Array(script.utf8))]
    }
  }

  /// `-` is standard input's model.
  private static func lastComponent(of path: String) -> String {
    guard path != "-" else { return "standard input" }
    return path.split(separator: "/").last.map { DisplayText.escape(path: String($0)) } ?? path
  }

  /// Paths of the files; none on standard output.
  package var paths: [String] { files.map(\.path).filter { $0 != "-" } }

  package var byteCount: Int { files.reduce(0) { $0 + $1.bytes.count } }

  package var weightCount: Int { model.weights.count }

  /// All files appear, or none.
  ///
  /// - Throws: cannotCreate or inputOutput.
  package func publish() throws(RunFailure) {
    guard configuration.destination != "-" else {
      var output = DescriptorOutput.standardOutput()
      let bytes = files[0].bytes
      try output.write(bytes.span)
      return try output.flush()
    }
    var staged: [StagedOutput] = []
    for file in files {
      staged.append(
        try AtomicOutput.stage(file.path) { output throws(RunFailure) in
          let bytes = file.bytes
          try output.write(bytes.span)
        })
    }
    for output in staged { try output.publish() }
  }
}
