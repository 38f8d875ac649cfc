internal import Featurizing
internal import ModelFile
public import SparseBatches

/// The `inspect` command: what a model is.
public struct Inspection: Sendable {
  let document: ModelDocument
  private let meaning: WeightMeaning

  /// - Parameter path: a model; `-` is standard input.
  /// - Throws: `RunFailure`: missingInput or badData.
  public init(path: String) throws(RunFailure) {
    document = try ModelDocument.read(from: path)
    meaning = WeightMeaning(document)
  }

  /// A description for people.
  ///
  /// - Parameter top: how many of the largest weights to list; nil: none.
  public func text(top: Int?) -> String {
    InspectionText.lines(self, top: top).joined(separator: "\n") + "\n"
  }

  /// Everything as one object.
  public func json(top: Int?) -> JSONValue { InspectionJSON.object(self, top: top) }

  /// Writes every non-zero weight as a line: slot, weight, name where it is known.
  public func writeWeights<Failure: Error>(
    _ write: (String) throws(Failure) -> Void
  ) throws(Failure) {
    var text = ""
    for (slot, weight) in zip(document.weights.slots, document.weights.weights) {
      let name = meaning.name(ofSlot: slot).map { "\t" + $0 } ?? ""
      text += "\(slot)\t\(weight)\(name)\n"
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
    var name: String?
    var odds: WeightMeaning.OddsRatios
  }

  /// By falling size, equal ones by slot.
  func largest(_ count: Int) -> [Entry] {
    let weights = document.weights.weights
    let slots = document.weights.slots
    let order = weights.indices.sorted {
      abs(weights[$0]) > abs(weights[$1]) || abs(weights[$0]) == abs(weights[$1]) && $0 < $1
    }
    return order.prefix(count).map { index in
      Entry(
        slot: slots[index], weight: weights[index], name: meaning.name(ofSlot: slots[index]),
        odds: meaning.oddsRatios(ofSlot: slots[index], weight: weights[index]))
    }
  }

  /// Part of the slots that have a weight.
  var occupancy: Double {
    Double(document.weights.count) / Double(1 << document.header.schema.hashing.bits)
  }
}
