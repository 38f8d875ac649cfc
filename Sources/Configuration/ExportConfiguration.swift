package import SparseBatches

/// A model to be written for another program, and where it goes.
public struct ExportConfiguration: Sendable {
  /// What the model becomes.
  public enum Target: String, CaseIterable, Sendable {
    /// A graph for ONNX Runtime.
    case onnx
    /// A script for a database.
    case sql
    /// A source and a header in C99.
    case c
    /// Everything that scoring needs, as one document.
    case json
  }

  /// Whose SQL it is.
  public enum Dialect: String, CaseIterable, Sendable {
    case duckdb, clickhouse, postgres, spark
  }

  /// Path of the model; `-` is standard input.
  public var model: String
  /// What the model becomes.
  public var target: Target
  /// Where it goes; `-` is standard output. C: the header lies beside it.
  public var destination: String
  /// Whose SQL it is; of SQL alone.
  public var dialect: Dialect?
  /// The table that the script reads, of SQL alone; nil: `rows`.
  public var table: String?
  /// Rows to score with the artefact's own runtime, and with us.
  public var check: String?

  /// - Parameters:
  ///   - model: path of the model.
  ///   - target: what the model becomes.
  ///   - destination: where it goes.
  public init(model: String, target: Target, destination: String) {
    self.model = model
    self.target = target
    self.destination = destination
  }

  /// The table that the script reads.
  public var tableName: String { table ?? "rows" }

  /// The header beside a C source: `model.h` for `model.c`; nil where there is none.
  public var headerPath: String? {
    guard target == .c, destination != "-" else { return nil }
    let stem = destination.hasSuffix(".c") ? String(destination.dropLast(2)) : destination
    return stem + ".h"
  }

  /// - Throws: `RunFailure` of kind usage, naming the option.
  package func validate() throws(RunFailure) {
    if target == .sql, dialect == nil {
      throw RunFailure(
        .usage, "--to sql needs a --dialect",
        cure: Dialect.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if target != .sql {
      for (option, isGiven) in [("--dialect", dialect != nil), ("--table", table != nil)]
      where isGiven {
        throw RunFailure(
          .usage, "\(option) is for --to sql, and this is --to \(target.rawValue)", cure: "drop it")
      }
    }
    guard !tableName.isEmpty, !tableName.utf8.contains(0) else {
      throw RunFailure(.usage, "--table must be the name of a table")
    }
    guard check != "-" else {
      throw RunFailure(.usage, "--check needs the name of a file, not -")
    }
    guard check == nil || destination != "-" else {
      throw RunFailure(
        .usage, "--check runs what was written, and standard output cannot be read again",
        cure: "name a file with -o")
    }
    var files = OutputGuard()
    files.reads(model)
    files.reads(check)
    if destination == "-" {
      files.writesStandardOutput()
    } else {
      files.writes("-o", destination)
    }
    files.writes("the header", headerPath)
    try files.check()
  }
}
