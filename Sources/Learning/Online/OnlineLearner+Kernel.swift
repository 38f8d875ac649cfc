internal import CKernels
internal import SparseBatches

// Design note
//
// Half of a default run's time was learning, and half of that the arithmetic of ftrl on four
// coordinates at a time. `CKernels` does it with the instructions of the machine at hand
// (ftrl_row.inc): the same operations in the same order, so the same bits. The Swift form stays for
// all other rules, as the oracle of the tests, and for a row that is refused: the kernel then leaves
// the table as it was, and the Swift form says what is wrong.
//
// If you change a formula of ftrl or of its averages, change it there too; `FTRLKernelTests` holds
// them against each other.

extension OnlineLearner {
  /// As `margins(of:prefetching:)`; what is kept for the update is in `kernelBlocks`.
  @inline(__always)
  mutating func margins(
    of features: RowFeatures, prefetching ahead: RowFeatures, _ kernel: FTRLKernel,
    _ path: lrs_path
  ) -> (learned: Double, served: Double) {
    kernelBlocks.reserve(features.blocks)
    var constants = kernel
    // Rows and table outlive the call; the blocks have room for the row by the line above.
    let sums = unsafe lrs_ftrl_forward(
      path, &constants, table.view.kernelTable, features.kernelRow, ahead.kernelRow,
      kernelBlocks.base)
    return (learnedBias + sums.learned, bias + sums.served)
  }

  /// Updates table and bias behind the forward pass of the same row.
  ///
  /// - Returns: false when something would not be finite; nothing has changed then.
  @inline(__always)
  mutating func update(
    _ features: RowFeatures, gradient: Double, _ kernel: FTRLKernel, _ path: lrs_path
  ) -> Bool {
    let bias = biasState.updated(gradient: gradient, rule)
    guard bias.isFinite else { return false }
    let rounding = RoundingBits(update: updates)
    var constants = kernel
    // As above; the blocks are those of this row.
    let isRefused = unsafe lrs_ftrl_update(
      path, &constants, table.view.kernelTable, features.kernelRow, gradient, rounding.key,
      rounding.multiplier, kernelBlocks.base)
    guard isRefused == 0 else { return false }
    biasState = bias
    updates += 1
    return true
  }
}

extension RowFeatures {
  /// Valid as long as the row is.
  @inline(__always)
  fileprivate var kernelRow: lrs_row {
    unsafe lrs_row(slots: slots, values: values, count: count)
  }
}

extension SlotView {
  /// Valid as long as the view is.
  ///
  /// - Precondition: an entry is the state of a rule that has a kernel: two or three Floats.
  @inline(__always)
  fileprivate var kernelTable: lrs_ftrl_table {
    unsafe lrs_ftrl_table(
      states: UnsafeMutableRawPointer(entries).assumingMemoryBound(to: Float.self), mask: mask)
  }
}
