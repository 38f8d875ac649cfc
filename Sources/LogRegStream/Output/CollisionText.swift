internal import Featurizing
internal import ModelFile

/// How crowded a model's slots are, in words and as JSON.
enum CollisionText {
  /// nil when the model does not know.
  static func words(_ header: ModelHeader) -> String? {
    guard let figures = header.statistics.collisions else { return nil }
    let features = NumberText.grouped(count(figures.distinctFeatures))
    let distinct =
      figures.relativeError.map { error in
        error == 0 ? features : "\(features) (± \(NumberText.fixed(error * 100, 1)) %)"
      } ?? "more than \(features)"
    return "\(distinct) distinct in \(NumberText.grouped(count(figures.slotsUsed))) slots, "
      + "\(NumberText.fixed(figures.collidedShare * 100, 2)) % share a slot with another"
  }

  /// What to do about crowded slots; nil when they are not.
  static func advice(_ header: ModelHeader) -> String? {
    let bits = header.schema.hashing.bits
    guard let figures = header.statistics.collisions, let advised = figures.advisedBits(now: bits)
    else { return nil }
    let percent = NumberText.fixed(figures.collidedShare * 100, 1)
    return "warning: \(percent) % of the distinct features "
      + "share a slot with another in 2^\(bits) slots; use --bits \(advised)"
  }

  static func json(_ header: ModelHeader) -> JSONValue {
    guard let figures = header.statistics.collisions else { return .null }
    let advised = figures.advisedBits(now: header.schema.hashing.bits)
    return .object([
      ("distinct_features", .number(figures.distinctFeatures)),
      ("relative_error", .optional(figures.relativeError)),
      ("slots_used", .number(figures.slotsUsed)),
      ("collided_share", .number(figures.collidedShare)),
      ("advised_bits", advised.map { .integer($0) } ?? .null),
    ])
  }

  /// Counts of hostile files may lie beyond any integer.
  private static func count(_ estimate: Double) -> Int { Int(min(estimate, 1e18)) }
}
