import Processor
import SparseBatches
import Testing

@testable import Learning

/// The kernel of log losses against the Swift form, on each path of this machine: bit for bit.
@Suite struct LossKernelTests {
  private static let margins: [Double] = {
    var generator = SeededGenerator(state: 11)
    var margins: [Double] = [
      0, -0.0, 1, -1, 0x1p-60, -0x1p-60, 0x1p-1074, 36.7, -37.5, 40, 699, -700,
    ]
    // Around where a logarithm takes its other way.
    for step in -40...40 { margins.append(0.881_374 + Double(step) * 1e-6) }
    for _ in 0..<4000 {
      let size = Double.random(in: -8...6.5, using: &generator)
      let sign = Bool.random(using: &generator) ? 1.0 : -1
      margins.append(sign * Double.exponent(ofTwo: size))
    }
    return margins
  }()

  private func losses(
    _ margins: [Double], _ labels: [Float], _ path: ProcessorPath
  ) -> GrowableBuffer<Double> {
    var given = GrowableBuffer<Double>()
    var classes = GrowableBuffer<Float>()
    given.append(contentsOf: margins.span)
    classes.append(contentsOf: labels.span)
    var losses = GrowableBuffer<Double>()
    LogisticLoss.addLosses(given, classes, path.code, to: &losses)
    return losses
  }

  @Test(arguments: ProcessorPath.available)
  func theBitsAreThoseOfTheSwiftForm(path: ProcessorPath) {
    for label: Float in [0, 1, 0.25] {
      let labels = [Float](repeating: label, count: Self.margins.count)
      let found = losses(Self.margins, labels, path)
      #expect(found.count == Self.margins.count / 4 * 4)
      for row in 0..<found.count {
        let expected = LogisticLoss.loss(margin: Self.margins[row], label: Double(label))
        #expect(found[row].bitPattern == expected.bitPattern, "at \(Self.margins[row])")
      }
    }
  }

  @Test(arguments: ProcessorPath.available, [701, -701, .infinity, .nan, -1e300])
  func marginsOutOfRangeAreLeft(path: ProcessorPath, far: Double) {
    for place in 0..<12 {
      var margins = [Double](repeating: 0.5, count: 13)
      margins[place] = far
      let found = losses(margins, [Float](repeating: 1, count: 13), path)
      #expect(found.count == place / 4 * 4)
    }
  }

  @Test(arguments: ProcessorPath.available, 0..<10)
  func progressIsTheSame(path: ProcessorPath, rows: Int) throws {
    let rows = randomRows(rows, slots: 50, seed: UInt64(rows))
    let parameters = try FTRLParameters(alpha: 50)
    var learner = try LogisticFTRL(bits: 6, parameters: parameters, path: path)
    var oracle = try LogisticFTRL(bits: 6, parameters: parameters, path: nil)
    for _ in 0..<40 {
      try learner.learn(batch(rows))
      try oracle.learn(batch(rows))
    }
    #expect(learner.progress == oracle.progress)
  }
}

extension Double {
  fileprivate static func exponent(ofTwo power: Double) -> Double {
    let whole = power.rounded(.down)
    return Double(sign: .plus, exponent: Int(whole), significand: 1 + (power - whole))
  }
}
