package import CKernels
internal import Synchronization

/// The instructions that the kernels of `CKernels` use. The bits do not depend on it.
package enum ProcessorPath: String, CaseIterable, Sendable {
  /// What every processor of the architecture has.
  case baseline
  case avx2
  case avx512

  /// Those of this machine, the slowest first.
  package static var available: [ProcessorPath] {
    allCases.filter { $0.code.rawValue <= lrs_best_path().rawValue }
  }

  /// The one that this process uses: the best of this machine, unless another one was chosen.
  package static var chosen: ProcessorPath {
    let index = choice.load(ordering: .relaxed)
    return index >= 0 ? allCases[index] : available.last ?? .baseline
  }

  /// For tests: another one than the best. What was made before keeps its own.
  ///
  /// - Returns: false when this machine does not have it.
  package static func choose(_ path: ProcessorPath) -> Bool {
    guard let index = available.firstIndex(of: path) else { return false }
    choice.store(index, ordering: .relaxed)
    return true
  }

  private static let choice = Atomic(-1)

  /// What kernels take.
  package var code: lrs_path {
    switch self {
    case .baseline: lrs_path_baseline
    case .avx2: lrs_path_avx2
    case .avx512: lrs_path_avx512
    }
  }
}
