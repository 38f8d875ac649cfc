import Foundation

/// What stands in tools/references/calibrators.json.
struct CalibratorReferences: Decodable, Sendable {
  struct Isotonic: Decodable, Sendable {
    var probes: [Double]
    var values: [Double]
  }

  struct Binary: Decodable, Sendable {
    var name: String
    var margins: [Double]
    var labels: [Int]
    var weights: [Double]
    var platt: [Double]
    var beta: [Double]
    var isotonic: Isotonic

    var rows: [ScoredRow] {
      margins.indices.map {
        ScoredRow(margin: margins[$0], label: labels[$0] == 1, weight: weights[$0])
      }
    }
  }

  struct Close: Decodable, Sendable {
    var margins: [Double]
    var labels: [Int]
    var platt: [Double]
  }

  struct Softmax: Decodable, Sendable {
    var name: String
    var margins: [[Double]]
    var labels: [Int]
    var weights: [Double]
    var temperature: Double
  }

  var binary: [Binary]
  var close: Close
  var softmax: [Softmax]

  static func stored() throws -> CalibratorReferences {
    try storedReference("calibrators.json")
  }
}

/// A file of tools/references.
func storedReference<Value: Decodable>(_ name: String) throws -> Value {
  let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../tools/references/\(name)").standardized
  return try JSONDecoder().decode(Value.self, from: Data(contentsOf: path))
}
