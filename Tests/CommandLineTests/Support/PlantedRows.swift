import Foundation

/// Even numbers from 0 to 1 (SplitMix64), the same in each run.
struct PlantedNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
  }
}

/// Rows of two standard normal columns whose labels are drawn from a logistic model.
struct PlantedRows {
  private var random: PlantedNumbers
  private let rows: Int
  /// Log-odds where both columns are 0.
  private let bias: Double

  init(seed: UInt64, rows: Int, bias: Double = -3) {
    random = PlantedNumbers(seed: seed)
    self.rows = rows
    self.bias = bias
  }

  private mutating func row() -> (text: String, probability: Double) {
    let radius = (-2 * log(1 - random.uniform())).squareRoot()
    let angle = 2 * Double.pi * random.uniform()
    let x = Int((1e4 * radius * cos(angle)).rounded())
    let z = Int((1e4 * radius * sin(angle)).rounded())
    let margin = bias + 0.9 * Double(x) / 1e4 - 0.6 * Double(z) / 1e4
    return ("\(x)e-4,\(z)e-4", 1 / (1 + exp(-margin)))
  }

  /// `train.csv` with drawn labels, and `test.csv`, where each row stands there as a positive
  /// weighted by its true probability and as a negative weighted by the rest: figures on it have no
  /// noise of labels.
  ///
  /// - Returns: positives of `train.csv`.
  @discardableResult
  func write(to workspace: Workspace, testRows: Int = 0) throws -> Int {
    var source = self
    var positives = 0
    var train = "label,x,z,w\n"
    for _ in 0..<rows {
      let (text, probability) = source.row()
      let label = source.random.uniform() < probability ? 1 : 0
      positives += label
      train += "\(label),\(text),1\n"
    }
    try workspace.write("train.csv", train)
    var test = "label,x,z,w\n"
    for _ in 0..<testRows {
      let (text, probability) = source.row()
      test += "1,\(text),\(probability)\n0,\(text),\(1 - probability)\n"
    }
    try workspace.write("test.csv", test)
    return positives
  }
}
