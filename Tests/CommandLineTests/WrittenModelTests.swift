import Foundation
import Testing

/// A model that was written is one that `predict` reads: of every optimizer, loss and kind of input.
@Suite struct WrittenModelTests {
  private static let kinds = ["csv", "svm", "vw"]
  private static let count = 60

  /// Of class 0, 1 or 2, of two classes, or a number.
  private static func label(_ row: Int, _ loss: String) -> String {
    switch loss {
    case "softmax": String(row * 7 % 3)
    case "squared": String(Double(row % 5) / 2 - 1)
    default: row * 7 % 3 == 0 ? "1" : "0"
    }
  }

  private static func text(_ kind: String, _ loss: String) -> String {
    let rows = (0..<count).map { row in
      let (label, word, number) = (label(row, loss), row % 4, Double(row * 31 % 17) / 4)
      return switch kind {
      case "csv": "\(label),w\(word),\(number)\n"
      case "svm": "\(label) \(word + 1):1 9:\(number)\n"
      default:
        "\(label == "0" && loss != "softmax" ? "-1" : label) |a w\(word) |n x:\(number)\n"
      }
    }
    return (kind == "csv" ? "label,word,number\n" : "") + rows.joined()
  }

  @Test(arguments: ["ftrl", "sgd", "adagrad", "lbfgs", "newton"])
  func everyModelIsRead(optimizer: String) throws {
    let workspace = try Workspace()
    for loss in ["logistic", "probit", "squared", "softmax"] {
      for kind in Self.kinds {
        try workspace.write("t.\(kind)", Self.text(kind, loss))
        let isExact = optimizer == "lbfgs" || optimizer == "newton"
        var variants = [isExact ? ["--l2", "1"] : []]
        if kind == "csv" { variants.append(["--names", "1000", "--holdout", "0.3"]) }
        if kind == "svm" { variants.append(["--scale", "maxabs"]) }
        for options in variants {
          let run = try workspace.run(
            ["train", "-q", "--bits", "10", "--threads", "1", "-o", "m.lrs", "t.\(kind)"]
              + ["--optimizer", optimizer, "--loss", loss] + options)
          try #require(run.status == 0, "\(optimizer) \(loss) \(kind): \(run.errors)")
          let lines = try workspace.predicted("t.\(kind)", "-q")
          #expect(lines.count == Self.count, "\(optimizer) \(loss) \(kind)")
          let numbers = lines.flatMap { $0.split(separator: ",") }.compactMap { Double($0) }
          #expect(
            numbers.count == Self.count * (loss == "softmax" ? 3 : 1)
              && numbers.allSatisfy(\.isFinite))
          let model = try workspace.inspected()
          #expect(model["optimizer"] as? String == optimizer && model["loss"] as? String == loss)
        }
      }
    }
  }
}
