/// What separates one row from the next in the uncompressed bytes.
package struct RowSyntax: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// Rows of delimited fields. Line ends inside quotes belong to the field.
    /// `quote` nil: quotes are ordinary bytes.
    case delimited(delimiter: UInt8, quote: UInt8?, hasHeader: Bool)
    /// One row a line; lines whose first non-blank byte is `comment` are no rows.
    case lines(comment: UInt8?)
  }

  package var kind: Kind
  /// A longer row is a bad row; bounds the memory of a chunk.
  package var maximumRowBytes: Int

  package init(kind: Kind, maximumRowBytes: Int = 64 << 20) {
    self.kind = kind
    self.maximumRowBytes = maximumRowBytes
  }
}
