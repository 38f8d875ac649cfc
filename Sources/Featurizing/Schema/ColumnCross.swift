/// A product feature of two or three columns.
package struct ColumnCross: Equatable, Sendable {
  package static let allowedColumns = 2...3
  /// More products than this in a row are a mistake of a glob, not a wish.
  package static let maximumCount = 10_000

  /// Indices into the schema's columns, all different, in the order in which values are hashed.
  package var columns: [Int]

  package init(columns: [Int]) { self.columns = columns }

  /// `a*b`: what the chain of hashes starts with.
  package func name(among columns: [Column]) -> ByteText {
    ByteText(
      bytes: Array(
        self.columns.map { columns[$0].name.bytes }.joined(separator: [UInt8(ascii: "*")]))
    )
  }
}
