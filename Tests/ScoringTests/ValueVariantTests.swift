import Testing

@testable import Scoring

@Suite struct ValueVariantTests {
  @Test(arguments: [
    (ValueVariant.integer, "4.0", "4"), (.integer, "12.000", "12"), (.decimal, "4", "4.0"),
    (.letterCase, "Oslo", "oslo"), (.letterCase, "oslo", "Oslo"), (.letterCase, "Oslo", "OSLO"),
    (.blanks, "\u{A0}x ", "x"), (.quotes, "\"x\"", "x"), (.leadingZeros, "7", "007"),
    (.leadingZeros, "007", "7"),
  ])
  func aValueIsTriedInItsOtherForms(variant: ValueVariant, value: String, other: String) {
    #expect(variant.texts(of: Array(value.utf8)).contains(Array(other.utf8)))
  }

  @Test func encodingsAreTriedBothWays() {
    let (utf8, latin1) = (Array("Å x".utf8), [0xC5, 0x20, 0x78] as [UInt8])
    #expect(ValueVariant.latin1.texts(of: utf8) == [latin1])
    #expect(ValueVariant.utf8.texts(of: latin1) == [utf8])
    #expect(ValueVariant.latin1.texts(of: latin1).isEmpty)
    #expect(ValueVariant.latin1.texts(of: Array("€".utf8)).isEmpty)
  }

  @Test(arguments: ValueVariant.allCases)
  func aPlainWordHasNoOtherFormButItsCase(variant: ValueVariant) {
    let texts = variant.texts(of: Array("4.5x".utf8))
    #expect(variant == .letterCase ? texts.count <= 2 : texts.isEmpty)
    #expect(variant.texts(of: []).isEmpty)
  }
}
