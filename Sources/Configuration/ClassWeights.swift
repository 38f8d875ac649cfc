package import Featurizing
public import SparseBatches

/// Factors on the weights of rows by their class.
public struct ClassWeights: Sendable, Equatable {
  /// A class and its factor.
  public struct Entry: Sendable, Equatable {
    /// `positive`, `negative`, or the text of a label.
    public var name: String
    /// From 0 to 1e9.
    public var factor: Double

    /// - Parameters:
    ///   - name: of the class.
    ///   - factor: on its rows' weights.
    public init(name: String, factor: Double) {
      self.name = name
      self.factor = factor
    }
  }

  /// Classes that are not named keep their weights.
  public var entries: [Entry]

  /// - Throws: `RunFailure` of kind usage for a factor that is no weight.
  public init(_ entries: [Entry] = []) throws(RunFailure) {
    for entry in entries where !(entry.factor >= 0 && entry.factor <= 1e9) {
      throw RunFailure(
        .usage, "--class-weight \(entry.name)=\(entry.factor): a factor is a number from 0 to 1e9")
    }
    self.entries = entries
  }

  /// No factors.
  public static var none: ClassWeights { ClassWeights(checked: []) }

  private init(checked: [Entry]) { entries = checked }

  /// - Returns: a factor for each class, in the order of their numbers (negative, positive); empty
  ///   when no class has one.
  /// - Throws: usage for a class that does not exist.
  package func factors(_ labels: LabelRule) throws(RunFailure) -> [Double] {
    guard !entries.isEmpty else { return [] }
    let classes = Self.names(labels)
    var named: [Int: String] = [:]
    var factors = Array(repeating: 1.0, count: classes.count)
    for entry in entries {
      guard let number = classes.firstIndex(where: { $0.contains(entry.name) }) else {
        throw RunFailure(
          .usage, "--class-weight: there is no class \"\(ByteText(entry.name).display)\"",
          cure: "classes are "
            + LabelRule.list(classes.flatMap { $0.map { ByteText($0) } }))
      }
      if let other = named.updateValue(entry.name, forKey: number) {
        let (first, second) = (ByteText(other).display, ByteText(entry.name).display)
        throw RunFailure(
          .usage,
          first == second
            ? "--class-weight names the class \"\(first)\" twice"
            : "--class-weight names one class twice, as \"\(first)\" and \"\(second)\"",
          cure: "give each class one factor")
      }
      factors[number] = entry.factor
    }
    return factors
  }

  /// What can be refused before the input is read.
  ///
  /// - Throws: usage for a class that does not exist, where classes are known.
  package func validate(_ labels: LabelRule) throws(RunFailure) {
    if case .classes(let names) = labels, names.isEmpty { return }
    _ = try factors(labels)
  }

  /// What each class may be called.
  package static func names(_ labels: LabelRule) -> [[String]] {
    switch labels {
    case .convention: [["negative", "0", "-1", "false"], ["positive", "1", "+1", "true"]]
    case .positive(let text):
      [["negative"], ["positive", String(decoding: text.bytes, as: UTF8.self)]]
    case .classes(let names): names.map { [String(decoding: $0.bytes, as: UTF8.self)] }
    case .number: []
    }
  }
}
