import Learning
import Testing

@Suite struct LogisticLossTests {
  /// margin, label, loss, first derivative, second derivative; from
  /// tools/references/ftrl_reference.py with 50 decimal digits.
  struct Row: Sendable {
    var margin, label, loss, first, second: Double
  }

  static let table: [Row] = [
    Row(margin: 0, label: 0, loss: 0x1.62e42fefa39efp-1, first: 0.5, second: 0.25)
  ]

  @Test(arguments: table)
  func lossAndDerivatives(_ row: Row) {
    let loss = LogisticLoss.loss(margin: row.margin, label: row.label)
    #expect(abs(loss - row.loss) <= 4e-16 * row.loss)
  }
}
