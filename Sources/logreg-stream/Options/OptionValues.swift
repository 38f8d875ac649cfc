import ArgumentParser
import LogRegStream

/// A number of bytes: 65536, 64KiB, 64MiB, 1GiB.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let units = ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), let unit = units[String(argument.dropFirst(digits.count))],
      case let (product, overflowed) = number.multipliedReportingOverflow(by: unit), !overflowed
    else { return nil }
    bytes = product
  }

  var defaultValueDescription: String {
    bytes >= 1 << 20 ? "\(bytes >> 20)MiB" : bytes >= 1 << 10 ? "\(bytes >> 10)KiB" : "\(bytes)"
  }
}

/// A number, or `auto`: found on the rows.
struct FoundNumber: ExpressibleByArgument {
  /// nil: auto.
  let number: Double?

  init?(argument: String) {
    guard argument != "auto" else {
      number = nil
      return
    }
    guard let given = Double(argument: argument) else { return nil }
    number = given
  }
}

/// `--max-bad-rows`: a number of rows, or a percentage.
struct BadRowLimit: ExpressibleByArgument {
  let budget: InputConfiguration.BadRowBudget

  init(_ budget: InputConfiguration.BadRowBudget) { self.budget = budget }

  init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let percent = Double(argument.dropLast()), percent >= 0, percent <= 100 else {
        return nil
      }
      budget = .percent(percent)
    } else {
      guard let rows = Int(argument), rows >= 0 else { return nil }
      budget = .rows(rows)
    }
  }

  var defaultValueDescription: String { "0" }
}

/// One byte that separates or encloses fields, or `tab`.
struct SeparatorByte: ExpressibleByArgument {
  let byte: UInt8

  init?(argument: String) {
    if argument == "tab" || argument == "\\t" {
      byte = UInt8(ascii: "\t")
    } else if argument.utf8.count == 1, let only = argument.utf8.first {
      byte = only
    } else {
      return nil
    }
  }
}

/// `--quote C|none`.
struct QuoteChoice: ExpressibleByArgument {
  let byte: UInt8?

  init?(argument: String) {
    if argument == "none" {
      byte = nil
    } else if argument.utf8.count == 1, let only = argument.utf8.first {
      byte = only
    } else {
      return nil
    }
  }
}

/// Comma-separated texts.
struct NameList: ExpressibleByArgument {
  let names: [String]

  init(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}

extension [NameList] {
  /// Those of all of them; nil when the option was not given.
  var names: [String]? { isEmpty ? nil : flatMap(\.names) }
}

/// `--names`: auto, off, or a number.
struct NamingChoice: ExpressibleByArgument {
  let naming: FeatureNaming

  init(_ naming: FeatureNaming) { self.naming = naming }

  init?(argument: String) {
    switch argument {
    case "auto": naming = .auto
    case "off": naming = .off
    default:
      guard let count = Int(argument), (1...FeatureNaming.most).contains(count) else { return nil }
      naming = .atMost(count)
    }
  }

  var defaultValueDescription: String { "auto" }
}
