internal import Glibc

/// A growable array of trivial values with one owner and stable storage between growths.
///
/// Public, so that release builds specialise it in other targets (`package` is not: measured 4
/// times slower featurizing). `Array` would do, but for two measured costs in the inner loops: a
/// uniqueness check on each write through a class, and the zero fill that reading into it needs.
@safe
public struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
  @unsafe @usableFromInline var storage: UnsafeMutablePointer<Element>
  @usableFromInline var used = 0
  @usableFromInline var allocated: Int

  /// The elements; `capacity` of them are allocated, the first `count` are initialised.
  ///
  /// Valid until the next call that grows the buffer, or its end.
  @unsafe @inlinable public var base: UnsafeMutablePointer<Element> { unsafe storage }
  /// How many elements are in use.
  @inlinable public var count: Int { used }
  /// How many elements fit without growing.
  @inlinable public var capacity: Int { allocated }

  /// - Parameter capacity: elements that fit before the first growth.
  @inlinable
  public init(capacity: Int = 0) {
    allocated = max(capacity, 1)
    unsafe storage = Self.reallocated(nil, count: 0, to: allocated)
  }

  @inlinable
  deinit { unsafe Self.release(storage) }

  /// Whether no element is in use.
  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// One element, checked against `count`.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe storage[index]
    }
    set {
      precondition(index >= 0 && index < count, "index out of range")
      unsafe storage[index] = newValue
    }
  }

  /// Adds one element, growing by doubling.
  @inlinable @inline(__always)
  public mutating func append(_ element: Element) {
    if used == allocated { grow(to: used + 1) }
    unsafe storage[used] = element
    used += 1
  }

  /// Adds all of `elements`.
  @inlinable
  public mutating func append(contentsOf elements: Span<Element>) {
    reserve(count + elements.count)
    for index in elements.indices { unsafe storage[used + index] = elements[index] }
    used += elements.count
  }

  /// Makes room for `needed` elements in all.
  @inlinable
  public mutating func reserve(_ needed: Int) {
    if needed > capacity { grow(to: needed) }
  }

  /// Sets the count after elements were written through `base`.
  ///
  /// - Parameter newCount: at most `capacity`; every element below it must be initialised.
  @inlinable
  public mutating func setCount(_ newCount: Int) {
    precondition(newCount >= 0 && newCount <= capacity, "count beyond capacity")
    used = newCount
  }

  /// Forgets the elements, keeps the memory.
  @inlinable
  public mutating func removeAll() { used = 0 }

  /// Gives memory back when more than `limit` elements are allocated and few are in use.
  public mutating func shrink(to limit: Int) {
    guard capacity > limit, count <= limit else { return }
    reallocate(to: limit)
  }

  /// Lends the elements as a span.
  @inlinable
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(Span(_unsafeStart: base, count: count))
  }

  @usableFromInline @inline(never)
  mutating func grow(to needed: Int) { reallocate(to: max(needed, capacity * 2)) }

  private mutating func reallocate(to newCapacity: Int) {
    unsafe storage = Self.reallocated(storage, count: used, to: newCapacity)
    allocated = newCapacity
  }

  // MARK: Memory

  /// Room for `capacity` elements, of which the first `count` are those of `old`, which ends here.
  ///
  /// With the C library's `realloc`, a large buffer moves without a copy: while it grows it never takes
  /// the memory of two.
  @unsafe @usableFromInline @inline(never)
  static func reallocated(
    _ old: UnsafeMutablePointer<Element>?, count: Int, to capacity: Int
  ) -> UnsafeMutablePointer<Element> {
    let stride = MemoryLayout<Element>.stride
    let (bytes, isTooMuch) = capacity.multipliedReportingOverflow(by: stride)
    precondition(!isTooMuch, "no buffer is so large")
    // What needs a wider alignment than `malloc` promises is moved by hand.
    guard MemoryLayout<Element>.alignment <= MemoryLayout<SIMD2<UInt64>>.alignment else {
      let fresh = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
      if let old = unsafe old {
        unsafe fresh.update(from: old, count: count)
        unsafe old.deallocate()
      }
      return unsafe fresh
    }
    guard let memory = unsafe realloc(old, bytes) else {
      fatalError("there is no memory for \(bytes) bytes")
    }
    return unsafe memory.bindMemory(to: Element.self, capacity: capacity)
  }

  @unsafe @usableFromInline @inline(never)
  static func release(_ storage: UnsafeMutablePointer<Element>) {
    guard MemoryLayout<Element>.alignment <= MemoryLayout<SIMD2<UInt64>>.alignment else {
      return unsafe storage.deallocate()
    }
    unsafe free(storage)
  }
}

// The buffer has one owner (~Copyable), so handing it to another thread hands over all access.
extension GrowableBuffer: @unchecked Sendable where Element: Sendable {}
