import Foundation

/// Inputs that several tests share.
enum Samples {
  static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func fixture(_ name: String) -> String {
    packageRoot.appendingPathComponent("Fixtures/\(name)").path
  }

  static let flights = fixture("flights-train.csv.gz")
  static let flightsTest = fixture("flights-test.csv.gz")
  static let flightsLibSVM = fixture("flights-train.libsvm.gz")

  /// A shell command: lines of the flights as VW text, namespace = column and feature = value.
  static let flightsAsVW = #"""
    awk -F, -v OFS= 'NR > 1 { print $1, (NR % 3 ? "" : " 2.5"), " '"'"'f", NR, "|month ", $2,
      " |day ", $3, " |hour ", $4, "|carrier:0.5 ", $5, " |flight ", $6, " |origin ", $7,
      "|dest ", $8, " | distance:", $9 / 1000 }'
    """#

  /// A public data set beside the package; nil when it is not there.
  static func shared(_ name: String) -> String? {
    let path = packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data/\(name)")
      .path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// `label,amount,color`: learnable, the same every time.
  static func table(rows: Int, header: Bool = true) -> String {
    let colors = ["red", "green", "blue", "grey"]
    let lines = (0..<rows).map { row in
      let amount = (row &* 7919) % 101
      let label = (amount + (row % 4) * 20 > 80) ? 1 : 0
      return "\(label),\(amount),\(colors[row % 4])\n"
    }
    return (header ? "label,amount,color\n" : "") + lines.joined()
  }
}
