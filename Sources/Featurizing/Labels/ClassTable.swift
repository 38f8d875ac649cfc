internal import SparseBatches

/// Class texts and their numbers, 0, 1, 2… in the order given.
///
/// Open addressing over the texts' hashes, at most half full: a row's label is found without making
/// a string, however many classes there are.
struct ClassTable {
  private(set) var names: [ByteText] = []
  /// A class's number + 1; 0 marks an empty cell. As many cells as a power of two.
  private var cells: [Int32] = [0, 0]

  init(_ names: [ByteText]) {
    for name in names { _ = insert(name) }
  }

  /// - Returns: nil for a text that is no class.
  ///
  /// - Precondition: `count` bytes can be read at `base`.
  @unsafe
  func number(_ base: UnsafePointer<UInt8>, count: Int) -> Int? {
    var place = Int(unsafe MurmurHash3.hash(base, count: count, seed: 0))
    while true {
      place &= cells.count - 1
      let number = Int(cells[place]) - 1
      if number < 0 { return nil }
      if unsafe matches(names[number].bytes, base, count: count) { return number }
      place += 1
    }
  }

  /// - Returns: the number of a class that may be new.
  mutating func insert(_ name: ByteText) -> Int {
    // Proof: the pointer is valid for `count` bytes while the closure runs.
    let known = unsafe name.bytes.withUnsafeBufferPointer { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      return unsafe number(base, count: bytes.count)
    }
    if let known { return known }
    names.append(name)
    if 2 * names.count > cells.count { grow() } else { place(names.count - 1) }
    return names.count - 1
  }

  private mutating func grow() {
    cells = Array(repeating: 0, count: 2 * cells.count)
    for number in names.indices { place(number) }
  }

  private mutating func place(_ number: Int) {
    var place = Int(MurmurHash3.hash(names[number].bytes, seed: 0)) & (cells.count - 1)
    while cells[place] != 0 { place = (place + 1) & (cells.count - 1) }
    cells[place] = Int32(number + 1)
  }

  @unsafe
  private func matches(_ text: [UInt8], _ base: UnsafePointer<UInt8>, count: Int) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where unsafe base[index] != text[index] { return false }
    return true
  }
}
