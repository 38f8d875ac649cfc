/// A row that would have made the model's state infinite or NaN. Nothing of it was learned.
package struct NonFiniteRow: Error, Equatable, Sendable {
  package enum Quantity: String, Sendable {
    case margin
    case gradient
  }

  /// What left the range of the numbers.
  package var quantity: Quantity
  /// Index of the row in the batch given to `learn`; nil: the sum over a mini-batch that `finish`
  /// was to apply.
  package var row: Int?
  /// Index into the batch's `slots` and `values`, where one feature of the row is at fault; nil:
  /// the bias, or the sum over a mini-batch.
  package var feature: Int?
  /// The slot at fault; nil: the bias, or the margin as a whole.
  package var slot: UInt32?

  package init(quantity: Quantity, row: Int?, feature: Int?, slot: UInt32?) {
    self.quantity = quantity
    self.row = row
    self.feature = feature
    self.slot = slot
  }
}
