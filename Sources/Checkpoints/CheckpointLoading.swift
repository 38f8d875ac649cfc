internal import Glibc
internal import ModelFile
package import SparseBatches

extension CheckpointDirectory {
  /// The newest checkpoint that is whole.
  ///
  /// - Parameter notice: told of damaged ones that were passed over.
  /// - Returns: nil when there is none at all.
  /// - Throws: badData when there are some and none is whole, or when one is of a newer version.
  package static func newest(
    in directory: String, notice: (String) -> Void
  ) throws(RunFailure) -> (document: CheckpointDocument, file: CheckpointFile)? {
    let files = files(in: directory)
    var damaged: RunFailure?
    for file in files {
      do throws(RunFailure) {
        let document = try CheckpointDocument.read(from: file.path)
        if let damaged {
          notice(
            "warning: \(damaged.message); going back to \(RunFailure.display(file.path)), from"
              + " which everything since is learned again")
        }
        return (document, file)
      } catch {
        // Somebody else's run may have removed it just now.
        if error.kind == .missingInput, unsafe access(file.path, F_OK) != 0 { continue }
        guard error.kind == .badData, !isNewer(file) else { throw error }
        if damaged == nil { damaged = error }
      }
    }
    guard let damaged else { return nil }
    throw RunFailure(
      .badData,
      "no checkpoint in \(RunFailure.display(directory)) is whole: \(damaged.message)",
      cure: "restore the directory from a copy, or start over with --fresh")
  }

  /// Whether a file was written by a newer program: there is nothing damaged about it.
  private static func isNewer(_ file: CheckpointFile) -> Bool {
    guard let version = Container.claimedVersion(ofFile: file.path) else { return false }
    return version > Container.currentVersion
  }
}
