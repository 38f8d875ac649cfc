internal import ElementaryMath
internal import Featurizing
package import Learning
internal import ModelFile
internal import Notices
package import RowStream
package import SparseBatches

/// The features of a row that move its margin most: a name and weight × value for each, by falling
/// size, equal ones by slot. Of classes, the margin of the likeliest one is taken apart.
package struct Explanation: Sendable {
  private let model: ServedModel
  private let count: Int
  private let isCSV: Bool

  /// - Parameters:
  ///   - count: the most features.
  ///   - isCSV: how cells are written.
  package init(_ model: ServedModel, count: Int, isCSV: Bool = false) {
    self.model = model
    self.count = count
    self.isCSV = isCSV
  }

  private struct Part {
    var slot: UInt32
    var contribution: Double
  }

  /// The features themselves.
  ///
  /// - Parameter row: among the good ones.
  package func contributions(
    _ row: Int, of item: PipelineItem
  ) -> [(name: String, contribution: Double)] {
    parts(row, of: item).prefix(count).map {
      (name(ofSlot: $0.slot, row, of: item), $0.contribution)
    }
  }

  /// Appends them as cells to the item's text.
  ///
  /// - Parameter row: among the good ones.
  func write(_ row: Int, of item: PipelineItem) {
    let parts = parts(row, of: item)
    for place in 0..<count {
      item.text.append(separator)
      guard place < parts.count else {
        item.text.append(separator)
        continue
      }
      let name = Array(name(ofSlot: parts[place].slot, row, of: item).utf8)
      if isCSV {
        CellText.appendQuoted(name.span, to: &item.text)
      } else {
        CellText.append(name, to: &item.text)
      }
      item.text.append(separator)
      CellText.append(NumberText.nineDigits(parts[place].contribution).utf8, to: &item.text)
    }
  }

  /// As many cells, all empty.
  func writeBadRow(to text: inout GrowableBuffer<UInt8>) {
    for _ in 0..<2 * count { text.append(separator) }
  }

  private var separator: UInt8 { UInt8(ascii: isCSV ? "," : "\t") }

  private func parts(_ row: Int, of item: PipelineItem) -> [Part] {
    let output = model.loss.outputs > 1 ? model.loss.likeliest(item.margins, row: row) : 0
    var parts: [Part] = []
    for index in item.batch.features(ofRow: row) {
      let slot = item.batch.slots[index]
      let weight = Double(model.weight(ofSlot: slot, output: output))
      let contribution = weight * Double(item.batch.values[index])
      if contribution != 0 { parts.append(Part(slot: slot, contribution: contribution)) }
    }
    return parts.sorted {
      let (left, right) = (abs($0.contribution), abs($1.contribution))
      return left > right || left == right && $0.slot < $1.slot
    }
  }

  /// Names of the row's own features in a slot: several when they share it.
  private func name(ofSlot slot: UInt32, _ row: Int, of item: PipelineItem) -> String {
    let mask = model.header.schema.hashing.mask
    let names: [String]? = item.featurizer.withSightings { sightings in
      var names: [String] = []
      for index in sightings.features(ofRow: row) where sightings.hash(index) & mask == slot {
        let name = DisplayText.escape(sightings.name(index))
        if !names.contains(name) { names.append(name) }
      }
      return names
    }
    return (names ?? []).joined(separator: " + ")
  }
}

extension ModelLoss {
  /// The class that `evaluate` takes for predicted: the first of those that are likeliest, the
  /// positive one from a probability of 1/2 on.
  ///
  /// - Parameter scores: of all rows, as many a row as the loss has outputs.
  package func likeliest(_ scores: borrowing GrowableBuffer<Double>, row: Int) -> Int {
    guard outputs > 1 else { return Elementary.sigmoid(scores[row]) >= 0.5 ? 1 : 0 }
    let first = row * outputs
    var best = 0
    for output in 1..<outputs where scores[first + output] > scores[first + best] {
      best = output
    }
    return best
  }

  /// Appends what a row's scores are as probabilities: one of two classes, all of more; of numbers,
  /// the score itself.
  ///
  /// - Parameter scores: of all rows, as many a row as the loss has outputs.
  package func appendProbabilities(
    _ scores: borrowing GrowableBuffer<Double>, row: Int, to probabilities: inout [Double]
  ) {
    switch self {
    case .logistic, .probit: probabilities.append(Elementary.sigmoid(scores[row]))
    case .squared: probabilities.append(scores[row])
    case .softmax(let classes):
      let first = row * classes
      SoftmaxLoss.forEachProbability(scores, row: first..<first + classes) { _, probability, _ in
        probabilities.append(probability)
      }
    }
  }
}
