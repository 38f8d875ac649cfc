internal import ElementaryMath
internal import Featurizing
internal import ModelFile
internal import SparseBatches

/// What is behind a model's weights: names of features, and what a weight does to the odds.
struct WeightMeaning {
  private let names: FeatureNames
  /// Features that the schema alone knows: numeric columns and missing values.
  private var known: [UInt32: Known] = [:]
  private let hasOdds: Bool

  private struct Known {
    var name: [UInt8]
    /// Of a number that is standardized.
    var standardDeviation: Double?
  }

  /// Factors on the odds; nil where there is no such factor.
  struct OddsRatios {
    /// When the feature's value, as it is learned from, grows by one: e^weight.
    var asLearned: Double?
    /// When the feature is there, or its number grows by one.
    var perUnit: Double?
    /// When the number grows by the standard deviation of its column.
    var perStandardDeviation: Double?
  }

  init(_ document: ModelDocument) {
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
        known[seed & schema.hashing.mask] = Known(
          name: column.name.bytes, standardDeviation: scale.standardDeviation)
      case .categorical: break
      }
      known[MurmurHash3.hash([], seed: seed) & schema.hashing.mask] = Known(
        name: column.name.bytes + Array("=(missing)".utf8))
    }
  }

  /// A feature's name, safe to print; nil when it is not known.
  func name(ofSlot slot: UInt32) -> String? {
    if let name = names.name(ofSlot: slot) { return DisplayText.escape(name) }
    return known[slot].map { DisplayText.escape($0.name) }
  }

  func oddsRatios(ofSlot slot: UInt32, weight: Float) -> OddsRatios {
    guard hasOdds else { return OddsRatios() }
    let weight = Double(weight)
    let asLearned = Elementary.exp(weight)
    // Another feature may have come first to the slot of a numeric column: then it has its name.
    guard let known = known[slot], let deviation = known.standardDeviation,
      names.name(ofSlot: slot)?.elementsEqual(known.name) ?? true
    else { return OddsRatios(asLearned: asLearned, perUnit: asLearned) }
    return OddsRatios(
      asLearned: asLearned, perUnit: Elementary.exp(weight / deviation),
      perStandardDeviation: asLearned)
  }
}
