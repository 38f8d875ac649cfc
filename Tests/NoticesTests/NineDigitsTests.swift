import Foundation
import SparseBatches
import Testing

@testable import Notices

@Suite struct NineDigitsTests {
  private func text(_ value: Double) -> String {
    var buffer = GrowableBuffer<UInt8>(capacity: 64)
    NineDigits.append(value, to: &buffer)
    return String(decoding: (0..<buffer.count).map { buffer[$0] }, as: UTF8.self)
  }

  @Test(arguments: [
    (0.0, "0"), (1.0, "1"), (0.5, "0.5"), (0.1, "0.1"), (0.123456789123, "0.123456789"),
    (0.0001, "0.0001"), (0.00001, "1e-05"), (0.000012345, "1.2345e-05"),
    (0.9999999999, "1"), (0.99999999949, "0.999999999"), (0.099999999999, "0.1"),
    (1e-10, "1e-10"), (1.5e-12, "1.5e-12"), (1e-300, "1e-300"),
    (.leastNonzeroMagnitude, "4.94065646e-324"),
  ])
  func knownValues(value: Double, expected: String) { #expect(text(value) == expected) }

  @Test func agreesWithPrintf() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let uniform = Double.random(in: 0..<1, using: &generator)
      for value in [uniform, uniform * uniform * uniform * uniform, uniform * 1e-9] {
        let ours = text(value)
        let theirs = String(format: "%.9g", value)
        // A tie may round the other way: then the two differ by one in the ninth digit.
        guard ours != theirs, let parsed = Double(ours), let other = Double(theirs) else {
          continue
        }
        #expect(abs(parsed - other) <= 1.001e-9 * value, "\(value): \(ours) and \(theirs)")
      }
    }
  }

  @Test func isMonotoneInTheLastDigit() {
    for step in 0..<2000 {
      let value = 0.25 + Double(step) * 1e-9
      #expect(text(value) == String(format: "%.9g", value))
    }
  }
}
