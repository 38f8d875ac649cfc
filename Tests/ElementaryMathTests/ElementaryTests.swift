import ElementaryMath
import Foundation
import Testing

/// A function with the largest error it may show, in units of the last place of the result.
struct Bounded: Sendable, CustomTestStringConvertible {
  var name: String
  var bound: Double
  var function: @Sendable (Double) -> Double
  var testDescription: String { name }

  static let all = [
    Bounded(name: "exp", bound: 0.7) { Elementary.exp($0) },
    Bounded(name: "expm1", bound: 0.95) { Elementary.expm1($0) },
    Bounded(name: "log", bound: 0.95) { Elementary.log($0) },
    Bounded(name: "log1p", bound: 0.95) { Elementary.log1p($0) },
    Bounded(name: "softplus", bound: 2.2) { Elementary.softplus($0) },
    Bounded(name: "sigmoid", bound: 2.8) { Elementary.sigmoid($0) },
  ]
}

@Suite struct ElementaryTests {
  @Test(arguments: Bounded.all)
  func staysWithinItsErrorBound(_ tested: Bounded) throws {
    let references = try Reference.stored(for: tested.name)
    #expect(references.count > 300)
    var worst = (error: 0.0, argument: 0.0)
    for reference in references {
      let value = tested.function(reference.argument)
      if reference.value.isInfinite {
        #expect(value == reference.value, "\(tested.name)(\(reference.argument))")
        continue
      }
      let error = ((value - reference.value) / reference.value.ulp - reference.rest).magnitude
      #expect(error.isFinite)
      if error > worst.error { worst = (error, reference.argument) }
    }
    #expect(worst.error <= tested.bound, "\(tested.name)(\(worst.argument)) errs by \(worst.error)")
  }

  @Test func exponentialEdges() {
    #expect(Elementary.exp(0).bitPattern == 1.0.bitPattern)
    #expect(Elementary.exp(-0.0) == 1)
    #expect(Elementary.exp(.infinity) == .infinity)
    #expect(Elementary.exp(-.infinity).bitPattern == 0)
    #expect(Elementary.exp(1000) == .infinity)
    #expect(Elementary.exp(-1000).bitPattern == 0)
    #expect(Elementary.exp(-745.1) == .leastNonzeroMagnitude)
    #expect(Elementary.exp(.nan).isNaN)
    #expect(Elementary.expm1(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Elementary.expm1(.leastNonzeroMagnitude) == .leastNonzeroMagnitude)
    #expect(Elementary.expm1(-.infinity) == -1)
    #expect(Elementary.expm1(-1000) == -1)
    #expect(Elementary.expm1(1000) == .infinity)
    #expect(Elementary.expm1(.nan).isNaN)
  }

  @Test func logarithmEdges() {
    #expect(Elementary.log(1).bitPattern == 0)
    #expect(Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-0.0) == -.infinity)
    #expect(Elementary.log(-1).isNaN)
    #expect(Elementary.log(.infinity) == .infinity)
    #expect(Elementary.log(-.infinity).isNaN)
    #expect(Elementary.log(.nan).isNaN)
    #expect(Elementary.log1p(-0.0).bitPattern == (-0.0).bitPattern)
    #expect(Elementary.log1p(-1) == -.infinity)
    #expect(Elementary.log1p(-1.5).isNaN)
    #expect(Elementary.log1p(.infinity) == .infinity)
    #expect(Elementary.log1p(.nan).isNaN)
  }

  @Test func lossAndProbabilityAtExtremeMargins() {
    #expect(Elementary.softplus(1000) == 1000)
    #expect(Elementary.softplus(700) == 700)
    #expect(Elementary.softplus(-1000) == 0)
    #expect(Elementary.softplus(-700) == Elementary.exp(-700))
    #expect(Elementary.softplus(.infinity) == .infinity)
    #expect(Elementary.softplus(-.infinity) == 0)
    #expect(Elementary.softplus(.nan).isNaN)
    #expect(Elementary.sigmoid(0) == 0.5)
    #expect(Elementary.sigmoid(1000) == 1)
    #expect(Elementary.sigmoid(-1000) == 0)
    #expect(Elementary.sigmoid(-700) == Elementary.exp(-700))
    #expect(Elementary.sigmoid(.infinity) == 1)
    #expect(Elementary.sigmoid(-.infinity) == 0)
    #expect(Elementary.sigmoid(.nan).isNaN)
  }

