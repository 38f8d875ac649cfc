import Learning
import Testing

@Suite struct StochasticRoundingTests {
  private func round(_ value: Double, bits: UInt64) -> Float {
    StochasticRounding.round(SIMD4(repeating: value), bits: SIMD4(repeating: bits))[0]
  }

  @Test(arguments: [0, -0.0, 1, -1, 0.1, 3e38, -1e-30, 16_777_216] as [Float])
  func whatAFloatHoldsIsNeverChanged(_ value: Float) {
    for bits in [0, 1, 1 << 28, (1 << 29) - 1, .max] as [UInt64] {
      #expect(round(Double(value), bits: bits).bitPattern == value.bitPattern)
    }
  }

  @Test func infinityAndNaNStayWhatTheyAre() {
    #expect(round(.infinity, bits: .max) == .infinity)
    #expect(round(1e39, bits: 0) == .infinity)
    #expect(round(.nan, bits: .max).isNaN)
  }

  @Test(arguments: [1, -1] as [Double])
  func theChanceOfRoundingAwayFromZeroIsTheCutPart(sign: Double) {
    // 3/8 of the way from 1 to the next Float: random bits of at least 5/8 carry.
    let value = sign * (1 + 0.375 * Double(Float.ulpOfOne))
    let up = Float(sign) * Float(1).nextUp
    let limit = UInt64(0.625 * 0x1p29)
    #expect(round(value, bits: limit) == up)
    #expect(round(value, bits: limit - 1) == Float(sign))
  }

  @Test func randomBitsAreUniformAndDifferBySlotAndUpdate() {
    var ups = [0, 0]
    var sameAsNeighbour = 0
    for update in 0..<20_000 as Range<UInt64> {
      let rounding = RoundingBits(update: update)
      let bits = rounding.bits(slot: 7)
      if bits & 0x1fff_ffff < 0x0800_0000 { ups[0] += 1 }
      if bits >> 35 < 0x0800_0000 { ups[1] += 1 }
      if bits >> 62 == rounding.bits(slot: 8) >> 62 { sameAsNeighbour += 1 }
    }
    // A quarter each; the standard deviation is 61.
    for count in ups + [sameAsNeighbour] { #expect(abs(count - 5000) < 310) }
  }

  /// Unit-size gradients of one coordinate, from n on.
  private func grow(from n: SIMD4<Float>, updates: Range<UInt64>) throws -> SIMD4<Float> {
    let coordinates = FTRLCoordinates(try FTRLParameters())
    var state = FTRLBlock(z: SIMD4(), rootN: n.squareRoot())
    for update in updates {
      let rounding = RoundingBits(update: update)
      let bits = SIMD4(
        rounding.bits(slot: 0), rounding.bits(slot: 1), rounding.bits(slot: 2),
        rounding.bits(slot: 3))
      state = coordinates.updated(
        state, weights: SIMD4(), gradients: SIMD4(repeating: 1), bits: bits)
    }
    return state.rootN * state.rootN
  }

  /// Where a Float sum would not move at all, it grows by what is added: within 5 %, which is 4
  /// standard deviations of the rounding over so short a stretch.
  @Test func theAccumulatorGrowsWhereAFloatSumWouldStall() throws {
    let start = SIMD4<Float>(0x1p24, 0x1p25, 1e8, 2e8)
    let count = 200_000 as UInt64
    let grown = try grow(from: start, updates: 0..<count) - start
    for lane in 0..<4 { #expect(abs(grown[lane] / Float(count) - 1) < 0.05, "lane \(lane)") }
  }

  /// The whole way takes seconds when optimised, many minutes when not.
  @Test(.enabled(if: isOptimised, "runs in release builds only"))
  func twoHundredMillionUnitUpdatesStayWithinOnePercent() throws {
    let count = 200_000_000 as UInt64
    let n = try grow(from: SIMD4(), updates: 0..<count)
    for lane in 0..<4 { #expect(abs(n[lane] / Float(count) - 1) < 0.01, "lane \(lane)") }
  }

  /// A gradient of 1/60 of the last place of z arrives all the same, in expectation.
  @Test func smallGradientsAreNotLostInALargeZ() throws {
    let coordinates = FTRLCoordinates(try FTRLParameters())
    var state = FTRLBlock(z: SIMD4(repeating: 1e6), rootN: SIMD4(repeating: 1e3))
    for update in 0..<100_000 as Range<UInt64> {
      let rounding = RoundingBits(update: update)
      let bits = SIMD4(
        rounding.bits(slot: 0), rounding.bits(slot: 1), rounding.bits(slot: 2),
        rounding.bits(slot: 3))
      state = coordinates.updated(
        state, weights: SIMD4(), gradients: SIMD4(1e-3, -1e-3, 2e-3, -2e-3), bits: bits)
    }
    // 100 expected, standard deviation 2.5; 200 and 3.5.
    let moved = state.z - 1e6
    #expect(abs(moved[0] - 100) < 13 && abs(moved[1] + 100) < 13)
    #expect(abs(moved[2] - 200) < 18 && abs(moved[3] + 200) < 18)
  }
}

private let isOptimised: Bool = {
  var optimised = true
  // An assertion's condition is evaluated in debug builds only.
  assert(
    {
      optimised = false
      return true
    }())
  return optimised
}()
