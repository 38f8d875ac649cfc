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

  private func text(oneMinus rest: Double) -> String {
    var buffer = GrowableBuffer<UInt8>(capacity: 64)
    NineDigits.append(oneMinus: rest, to: &buffer)
    return String(decoding: (0..<buffer.count).map { buffer[$0] }, as: UTF8.self)
  }

  @Test(arguments: [
    (0.5, "0.5"), (0.25, "0.75"), (0.1, "0.9"), (0.123456789, "0.876543211"),
    (2.06115362e-9, "0.99999999793884638"), (1e-9, "0.999999999"), (0.0999999999999, "0.9"),
    (0.0123456789, "0.9876543211"), (1e-20, "0.99999999999999999999"),
    (0x1p-1074, "0." + String(repeating: "9", count: 323) + "505934354"), (0, "1"),
  ])
  func complementsHaveNineDigits(rest: Double, expected: String) {
    #expect(text(oneMinus: rest) == expected)
  }

  /// The complement of what is printed, from its digits: nine of them, so within half of the ninth.
  @Test func complementsReadBack() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let rest = exp(-Double.random(in: log(2)..<745, using: &generator))
      let printed = text(oneMinus: rest)
      let digits = try #require(printed.hasPrefix("0.") ? printed.dropFirst(2) : nil)
      let nines = digits.utf8.map { UInt8(ascii: "9") - $0 + UInt8(ascii: "0") }
      let below = String(decoding: nines, as: UTF8.self)
      // One unit of the last place is missing to the complement of ten.
      let unit = "0." + String(repeating: "0", count: digits.count - 1) + "1"
      let found = try #require(Double("0." + below)) + #require(Double(unit))
      // Numbers at the lower end have fewer digits themselves.
      #expect(abs(found - rest) <= 5.001e-9 * rest + 0x1p-1073, "\(rest): \(printed)")
    }
  }

  @Test func complementsAreMonotone() {
    var before = ""
    for step in 0..<7450 {
      let odds = exp(-Double(step) / 10)
      let printed = text(oneMinus: odds / (1 + odds))
      // Digits behind the same point: their order as texts is that of the numbers.
      let isHigher = step < 7080 ? printed > before : printed >= before
      #expect(isHigher && printed != "1", "\(step)")
      before = printed
    }
  }
}
