import Foundation
import SparseBatches

@testable import Configuration
@testable import Featurizing
@testable import InputBytes

/// Framing of bytes into rows, as a reader does it in two pieces.
enum Framing {
  /// - Returns: nil when the bytes cannot be framed.
  static func chunk(_ bytes: ArraySlice<UInt8>, _ syntax: RowSyntax) -> RowChunk? {
    var framer = RowFramer(name: "input", syntax: syntax)
    var chunk = RowChunk(capacity: bytes.count + RowFramer.slack)
    for byte in bytes { chunk.bytes.append(byte) }
    guard let progress = try? framer.frame(&chunk, from: 0, atEnd: true) else { return nil }
    precondition(progress.consumed <= chunk.bytes.count, "more was framed than is there")
    chunk.header = framer.header
    return chunk
  }
}

/// Rows of one format, framed and made into features by schemas of many kinds.
final class RowTarget: FuzzTarget {
  enum Format { case csv, libsvm, vw }

  /// One schema with what was made of it.
  private final class Reader {
    let syntax: RowSyntax
    let schema: FeatureSchema
    let purpose: FeaturizingPurpose
    var featurizer: ChunkFeaturizer

    init(_ schema: FeatureSchema, _ syntax: RowSyntax, _ purpose: FeaturizingPurpose) {
      self.schema = schema
      self.syntax = syntax
      self.purpose = purpose
      featurizer = ChunkFeaturizer(
        schema: schema, purpose: purpose, details: RowDetails(recording: .nothing))
    }
  }

  private let format: Format
  private var readers: [Reader] = []
  private var batch = SparseBatch()
  private let register = FeatureRegister(hashing: FeatureHashing(bits: 10), nameLimit: 1 << 12)

  init(_ format: Format) {
    self.format = format
    let labels: [LabelRule] = [
      .convention, .number, .positive(ByteText("yes")), .classes([ByteText("a"), ByteText("b")]),
    ]
    for (index, rule) in labels.enumerated() {
      for purpose in [FeaturizingPurpose.learn, .predict] {
        let (source, kind) = Self.source(format, variant: index)
        let schema = FeatureSchema(source: source, hashing: FeatureHashing(bits: 10), labels: rule)
        let syntax = RowSyntax(kind: kind, maximumRowBytes: index == 3 ? 40 : 1 << 20)
        readers.append(Reader(schema, syntax, purpose))
      }
    }
  }

  private static func source(
    _ format: Format, variant: Int
  ) -> (FeatureSchema.Source, RowSyntax.Kind) {
    switch format {
    case .libsvm:
      let scales = IndexScales(indices: [1, 5], magnitudes: [2, 4], clip: 8)
      return (.libsvm(variant % 2 == 0 ? nil : scales), .lines(comment: UInt8(ascii: "#")))
    case .vw: return (.vw, .lines(comment: nil))
    case .csv:
      guard case .csv(var columns) = SampleModel.schema.source else { fatalError("no columns") }
      columns.hasHeader = variant % 2 == 0
      if variant > 1 { columns.quote = nil }
      let kind = RowSyntax.Kind.delimited(
        delimiter: columns.delimiter, quote: columns.quote, hasHeader: columns.hasHeader)
      return (.csv(columns), kind)
    }
  }

  func run(_ bytes: [UInt8]) {
    guard let choice = bytes.first else { return }
    let reader = readers[Int(choice) % readers.count]
    var text = bytes.dropFirst()
    // Most inputs are rows, some bring a header of their own.
    if format == .csv, choice & 128 == 0, reader.syntax.kind.hasHeader {
      text = Array("label,a,b,w,t,q\n".utf8) + text
    }
    guard let chunk = Framing.chunk(text, reader.syntax) else { return }
    expectAnswer { () throws(RunFailure) in
      if reader.syntax.kind.hasHeader {
        reader.featurizer = ChunkFeaturizer(schema: reader.schema, purpose: reader.purpose)
      }
      _ = try reader.featurizer.featurize(chunk, .undecided, into: &batch)
    }
    for row in 0..<batch.rowCount {
      for index in batch.features(ofRow: row) {
        precondition(batch.values[index].isFinite && batch.slots[index] < 1024)
      }
      precondition(batch.weights[row] >= 0 && batch.weights[row].isFinite)
    }
    register.take(&reader.featurizer)
  }

