/// A growable array of trivial values with one owner and stable storage between growths.
///
/// `Array` would do, but for two measured costs in the inner loops: a uniqueness check on each
/// write through a class, and the zero fill that reading into it needs.
@safe
package struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
  /// The elements; `capacity` of them are allocated, the first `count` are initialised.
  ///
  /// Valid until the next call that grows the buffer, or its end.
  @unsafe package private(set) var base: UnsafeMutablePointer<Element>
  package private(set) var count = 0
  package private(set) var capacity: Int

  package init(capacity: Int = 0) {
    self.capacity = max(capacity, 1)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  package var isEmpty: Bool { count == 0 }

  @inlinable
  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index out of range")
      unsafe base[index] = newValue
    }
  }

  @inline(__always)
  package mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    unsafe base[count] = element
    count += 1
  }

  package mutating func append(contentsOf elements: Span<Element>) {
    reserve(count + elements.count)
    for index in elements.indices { unsafe base[count + index] = elements[index] }
    count += elements.count
  }

  /// Makes room for `needed` elements in all.
  package mutating func reserve(_ needed: Int) {
    if needed > capacity { grow(to: needed) }
  }

  /// Sets the count after elements were written through `base`.
  ///
  /// - Parameter newCount: at most `capacity`; every element below it must be initialised.
  package mutating func setCount(_ newCount: Int) {
    precondition(newCount >= 0 && newCount <= capacity, "count beyond capacity")
    count = newCount
  }

  package mutating func removeAll() { count = 0 }

  /// Gives memory back when more than `limit` elements are allocated and few are in use.
  package mutating func shrink(to limit: Int) {
    guard capacity > limit, count <= limit else { return }
    reallocate(to: limit)
  }

  package func withSpan<Result, Failure: Error>(
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(Span(_unsafeStart: base, count: count))
  }

  @inline(never)
  private mutating func grow(to needed: Int) { reallocate(to: max(needed, capacity * 2)) }

  private mutating func reallocate(to newCapacity: Int) {
    let fresh = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
    unsafe fresh.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = fresh
    capacity = newCapacity
  }
}

// The buffer has one owner (~Copyable), so handing it to another thread hands over all access.
extension GrowableBuffer: @unchecked Sendable where Element: Sendable {}
