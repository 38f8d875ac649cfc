internal import Featurizing

/// What occurs among the columns, and the cases of C switches over it.
struct ColumnKinds {
  private(set) var hasNumbers = false
  private(set) var hasTexts = false
  private(set) var hasBins = false
  private(set) var transforms: Set<NumericScale.Transform> = []
  private(set) var crossTransforms: Set<NumericScale.Transform> = []
  private(set) var hasCrossBins = false
  /// Of a row, texts aside.
  private(set) var mostFeatures = 0

  init(_ columns: ExportedColumns) {
    for column in columns.columns {
      switch column.kind {
      case .category: mostFeatures += 1
      case .text:
        hasTexts = true
        mostFeatures += 1
      case .number(let features):
        hasNumbers = true
        mostFeatures += max(1, features.count)
        for feature in features {
          switch feature {
          case .scaled(_, let scale): transforms.insert(scale.transform)
          case .bin: hasBins = true
          }
        }
      }
    }
    mostFeatures += columns.crosses.count
    for index in Set(columns.crosses.flatMap(\.columns)) {
      switch columns.columns[index].crossFeature {
      case .scaled(_, let scale): crossTransforms.insert(scale.transform)
      case .bin: hasCrossBins = true
      case nil: break
      }
    }
  }

  var hasScaled: Bool { !transforms.isDisjoint(with: [.standardize, .symlog]) }

  /// Of the switch over a number's features.
  var numberCases: String {
    var lines = transforms.sorted { $0.rawValue < $1.rawValue }.map { transform in
      switch transform {
      case .raw:
        """
              case LRS_RAW:
                value = lrs_float(x);
                if (value == INFINITY || value == -INFINITY) { row->is_bad = 1; }
                break;
        """
      case .standardize, .symlog:
        """
              case \(Self.word(transform)):
                value = \(Self.standardized("x", transform));
                break;
        """
      }
    }
    if hasBins {
      lines.append(
        """
              case LRS_BIN:
                slot = lrs_bin_slots[feature->first_slot +
                                     lrs_bin(x, lrs_edges + feature->first_edge, feature->edges)];
                break;
        """)
    }
    return lines.joined(separator: "\n")
  }

  /// Of the switch over what a number brings to a cross.
  var crossCases: String {
    var lines = crossTransforms.sorted { $0.rawValue < $1.rawValue }.map { transform in
      let value =
        transform == .raw
        ? "lrs_float(numbers[index])" : Self.standardized("numbers[index]", transform)
      return """
                  case \(Self.word(transform)):
                    value *= \(value);
                    break;
        """
    }
    if hasCrossBins {
      lines.append(
        """
                  case LRS_BIN: {
                    /* the number of the bin in decimal, at most two digits */
                    const size_t bin = lrs_bin(
                        numbers[index], lrs_edges + feature->first_edge, feature->edges);
                    unsigned char digits[2];
                    digits[0] = (unsigned char)('0' + (bin < 10 ? bin : bin / 10));
                    digits[1] = (unsigned char)('0' + bin % 10);
                    h = lrs_hash(digits, bin < 10 ? 1 : 2, h);
                    break;
                  }
        """)
    }
    return lines.joined(separator: "\n")
  }

  private static func standardized(_ x: String, _ transform: NumericScale.Transform) -> String {
    let number = transform == .symlog ? "lrs_symlog(\(x))" : x
    return "lrs_standardized(\(number), feature->mean, feature->deviation)"
  }

  static func word(_ transform: NumericScale.Transform) -> String {
    switch transform {
    case .standardize: "LRS_STANDARDIZE"
    case .symlog: "LRS_SYMLOG"
    case .raw: "LRS_RAW"
    }
  }
}
