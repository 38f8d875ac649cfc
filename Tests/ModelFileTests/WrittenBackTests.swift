import SparseBatches
import Testing

@testable import ModelFile

/// A model is read back before it gets its name.
@Suite struct WrittenBackTests {
  private let scratch = Scratch()
  private let model = plainModel(alpha: 0.1)

  /// What is said of bytes that stand where the model should.
  private func said(_ change: (inout [UInt8]) -> Void) throws -> RunFailure? {
    let container = try model.container(named: "m")
    var bytes = container.encoded()
    change(&bytes)
    let written = bytes
    let staged = try AtomicOutput.stage(scratch["m"]) { output throws(RunFailure) in
      try output.write(written.span)
    }
    do throws(RunFailure) {
      try ModelDocument.check(staged, against: container)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatWasWrittenIsRead() throws {
    #expect(try said { _ in } == nil)
  }

  @Test func whatWasNotIsRefused() throws {
    let count = try model.container(named: "m").encoded().count
    for place in stride(from: 0, to: count, by: 7) {
      let failure = try #require(try said { $0[place] ^= 0x10 })
      #expect(failure.kind == .inputOutput && failure.message.contains("cannot be read back"))
    }
    #expect(try said { $0.removeLast() } != nil)
    #expect(try said { $0.removeAll() } != nil)
    let other = try plainModel(alpha: 0.2).container(named: "m").encoded()
    #expect(try said { $0 = other }?.message.contains("another one") == true)
  }
}
