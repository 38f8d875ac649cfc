internal import Glibc

/// Which pages of this process's private memory were ever written to.
///
/// `/proc/self/pagemap` has eight bytes for each page: bit 63 says that it is in memory, bit 62 that
/// it was swapped out. A page of an anonymous mapping that is neither is all zeros. `mincore` would
/// need no /proc, but it does not tell a page that was swapped out from one that was never there.
final class TouchedPages {
  /// Negative where the system does not tell.
  private let descriptor: Int32
  private let pageBytes: Int
  private var entries: [UInt64] = []

  init() {
    descriptor = unsafe open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    pageBytes = max(1, sysconf(Int32(_SC_PAGESIZE)))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The parts of a stretch of private, anonymous memory that may hold something else than zeros.
  ///
  /// - Parameters:
  ///   - address: where the stretch starts.
  ///   - count: its bytes.
  /// - Returns: byte ranges within the stretch, ascending; all of it where the system does not tell.
  func ranges(at address: UInt, count: Int) -> [Range<Int>] {
    guard descriptor >= 0, count > 0 else { return [0..<count] }
    let first = Int(address) / pageBytes
    let pages = (Int(address) + count - 1) / pageBytes - first + 1
    if entries.count < pages { entries = [UInt64](repeating: 0, count: pages) }
    // At most as many bytes as the array has are read.
    let got = unsafe pread(descriptor, &entries, 8 * pages, off_t(8 * first))
    guard got == 8 * pages else { return [0..<count] }
    var ranges: [Range<Int>] = []
    for page in 0..<pages where entries[page] >> 62 != 0 {
      let start = max(0, (first + page) * pageBytes - Int(address))
      let end = min(count, (first + page + 1) * pageBytes - Int(address))
      if let last = ranges.last, last.upperBound == start {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(start..<end)
      }
    }
    return ranges
  }
}
