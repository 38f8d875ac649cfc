/// Double arithmetic as expressions; named values become steps, each of which may use those before it.
struct SQLArithmetic: MarginArithmetic {
  /// A column that is made of columns before it.
  struct Step {
    var name: String
    var expression: String
  }

  private let dialect: SQLDialect
  private(set) var steps: [Step] = []

  init(_ dialect: SQLDialect) { self.dialect = dialect }

  func number(_ value: Double) -> String { dialect.number(value) }

  func sum(_ left: String, _ right: String) -> String { "(\(left) + \(right))" }

  func difference(_ left: String, _ right: String) -> String { "(\(left) - \(right))" }

  func product(_ left: String, _ right: String) -> String { "(\(left) * \(right))" }

  func quotient(_ left: String, _ right: String) -> String { "(\(left) / \(right))" }

  func negative(_ value: String) -> String { "(-\(value))" }

  func magnitude(_ value: String) -> String { "abs(\(value))" }

  func exp(_ value: String) -> String { "lrs_exp(\(value))" }

  func log(_ value: String) -> String { "ln(\(value))" }

  func log1p(_ value: String) -> String { "lrs_log1p(\(value))" }

  func expm1(_ value: String) -> String { "lrs_expm1(\(value))" }

  func isLess(_ left: String, _ right: String) -> String { "\(left) < \(right)" }

  func choose(_ condition: String, _ yes: String, _ no: String) -> String {
    "CASE WHEN \(condition) THEN \(yes) ELSE \(no) END"
  }

  mutating func entries(
    of tables: [[Double]], above edges: [Double], _ value: String
  ) -> [String] {
    let place = named("place", dialect.place(of: value, among: edges))
    return tables.enumerated().map { index, table in
      named("entry_\(index)", dialect.entry(of: table, at: place))
    }
  }

  /// Clenshaw's recurrence, two steps at a time under names.
  mutating func chebyshev(_ coefficients: [Double], _ value: String) -> String {
    let argument = named("argument", value)
    var (current, previous) = (number(coefficients[0]), number(0))
    for (index, coefficient) in coefficients.enumerated().dropFirst() {
      let next =
        "(\(number(coefficient)) + (\(number(2)) * \(argument) * \(current) - \(previous)))"
      (current, previous) = (named("series_\(index)", next), current)
    }
    return "(\(current) - \(argument) * \(previous))"
  }

  mutating func named(_ name: String, _ value: String) -> String {
    // A name may be asked for again: of the line and its opposite, say.
    let count = steps.count { $0.name == "lrs_\(name)" || $0.name.hasPrefix("lrs_\(name)__") }
    let unique = "lrs_\(name)" + (count > 0 ? "__\(count + 1)" : "")
    steps.append(Step(name: unique, expression: value))
    return unique
  }
}
