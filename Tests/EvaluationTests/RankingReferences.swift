/// What stands in tools/references/ranking_metrics.json.
struct RankingReferences: Decodable, Sendable {
  struct Decided: Decodable, Sendable {
    var threshold: Double
    var share: Double
    var precision: Double
    var recall: Double
    var f1: Double
    var lift: Double
  }

  struct Cheapest: Decodable, Sendable {
    var cost: Double
    var threshold: Double?
  }

  struct Case: Decodable, Sendable {
    var name: String
    var margins: [Double]
    var labels: [Int]
    var weights: [Double]
    var aucError: Double
    var logLossError: Double
    var ratioError: Double
    var eceIfPerfect: Double
    var tops: [Decided]
    var bestF1: Decided
    var largestF1: Double
    var cheapest: Cheapest
    var cheapestOther: Cheapest

    var rows: [ScoredRow] {
      margins.indices.map {
        ScoredRow(margin: margins[$0], label: labels[$0] == 1, weight: weights[$0])
      }
    }
  }

  struct Lists: Decodable, Sendable {
    var name: String
    var groups: [Int]
    var scores: [Double]
    var labels: [Int]
    var cutoff: Int
    var groupCount: Int
    var withPositives: Int
    var withBoth: Int
    var ndcg: Double
    var ndcgError: Double
    var groupAUC: Double
  }

  var cases: [Case]
  var groups: [Lists]

  static func stored() throws -> RankingReferences { try storedReference("ranking_metrics.json") }
}
