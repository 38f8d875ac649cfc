package import Checkpoints
internal import Learning
package import ModelFile
public import Notices
internal import SparseBatches
internal import Training

/// The final figures of a merge.
public struct MergeSummary: Sendable {
  /// One object, keys as documented in "The command line".
  public let json: JSONValue
  /// A few lines for people.
  public let text: String

  /// - Parameters:
  ///   - states: that were named.
  ///   - touched: coordinates that any learner moved.
  ///   - state: where the merged state goes; nil: nowhere.
  package init(
    _ document: ModelDocument, _ header: StateHeader, states: Int, touched: Int, model: String,
    state: String?, seconds: Double
  ) {
    let model = (header: document.header, name: model)
    let loss = model.header.loss ?? .logistic
    let progressive = model.header.statistics.progressiveLoss.map { loss.shownMean($0) }
    let totals = header.totals
    let own = header.shares.reduce(0) { $0 + $1.rows }
    let shares = header.shares.map { share -> JSONValue in
      let rate = loss.isBinary && share.learnedRows > 0
      return .object([
        ("crc32", .string(share.identity.map { NumberText.hexadecimal($0.checksum) } ?? "")),
        ("rows", .integer(share.rows)),
        (
          "label_rate",
          rate ? .number(Double(share.positives) / Double(share.learnedRows)) : .null
        ),
        ("inputs", .integer(share.inputs.count)),
      ])
    }
    json = .object([
      ("schema", .integer(1)), ("command", .string("merge")), ("rows", .integer(totals.rows)),
      ("rows_bad", .integer(totals.badRows)), ("rows_of_base", .integer(totals.rows - own)),
      ("rows_sampled_out", .integer(totals.sampledOut)), ("features", .integer(totals.features)),
      ("states", .integer(states)), ("shards", .integer(header.shares.count)),
      ("shares", .array(shares)),
      ("evidence", .string(header.evidence?.rawValue ?? "")),
      ("touched_weights", .integer(touched)),
      ("nonzero_weights", .integer(document.weights.count)),
      ("collisions", CollisionText.json(model.header)),
      ("progressive_" + loss.meanKey, .optional(progressive)),
      ("rate", .optional(model.header.learner.online?.stepSize)),
      ("seconds", .number(seconds)), ("peak_rss_bytes", .integer(Machine.peakResidentBytes)),
      ("model", .path(model.name)), ("state", state.map { .path($0) } ?? .null),
    ])
    let place =
      model.name == "-" ? "standard output" : DisplayText.escape(path: model.name)
    text = """
      merged \(NumberText.grouped(header.shares.count)) learners of \(NumberText.grouped(own)) rows on \
      a base of \(NumberText.grouped(totals.rows - own)) in \(NumberText.fixed(seconds, 2)) s
      progressive \(loss.meanName) \(progressive.map { NumberText.fixed($0, 5) } ?? "undefined"), \
      \(NumberText.grouped(document.weights.count)) non-zero weights
      \(ProbabilityText.lines(model.header))model: \(place)\(state.map { "\nstate: \(DisplayText.escape(path: $0))" } ?? "")

      """
  }
}
