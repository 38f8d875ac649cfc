internal import ArgumentParser
package import LogRegStream

/// A number of bytes: 65536, 64KiB, 64MiB, 1GiB.
package struct ByteSize: ExpressibleByArgument {
  package let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  package init?(argument: String) {
    let units = ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), let unit = units[String(argument.dropFirst(digits.count))],
      case let (product, overflowed) = number.multipliedReportingOverflow(by: unit), !overflowed
    else { return nil }
    bytes = product
  }

  package var defaultValueDescription: String {
    bytes >= 1 << 20 ? "\(bytes >> 20)MiB" : bytes >= 1 << 10 ? "\(bytes >> 10)KiB" : "\(bytes)"
  }
}

/// A number, or `auto`: found on the rows.
package struct FoundNumber: ExpressibleByArgument {
  /// nil: auto.
  package let number: Double?

  package init?(argument: String) {
    guard argument != "auto" else {
      number = nil
      return
    }
    guard let given = Double(argument: argument) else { return nil }
    number = given
  }
}

/// `--max-bad-rows`: a number of rows, or a percentage.
package struct BadRowLimit: ExpressibleByArgument {
  package let budget: InputConfiguration.BadRowBudget

  package init(_ budget: InputConfiguration.BadRowBudget) { self.budget = budget }

  package init?(argument: String) {
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

  package var defaultValueDescription: String { "0" }
}

/// `on` or `off`.
package enum OnOff: String, CaseIterable, ExpressibleByArgument {
  case on, off
}

/// One byte that separates or encloses fields, or `tab`.
package struct SeparatorByte: ExpressibleByArgument {
  package let byte: UInt8

  package init?(argument: String) {
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
package struct QuoteChoice: ExpressibleByArgument {
  package let byte: UInt8?

  package init?(argument: String) {
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
package struct NameList: ExpressibleByArgument {
  package let names: [String]

  package init(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}

extension [NameList] {
  /// Those of all of them; nil when the option was not given.
  package var names: [String]? { isEmpty ? nil : flatMap(\.names) }
}

/// `--names`: auto, off, or a number.
package struct NamingChoice: ExpressibleByArgument {
  package let naming: FeatureNaming

  package init(_ naming: FeatureNaming) { self.naming = naming }

  package init?(argument: String) {
    switch argument {
    case "auto": naming = .auto
    case "off": naming = .off
    default:
      guard let count = Int(argument), (1...FeatureNaming.most).contains(count) else { return nil }
      naming = .atMost(count)
    }
  }

  package var defaultValueDescription: String { "auto" }
}
