internal import ElementaryMath
internal import Featurizing
package import ModelFile
internal import SparseBatches

/// What is behind a model's weights: names of features, and what a weight does to the odds.
package struct WeightMeaning {
  private let names: FeatureNames
  /// Features that the schema alone knows: numeric columns and missing values.
  private var known: [UInt32: Known] = [:]
  private let hasOdds: Bool

  private struct Known {
    var name: [UInt8]
    /// Of a column of numbers.
    var scale: NumericScale?
  }

  /// Factors on the odds; nil where there is no such factor.
  package struct OddsRatios {
    /// When the feature's value, as it is learned from, grows by one: e^weight.
    package var asLearned: Double?
    /// When the feature is there, or its number grows by one.
    package var perUnit: Double?
    /// When the number grows by the standard deviation of its column; with `symlog`, its logarithm
    /// by that of the logarithms.
    package var perStandardDeviation: Double?
  }

  package init(_ document: ModelDocument) {
    names = document.names
    // e^weight is a ratio of odds: of the positive class, or of a class to one of weight 0.
    hasOdds = ["logistic", "softmax"].contains(document.header.learner.loss)
    let schema = document.header.schema
    guard case .csv(let csv) = schema.source else { return }
    for column in csv.columns {
      let seed = schema.hashing.columnSeed(column.name)
      switch column.role {
      case .label, .weight, .ignored: continue
      case .numeric(let scale):
        known[seed & schema.hashing.mask] = Known(name: column.name.bytes, scale: scale)
      case .binned(let bins): addBins(bins, column.name, seed, schema.hashing)
      case .binsAndSlope(let number):
        addBins(number.bins, column.name, seed, schema.hashing)
        if let scale = number.logarithm {
          let slot = BinsAndSlope.logarithmHash(columnSeed: seed) & schema.hashing.mask
          let words = Array(BinsAndSlope.logarithmWords.utf8)
          known[slot] = Known(name: column.name.bytes + words, scale: scale)
        }
        known[seed & schema.hashing.mask] = Known(name: column.name.bytes, scale: number.slope)
      case .categorical, .text: break
      }
      known[MurmurHash3.hash([], seed: seed) & schema.hashing.mask] = Known(
        name: column.name.bytes + Array("=(missing)".utf8))
    }
  }

  private mutating func addBins(
    _ bins: QuantileBins, _ name: ByteText, _ seed: UInt32, _ hashing: FeatureHashing
  ) {
    for bin in 0...bins.edges.count {
      let slot = MurmurHash3.hash(decimal: bin, seed: seed) & hashing.mask
      known[slot] = Known(name: name.bytes + Array(" \(bins.words(bin))".utf8))
    }
  }

  /// A feature's name, safe to print; nil when it is not known.
  package func name(ofSlot slot: UInt32) -> String? {
    if let name = names.name(ofSlot: slot) { return DisplayText.escape(name) }
    return known[slot].map { DisplayText.escape($0.name) }
  }

  package func oddsRatios(ofSlot slot: UInt32, weight: Float) -> OddsRatios {
    guard hasOdds else { return OddsRatios() }
    let weight = Double(weight)
    let asLearned = Elementary.exp(weight)
    // Another feature may have come first to the slot of a numeric column: then it has its name.
    guard let known = known[slot], let scale = known.scale,
      names.name(ofSlot: slot)?.elementsEqual(known.name) ?? true
    else { return OddsRatios(asLearned: asLearned, perUnit: asLearned) }
    switch scale.transform {
    case .standardize:
      return OddsRatios(
        asLearned: asLearned, perUnit: Elementary.exp(weight / scale.standardDeviation),
        perStandardDeviation: asLearned)
    // A unit more moves the logarithm by no fixed amount.
    case .symlog: return OddsRatios(asLearned: asLearned, perStandardDeviation: asLearned)
    // The deviation of a raw number is not known.
    case .raw: return OddsRatios(asLearned: asLearned, perUnit: asLearned)
    }
  }
}