  var seeds: [[UInt8]] {
    let texts: [String] =
      switch format {
      case .csv:
        [
          "1,2.5,red,1,some words here,2\n0,-1e3,\"bl\"\"ue\",0.5,\"a\nb\",?\n",
          "1,NA,,,,\r\n0,,,,,\r\n",
          "yes,1,2,3,4,5\nno,1,2,3,4,5", "label,a,b,w,t,q\n1,2,3,1,5,6\n",
          "a,1,2,1,4,5\nb,0x1p3,2,1,4,5\n",
        ]
      case .libsvm:
        [
          "1 1:0.5 7:2\n0 5:1e-3 # text\n", "+1 qid:3 2:1\n-1 18446744073709551615:1\n",
          "a 1:1\nb 2:nan\n",
        ]
      case .vw:
        [
          "1 |a x:1 y:2 |b z\n-1 |c q\n", "1 2.0 'tag|ns:3 price:.23 sqft:.25\n", "yes | a b c\n",
          "a 0.5 | x\n",
        ]
      }
    return readers.indices.flatMap { index in
      texts.map { [UInt8(index)] + Array($0.utf8) }
    }
  }
}

extension RowSyntax.Kind {
  fileprivate var hasHeader: Bool {
    if case .delimited(_, _, let hasHeader) = self { hasHeader } else { false }
  }
}

/// What is found in rows that nothing is known of: format, delimiter, columns, scales, classes.
final class InferenceTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    [
      "label,a,b\n1,2,x\n0,3,y\n", "label;a;b\n1;2;x y z\n", "1 1:2\n0 2:3\n", "1 |a b:1\n",
      "a\tlabel\n1\t0\n",
      "label,\"a\nb\"\n1,2\n",
    ].flatMap { text in (0..<4).map { [UInt8($0)] + Array(text.utf8) } }
  }

  func run(_ bytes: [UInt8]) {
    guard let choice = bytes.first else { return }
    let text = bytes.dropFirst()
    expectAnswer { () throws(RunFailure) in
      switch FormatSniffer.format(name: "input", prefix: Array(text)).format {
      case .libsvm:
        guard let chunk = Framing.chunk(text, RowSyntax(kind: .lines(comment: 35))) else { return }
        var fitting = IndexScaleFitting(rows: 100)
        fitting.add(chunk)
        try use(.libsvm(fitting.scales(clip: 8)), chunk)
      case .vw:
        guard let chunk = Framing.chunk(text, RowSyntax(kind: .lines(comment: nil))) else { return }
        try use(.vw, chunk)
      case .csv, .automatic: try inferColumns(text, choice)
      }
    }
  }

  private func inferColumns(_ text: ArraySlice<UInt8>, _ choice: UInt8) throws(RunFailure) {
    var options = ReadingOptions()
    options.hashing = FeatureHashing(bits: 10)
    options.hasHeader = choice & 1 == 0
    if choice & 2 != 0 { options.quote = .none }
    if choice & 4 != 0 {
      options.transforms = TransformOptions([
        TransformOptions.Entry(pattern: nil, choice: .quantile)
      ])
    }
    let line = FormatSniffer.firstLine(of: Array(text), quote: options.quote.byte)
    let delimiter = FormatSniffer.delimiter(ofHeader: line, quote: options.quote.byte)
    let syntax = RowSyntax(
      kind: .delimited(
        delimiter: delimiter, quote: options.quote.byte, hasHeader: options.hasHeader))
    guard let chunk = Framing.chunk(text, syntax) else { return }
    var inference = try SchemaInference(options: options, delimiter: delimiter, firstLine: line)
    inference.add(chunk)
    let schema = try inference.schema()
    _ = inference.advice(on: schema)
    if let defect = schema.defect {
      preconditionFailure("an inferred schema is unusable: \(defect)")
    }
    try use(schema.source, chunk)
    precondition(
      SchemaFile(source: schema.source, name: "input").text.isEmpty == false, "no schema text")
  }

  private func use(
    _ source: FeatureSchema.Source, _ chunk: borrowing RowChunk
  ) throws(RunFailure) {
    let schema = FeatureSchema(
      source: source, hashing: FeatureHashing(bits: 10), labels: .classes([]))
    var discovery = ClassDiscovery(schema: schema, rows: 100, maximumRowBytes: 1 << 20)
    try discovery.add(chunk)
    _ = try discovery.classes()
  }
}

/// A schema file.
final class SchemaTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    let sources: [FeatureSchema.Source] = [
      SampleModel.schema.source, .vw,
      .libsvm(IndexScales(indices: [1, 5], magnitudes: [2, 4], clip: 8)),
    ]
    return sources.map { Array(SchemaYAML.text($0).utf8) }
      + [
        Array(
          "schema: 1\nformat: csv\ndelimiter: \",\"\ncolumns:\n  - name: a\n    type: label\n".utf8),
        Array("# c\n'a': [1, \"b\\n\", {c: d}]\n".utf8),
      ]
  }

  func run(_ bytes: [UInt8]) {
    expectAnswer { () throws(RunFailure) in
      let source = try SchemaYAML.source(of: bytes, named: "input")
      let again = try SchemaYAML.source(of: Array(SchemaYAML.text(source).utf8), named: "again")
      precondition(again == source, "a schema does not survive being written")
    }
  }
}
