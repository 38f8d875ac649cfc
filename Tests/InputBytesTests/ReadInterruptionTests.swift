import Foundation
import SparseBatches
import Testing

@testable import InputBytes

@Suite struct ReadInterruptionTests {
  @Test(.timeLimit(.minutes(1)))
  func anIdlePipeCanBeLeft() throws {
    let pipe = Pipe()
    let interruption = try ReadInterruption()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
    #expect(interruption.waitForInput(descriptor))
    _ = try pipe.fileHandleForReading.read(upToCount: 1)
    let interrupter = Thread {
      Thread.sleep(forTimeInterval: 0.05)
      interruption.interrupt()
    }
    interrupter.start()
    #expect(!interruption.waitForInput(descriptor))
    #expect(!interruption.waitForInput(descriptor), "it stays interrupted")
  }

  @Test(.timeLimit(.minutes(1)))
  func aReaderThatWaitsThrows() throws {
    let pipe = Pipe()
    let interruption = try ReadInterruption()
    let stored = StoredBytes(
      descriptor: pipe.fileHandleForReading.fileDescriptor, name: "pipe", closesDescriptor: false,
      interruption: interruption)
    interruption.interrupt()
    #expect(throws: RunFailure.self) { try stored.next() }
  }
}
