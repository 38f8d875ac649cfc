/// Sums over coordinates in rising order, so that they are the same on each run.
internal enum VectorArithmetic {
  /// Σ a·b.
  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count)
    let (a, b) = (a.span, b.span)
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  /// √Σ a².
  static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

  /// a ← a + factor·b.
  static func add(_ factor: Double, times b: [Double], to a: inout [Double]) {
    precondition(a.count == b.count)
    let b = b.span
    var a = a.mutableSpan
    for index in b.indices { a[index] += factor * b[index] }
  }

  /// a + factor·b.
  static func sum(_ a: [Double], _ factor: Double, times b: [Double]) -> [Double] {
    var result = a
    add(factor, times: b, to: &result)
    return result
  }

  /// factor·a.
  static func scaled(_ a: [Double], by factor: Double) -> [Double] {
    var result = a
    var span = result.mutableSpan
    for index in span.indices { span[index] *= factor }
    return result
  }

  /// The products of the coordinates of a and b, one by one.
  static func products(_ a: [Double], _ b: [Double]) -> [Double] {
    precondition(a.count == b.count)
    let b = b.span
    var result = a
    var span = result.mutableSpan
    for index in b.indices { span[index] *= b[index] }
    return result
  }
}
