import Foundation
import Testing

@testable import Featurizing

@Suite struct DecimalNumberTests {
  private static let suites = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/suites").standardizedFileURL
  private static var suitesAreHere: Bool {
    FileManager.default.fileExists(atPath: suites.appending(path: "parse-number-fxx").path)
  }

  private static func byTheCLibrary(_ text: String) -> Double {
    // Proof: strtod reads a NUL-terminated copy that lives during the call.
    unsafe strtod(text, nil)
  }

  @Test(arguments: [
    "0", "-0", "+0", "007", ".5", "5.", "-.5", "+1.25e-3", "1E5", "9007199254740993",
    "123456789012345678901234567890", "1e22", "1e23", "1e-22", "1e-23", "4.9e-324", "1e-400",
    "1.7976931348623157e308", "2.2250738585072014e-308", "0.1", "3.14159", "0e999999999999",
    "179769313486231570000000000000000000000e270", "0.000000000000000000000000000001",
    "12345678901234567890", "18446744073709551616", "1e0000000000000000000000001",
  ])
  func equalsTheCLibrary(text: String) {
    guard case .number(let number) = DecimalNumber.parse(Array(text.utf8)) else {
      Issue.record("\(text) was refused")
      return
    }
    #expect(number.bitPattern == Self.byTheCLibrary(text).bitPattern)
  }

  @Test(arguments: [
    "", "+", "-", ".", "e5", "1e", "1e+", "--1", "1-", "0x10", "1_000", "1,5", " 1", "1 ", "½",
    "infinit", "nano", "1.2.3", "٣",
  ])
  func refusesWhatIsNoNumber(text: String) {
    #expect(DecimalNumber.parse(Array(text.utf8)) == .notANumber)
  }

  @Test(arguments: ["inf", "-INF", "+Infinity", "nan", "NaN", "1e309", "-1e999999999999999999999"])
  func refusesWhatIsNotFinite(text: String) {
    #expect(DecimalNumber.parse(Array(text.utf8)) == .notFinite)
  }

  @Test(.enabled(if: suitesAreHere, "../shared/suites is absent"))
  func exactBitsOfTheNumberSuite() throws {
    let folder = Self.suites.appending(path: "parse-number-fxx/data")
    var checked = 0
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      for line in text.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count == 4, let bits = UInt64(fields[2], radix: 16) else { continue }
        let expected = Double(bitPattern: bits)
        let outcome = DecimalNumber.parse(Array(fields[3].utf8))
        if expected.isFinite {
          guard case .number(let number) = outcome else {
            Issue.record("\(fields[3]) was refused")
            continue
          }
          #expect(number.bitPattern == bits, "\(fields[3])")
        } else {
          #expect(outcome == .notFinite, "\(fields[3])")
        }
        checked += 1
      }
    }
    #expect(checked > 50_000)
  }

  @Test(.enabled(if: suitesAreHere, "../shared/suites is absent"))
  func hardCasesOfCPython() throws {
    let file = Self.suites.appending(path: "cpython-tests/floating_points.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let numbers = lines.filter { !$0.hasPrefix("#") }
    for text in numbers {
      let outcome = DecimalNumber.parse(Array(text.utf8))
      #expect(outcome == .number(Self.byTheCLibrary(String(text))), "\(text)")
    }
    #expect(numbers.count > 900)
  }
}
