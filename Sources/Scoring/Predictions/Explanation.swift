internal import Featurizing
internal import ModelFile
internal import Notices
internal import RowStream
internal import SparseBatches

/// The features of a row that move its margin most, as cells behind its figures: a name and weight ×
/// value for each, by falling size, equal ones by slot.
struct Explanation: Sendable {
  private let model: ServedModel
  private let count: Int
  private let isCSV: Bool

  init(_ model: ServedModel, count: Int, isCSV: Bool) {
    self.model = model
    self.count = count
    self.isCSV = isCSV
  }

  private struct Part {
    var slot: UInt32
    var contribution: Double
  }

  /// - Parameters:
  ///   - row: among the good ones.
  ///   - output: whose margin is taken apart.
  func write(_ row: Int, of item: PipelineItem, output: Int) {
    let parts = parts(row, of: item, output: output)
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

  private func parts(_ row: Int, of item: PipelineItem, output: Int) -> [Part] {
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
