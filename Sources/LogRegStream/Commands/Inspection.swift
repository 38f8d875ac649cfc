internal import Featurizing
internal import Learning
internal import ModelFile
public import SparseBatches

/// The `inspect` command: what a model is.
public struct Inspection: Sendable {
  let document: ModelDocument
  private let meaning: WeightMeaning

  /// - Parameter path: a model; `-` is standard input.
  /// - Throws: `RunFailure`: missingInput or badData.
  public init(path: String) throws(RunFailure) {
    self.init(try ModelDocument.read(from: path))
  }

  init(_ document: ModelDocument) {
    self.document = document
    meaning = WeightMeaning(document)
  }

  /// How rows become features, as a file for `--schema`.
  public var schemaText: String { SchemaYAML.text(document.header.schema.source) }

  /// A description for people.
  ///
  /// - Parameter top: how many of the largest weights to list; nil: none.
  public func text(top: Int?) -> String {
    InspectionText.lines(self, top: top).joined(separator: "\n") + "\n"
  }

  /// Everything as one object.
  public func json(top: Int?) -> JSONValue { InspectionJSON.object(self, top: top) }

  /// Writes every non-zero weight as a line: slot, weight, for softmax its class, name where it is
  /// known.
  public func writeWeights<Failure: Error>(
    _ write: (String) throws(Failure) -> Void
  ) throws(Failure) {
    var text = ""
    let (slots, outputs) = (document.weights.slots, document.weights.outputs)
    let weights = document.weights.weights
    for index in weights.indices {
      let slot = slots[index]
      let words = [className(index, outputs), meaning.name(ofSlot: slot)].compactMap { $0 }
      text += "\(slot)\t\(weights[index])"
      text += words.map { "\t" + $0 }.joined() + "\n"
      guard text.utf8.count > 1 << 16 else { continue }
      try write(text)
      text = ""
    }
    if !text.isEmpty { try write(text) }
  }

  /// One of the largest weights.
  struct Entry {
    var slot: UInt32
    var weight: Float
    /// nil unless the model has classes.
    var className: String?
    var name: String?
    var odds: WeightMeaning.OddsRatios
  }

  /// By falling size, equal ones by slot, then class.
  func largest(_ count: Int) -> [Entry] {
    let weights = document.weights.weights
    let (slots, outputs) = (document.weights.slots, document.weights.outputs)
    let order = weights.indices.sorted {
      abs(weights[$0]) > abs(weights[$1]) || abs(weights[$0]) == abs(weights[$1]) && $0 < $1
    }
    return order.prefix(count).map { index in
      Entry(
        slot: slots[index], weight: weights[index], className: className(index, outputs),
        name: meaning.name(ofSlot: slots[index]),
        odds: meaning.oddsRatios(ofSlot: slots[index], weight: weights[index]))
    }
  }

  /// Part of the weights that are not zero.
  var occupancy: Double {
    Double(document.weights.count)
      / (Double(1 << document.header.schema.hashing.bits) * Double(loss.outputs))
  }

  var loss: ModelLoss { document.header.loss ?? .logistic }

  /// The mean loss while training, as it is shown.
  var progressive: Double? {
    document.header.statistics.progressiveLoss.map { loss.shownMean($0) }
  }

  /// - Parameter outputs: of all weights.
  private func className(_ index: Int, _ outputs: [UInt32]) -> String? {
    let classes = document.header.schema.labels.classes
    return classes.isEmpty ? nil : classes[Int(outputs[index])].display
  }
}