  @Test func logSumExpShiftsByTheMaximum() {
    func logSumExp(_ values: [Double]) -> Double { Elementary.logSumExp(values.span) }
    #expect(logSumExp([]) == -.infinity)
    #expect(logSumExp([-3.25]) == -3.25)
    #expect(logSumExp([0, 5.5]) == Elementary.softplus(5.5))
    #expect(logSumExp([5.5, 0]) == Elementary.softplus(5.5))
    #expect(logSumExp([1000, 1000]) == 1000 + Elementary.log(2))
    #expect(logSumExp([-1000, -1000]) == -1000 + Elementary.log(2))
    #expect((logSumExp([1, 2, 3]) - 3.4076059644443806).magnitude < 1e-15)
    #expect(logSumExp([-.infinity, 2]) == 2)
    #expect(logSumExp([-.infinity, -.infinity]) == -.infinity)
    #expect(logSumExp([1, .infinity, .infinity]) == .infinity)
    #expect(logSumExp([1, .nan, .infinity]).isNaN)
    #expect(logSumExp([.nan, 1]).isNaN)
  }

  /// libm is right to an ulp here, so a wrong branch shows as a larger distance.
  @Test func agreesWithTheMachinesLibraryOnManyArguments() {
    var bits: UInt64 = 1
    for _ in 0..<100_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let unit = Double(bits >> 11) * 0x1p-53
      let wide = (unit - 0.5) * 1480
      let positive = Double(bitPattern: (bits >> 2) | 1)
      let near = (unit - 0.5) * 3
      #expect(distance(Elementary.exp(wide), exp(wide)) <= 1)
      #expect(distance(Elementary.expm1(near), expm1(near)) <= 2)
      if positive.isFinite {
        #expect(distance(Elementary.log(positive), log(positive)) <= 1)
      }
      if near > -1 { #expect(distance(Elementary.log1p(near), log1p(near)) <= 2) }
    }
  }

  /// Every stored model depends on these bits. A change here is a change of the model format.
  @Test func frozenBits() {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    func absorb(_ value: Double) {
      digest = (digest ^ value.bitPattern) &* 0x100_0000_01b3
    }
    for step in -20_000...20_000 {
      let x = Double(step) * 0.040_123_456_789
      absorb(Elementary.exp(x))
      absorb(Elementary.expm1(x * 0.01))
      absorb(Elementary.expm1(x * 0.1))
      absorb(Elementary.log(Elementary.exp(x)))
      absorb(Elementary.log1p(x.magnitude - 0.5))
      absorb(Elementary.softplus(x))
      absorb(Elementary.sigmoid(x * 0.1))
    }
    #expect(digest == 13_495_011_442_811_724_052)
  }

  private func distance(_ a: Double, _ b: Double) -> UInt64 {
    (Int64(bitPattern: a.bitPattern) &- Int64(bitPattern: b.bitPattern)).magnitude
  }
}

/// A line of tools/references/elementary_values.tsv.
struct Reference {
  var argument: Double
  /// The true value rounded to Double.
  var value: Double
  /// The true value less `value`, in units of the last place of `value`.
  var rest: Double

  static func stored(for function: String) throws -> [Reference] {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../tools/references/elementary_values.tsv")
    return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").compactMap {
      let fields = $0.split(separator: "\t")
      guard fields.first == function[...] else { return nil }
      return Reference(
        argument: try #require(Double(fields[1])), value: try #require(Double(fields[2])),
        rest: try #require(Double(fields[3])))
    }
  }
}
