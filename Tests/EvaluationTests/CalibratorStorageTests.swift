import Evaluation
import Testing

@Suite struct CalibratorStorageTests {
  @Test func storedValuesGiveTheSameMap() throws {
    let reference = try #require(CalibratorReferences.stored().binary.first)
    var sample = CalibrationSample()
    for row in reference.rows { sample.add(margin: row.margin, label: row.label, weight: 1) }
    for kind in Calibrator.Kind.allCases where kind != .temperature {
      let fitted = try sample.fit(kind)
      #expect(fitted.kind == kind)
      #expect(try Calibrator(kind: kind, parameters: fitted.parameters) == fitted)
    }
    let temperature = try Calibrator(kind: .temperature, parameters: [2])
    #expect(temperature == .temperature(2))
    #expect(temperature.parameters == [2])
  }

  @Test(arguments: [
    (Calibrator.Kind.platt, [1.0], CalibratorDefect.wrongCount),
    (.platt, [1, 2, 3], .wrongCount),
    (.platt, [0, 1], .notIncreasing),
    (.platt, [-1, 1], .notIncreasing),
    (.platt, [.infinity, 1], .notFinite),
    (.platt, [1, .nan], .notFinite),
    (.intercept, [], .wrongCount),
    (.intercept, [1, 2], .wrongCount),
    (.intercept, [.nan], .notFinite),
    (.blend, [1, 0], .wrongCount),
    (.blend, [1, 0, 0], .wrongCount),
    (.blend, [1, 0, 0, 0.5, 1], .wrongCount),
    (.blend, [0, 0, 0, 0.5], .notIncreasing),
    (.blend, [-1, 0, 0, 0.5], .notIncreasing),
    (.blend, [1, .infinity, 0, 0.5], .notFinite),
    (.blend, [1, 0, 0, 0.5, 1, 0.4], .notIncreasing),
    (.blend, [1, 0, 0, 0], .outOfRange),
    (.blend, [1, 0, 0, 1], .outOfRange),
    (.beta, [], .wrongCount),
    (.beta, [0, 0, 1], .notIncreasing),
    (.beta, [1, -0.5, 1], .notIncreasing),
    (.beta, [.nan, 1, 1], .notFinite),
    (.temperature, [0], .notIncreasing),
    (.temperature, [1, 1], .wrongCount),
    (.isotonic, [], .wrongCount),
    (.isotonic, [0, 0.5, 1], .wrongCount),
    (.isotonic, [0, 0.5, 0, 0.6], .notIncreasing),
    (.isotonic, [0, 0.5, 1, 0.5], .notIncreasing),
    (.isotonic, [0, 0, 1, 0.5], .outOfRange),
    (.isotonic, [0, 0.5, 1, 1], .outOfRange),
    (.isotonic, [0, -0.5, 1, 0.5], .outOfRange),
    (.isotonic, [0, 0.5, .infinity, 0.6], .notFinite),
  ])
  func refusesWhatNoFitMakes(
    _ kind: Calibrator.Kind, _ parameters: [Double], _ defect: CalibratorDefect
  ) {
    #expect(throws: defect) { try Calibrator(kind: kind, parameters: parameters) }
  }

  @Test func betaIsFiniteFarOut() throws {
    let map = try Calibrator(kind: .beta, parameters: [0.5, 2, -1])
    #expect(map.apply(-1000) == -501)
    #expect(map.apply(1000) == 1999)
    let oneSided = try Calibrator(kind: .beta, parameters: [0, 1, 0])
    #expect(oneSided.apply(-.infinity) == 0)
    #expect(oneSided.probability(-.infinity) == 0.5)
  }
}
