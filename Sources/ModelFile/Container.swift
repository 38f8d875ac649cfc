package import SparseBatches

/// A model or a checkpoint as it lies on disk: a JSON header and sections of bytes.
///
/// The layout is specified in the article "The file format". This type knows the frame alone;
/// what the header and the sections mean is the business of the documents built on it.
package struct Container: Equatable, Sendable {
  /// The version that this program writes, and the newest it reads.
  package static let currentVersion: UInt32 = 1

  package var kind: ContainerKind
  package var formatVersion: UInt32
  package var headerJSON: ArraySlice<UInt8>
  package var sections: [ContainerSection]
  /// Where it was read from, for messages; not part of the bytes.
  package var name: String

  /// - Parameter sections: no two may share both type and index.
  package init(
    kind: ContainerKind, formatVersion: UInt32 = Container.currentVersion,
    headerJSON: ArraySlice<UInt8>, sections: [ContainerSection], name: String
  ) {
    self.kind = kind
    self.formatVersion = formatVersion
    self.headerJSON = headerJSON
    self.sections = sections
    self.name = name
  }

  /// A reader of one section's data that names file and section in its errors.
  package func reader(of type: SectionType, index: UInt32 = 0) throws(RunFailure) -> ByteReader {
    guard let section = sections.first(where: { $0.type == type && $0.index == index }) else {
      throw .damaged(name, "it has no section \(type) \(index)")
    }
    return ByteReader(section.data, subject: "\(name): \(section.name)")
  }

  /// Refuses sections that this version does not define: to skip one could change predictions.
  package func refuseSections(otherThan known: Set<SectionType>) throws(RunFailure) {
    for section in sections where !known.contains(section.type) {
      throw .damaged(name, "\(section.name) is not known to format version \(formatVersion)")
    }
  }
}

/// What a container holds.
package enum ContainerKind: String, CaseIterable, Sendable {
  case model
  case checkpoint

  /// Its four bytes in the file.
  var tag: SectionType {
    switch self {
    case .model: SectionType("MODL")
    case .checkpoint: SectionType("CKPT")
    }
  }
}

/// The type of a section: four bytes that read as text in a hex dump.
package struct SectionType: Hashable, Sendable, CustomStringConvertible {
  /// The four bytes as a little-endian integer.
  package let code: UInt32

  package init(code: UInt32) { self.code = code }

  package init(_ name: StaticString) {
    precondition(name.utf8CodeUnitCount == 4, "a section type has four bytes")
    code = name.description.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Escaped: a damaged or foreign type may hold any bytes.
  package var description: String {
    DisplayText.escape((0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * UInt32($0))) })
  }
}

package struct ContainerSection: Sendable {
  package var type: SectionType
  /// Tells sections of one type apart.
  package var index: UInt32
  /// The data, in pieces that are written one after the other: large ones need not be copied.
  package var parts: [ArraySlice<UInt8>]

  package init(type: SectionType, index: UInt32 = 0, parts: [ArraySlice<UInt8>]) {
    self.type = type
    self.index = index
    self.parts = parts
  }

  package init(type: SectionType, index: UInt32 = 0, data: ArraySlice<UInt8>) {
    self.init(type: type, index: index, parts: [data])
  }

  package init(type: SectionType, index: UInt32 = 0, data: [UInt8]) {
    self.init(type: type, index: index, data: data[...])
  }

  /// The data in one piece; as it was read, it is one already.
  package var data: ArraySlice<UInt8> {
    get { parts.count == 1 ? parts[0] : Array(parts.joined())[...] }
    set { parts = [newValue] }
  }

  /// Bytes of the data.
  package var length: Int { parts.reduce(0) { $0 + $1.count } }

  /// As messages call it.
  package var name: String { "section \(type) \(index)" }
}

extension ContainerSection: Equatable {
  /// How the data is cut into parts makes no difference.
  package static func == (one: ContainerSection, other: ContainerSection) -> Bool {
    one.type == other.type && one.index == other.index && one.data == other.data
  }
}
