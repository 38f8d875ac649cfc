import Testing

@testable import ElementaryMath

@Suite struct ExactSumTests {
  /// Numbers of many sizes and both signs, so that plain sums lose most of them.
  private static func terms(_ count: Int, seed: UInt64) -> [Double] {
    var random = SeededNumbers(state: seed)
    return (0..<count).map { _ in
      let size = Double(sign: .plus, exponent: Int(random.next() % 120) - 60, significand: 1)
      return (Double(random.next() >> 11) * 0x1p-53 - 0.5) * size
    }
  }

  @Test(arguments: 1...40)
  func everyOrderAndEveryTreeGivesTheSame(_ seed: UInt64) {
    var random = SeededNumbers(state: seed &* 77)
    let terms = Self.terms(Int(random.next() % 60) + 1, seed: seed)
    let expected = ExactSum(adding: terms).canonicalParts
    for _ in 0..<5 {
      #expect(ExactSum(adding: terms.shuffled(using: &random)).canonicalParts == expected)
      // Sums of parts of it, stored and read back on the way.
      var sums = terms.map { ExactSum(adding: [$0]) }
      while sums.count > 1 {
        let first = sums.remove(at: Int(random.next() % UInt64(sums.count)))
        let index = Int(random.next() % UInt64(sums.count))
        sums[index].add(ExactSum(adding: first.canonicalParts))
      }
      #expect(sums[0].canonicalParts == expected)
    }
  }

  /// Integers below 2^53 in fixed point, which a wide integer adds without rounding.
  @Test(arguments: 1...20)
  func theValueIsTheSumRoundedOnce(_ seed: UInt64) {
    var random = SeededNumbers(state: seed)
    var exact: Int128 = 0
    var sum = ExactSum()
    for _ in 0..<200 {
      let mantissa = Int128(random.next() >> 12) - (1 << 51)
      let shift = Int(random.next() % 50)
      exact += mantissa << Int128(shift)
      sum.add(Double(Int64(mantissa)) * Double(sign: .plus, exponent: shift, significand: 1))
    }
    #expect(sum.value == Double(exact))
    sum.add(-Double(exact))
    #expect(abs(sum.value) <= Double(exact).ulp / 2)
  }

  @Test func whatCancelsIsGone() {
    var sum = ExactSum(adding: [1e300, 1, 1e-300, -1e300, -1])
    #expect(sum.canonicalParts == [1e-300])
    sum.add(-1e-300)
    #expect(sum.canonicalParts.isEmpty && sum.value == 0 && sum == ExactSum())
    #expect(ExactSum(adding: [0, -0.0]).canonicalParts.isEmpty)
  }

  /// Half way between two Doubles, what is below decides.
  @Test func tiesAreBrokenByTheRest() {
    #expect(ExactSum(adding: [1, 0x1p-53]).value == 1)
    #expect(ExactSum(adding: [1, 0x1p-53, 0x1p-200]).value == 1 + 0x1p-52)
    #expect(ExactSum(adding: [1 + 0x1p-52, 0x1p-53, -0x1p-200]).value == 1 + 0x1p-52)
  }

  @Test func leavingTheRangeIsSaid() {
    #expect(!ExactSum(adding: [1e308, 1e308]).isFinite)
    #expect(ExactSum(adding: [1e308, -1e308, 1e308]).isFinite)
  }
}

/// SplitMix64.
private struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
