import Foundation
import Learning

struct MissingReference: Error { var name: String }

/// An entry of tools/references/exact_solvers.json.
struct ExactReference: Decodable, Sendable {
  struct Weight: Decodable, Sendable {
    var slot: UInt32
    var values: [Double]
  }

  var name: String
  var loss: String
  var l1, l2: Double
  var rows: Int
  var objective: Double
  /// The objective at zero.
  var start: Double
  var biases: [Double]
  var nonzero: Int
  /// A few of the largest.
  var weights: [Weight]

  static func stored(_ name: String) throws -> ExactReference {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../tools/references/exact_solvers.json").standardized
    let all = try JSONDecoder().decode([ExactReference].self, from: Data(contentsOf: path))
    guard let found = all.first(where: { $0.name == name }) else {
      throw MissingReference(name: name)
    }
    return found
  }

  /// Where the rows of this entry are.
  static let files = [
    "heart_scale": "heart_scale/heart_scale", "a1a": "a9a/a1a", "a9a": "a9a/a9a.gz",
    "rcv1_small": "vw_reference/rcv1_small.train.libsvm", "dna": "dna/dna.scale.gz",
  ]

  /// Whether all files that the tests read are there.
  static let areFilesPresent =
    files.values.allSatisfy(SharedData.has) && SharedData.has("islp/Default.csv.gz")

  private var file: String { Self.files[String(name.prefix { $0 != " " })] ?? "" }

  var exactLoss: ModelLoss {
    loss == "squared" ? .squared : loss == "softmax" ? .softmax(classes: biases.count) : .logistic
  }

  func heldRows() throws -> HeldRows {
    switch exactLoss {
    case .squared: try SharedData.libsvm(file) { $0 }
    case .softmax: try SharedData.libsvm(file) { $0 - 1 }
    default: try SharedData.libsvm(file) { $0 > 0 ? 1 : 0 }
    }
  }
}
