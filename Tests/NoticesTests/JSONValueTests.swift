import Foundation
import Testing

@testable import Notices

@Suite struct JSONValueTests {
  @Test func keepsOrderAndRoundTripsNumbers() throws {
    let value = JSONValue.object([
      ("z", .integer(-3)), ("a", .number(0.1)), ("tiny", .number(.leastNonzeroMagnitude)),
      ("null", .optional(nil)),
      ("list", .array([.bool(true), .number(.infinity), .string("x")])),
    ])
    #expect(
      value.text
        == "{\"z\":-3,\"a\":0.1,\"tiny\":5e-324,\"null\":null,\"list\":[true,null,\"x\"]}")
  }

  @Test func escapesWhatJSONAndTerminalsMustNotSee() throws {
    let text = "quote \" backslash \\ newline \n tab \t escape \u{1B}[31m bell \u{7} c1 \u{9B}"
    let json = JSONValue.string(text).text
    #expect(
      json.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    let parsed = try JSONSerialization.jsonObject(
      with: Data(json.utf8), options: .fragmentsAllowed)
    #expect(parsed as? String == text)
  }

  @Test func doublesSurviveParsing() throws {
    for value in [1.0 / 3, 1e22, 1e-7, 123456789.125, .greatestFiniteMagnitude] {
      let parsed = try JSONSerialization.jsonObject(
        with: Data(JSONValue.number(value).text.utf8), options: .fragmentsAllowed)
      #expect((parsed as? NSNumber)?.doubleValue == value)
    }
  }
}
