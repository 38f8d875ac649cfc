import Featurizing
import Glibc
import ModelFile
import SparseBatches

/// A directory of its own for one test, removed when the test lets go of it.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/model-file-tests-XXXXXX".utf8CString)
    // mkdtemp changes the array in place and returns its address.
    let made = unsafe mkdtemp(&template) != nil
    precondition(made, "no scratch directory")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for entry in entries { unsafe _ = remove(path + "/" + entry) }
    unsafe _ = rmdir(path)
  }

  subscript(_ name: String) -> String { path + "/" + name }

  /// Names of everything in the directory, hidden files too.
  var entries: [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe _ = closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

func readFile(_ path: String) -> [UInt8]? {
  guard let file = unsafe fopen(path, "rb") else { return nil }
  defer { unsafe _ = fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = unsafe getc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return bytes
}

func writeFile(_ path: String, _ bytes: [UInt8]) {
  guard let file = unsafe fopen(path, "wb") else { return }
  unsafe _ = fwrite(bytes, 1, bytes.count, file)
  unsafe _ = fclose(file)
}

func mode(of path: String) -> mode_t? {
  var status = stat()
  return unsafe lstat(path, &status) == 0 ? status.st_mode : nil
}

/// What `body` throws.
func failure(_ body: () throws -> Void) -> RunFailure? {
  do { try body() } catch { return error as? RunFailure }
  return nil
}

/// A generator that gives the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.bits(state)
  }
}

/// A logistic model without weights.
func plainModel(alpha: Double) -> ModelDocument {
  ModelDocument(
    header: ModelHeader(
      schema: FeatureSchema(
        source: .libsvm(nil), hashing: FeatureHashing(bits: 10), labels: .convention),
      labelConvention: .zeroOne,
      learner: ModelHeader.Learner(
        loss: "logistic", optimizer: "ftrl", l1: 0, l2: 0,
        online: ModelHeader.Learner.Online(alpha: alpha, beta: 1, rate: nil, batchSize: 1)),
      passes: ModelHeader.Passes(
        epochs: 1, bestEpoch: nil, shuffleRows: 0, seed: 1, holdout: 0, classWeights: []),
      statistics: ModelHeader.Statistics(), biases: [0.5]),
    weights: SparseWeights(outputsPerSlot: 1))
}

/// The container that the golden file of version 1 holds.
func sampleContainer(name: String = "sample") throws -> Container {
  var weights = SparseWeights()
  for (slot, weight) in [(0, 0.5), (1, -1.25), (130, 3.0e-5), (4_194_303, -7.75)] {
    try weights.append(slot: UInt32(slot), weight: Float(weight))
  }
  return Container(
    kind: .model,
    headerJSON: Array(#"{"bits":22,"loss":"logistic","note":"größer"}"#.utf8)[...],
    sections: [
      weights.section,
      ContainerSection(type: SectionType("TEST"), index: 7, data: []),
      ContainerSection(type: SectionType("TEST"), index: 8, data: [0x00, 0xFF, 0x0D, 0x0A]),
    ], name: name)
}
