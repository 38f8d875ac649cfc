import Learning
import SparseBatches
import Testing

@Suite struct SlotTableTests {
  @Test(arguments: [0, 1, 10, 19])
  func startsAsZerosAndKeepsWhatIsStored(bits: Int) throws {
    var table = try SlotTable<SIMD2<Float>>(bits: bits)
    #expect(table.count == 1 << bits)
    let last = UInt32(table.count - 1)
    #expect(table[0] == SIMD2(0, 0) && table[last] == SIMD2(0, 0))
    table[last] = SIMD2(1, 2)
    #expect(table[last] == SIMD2(1, 2))
    // A slot beyond the table is brought back into it.
    #expect(table[last &+ UInt32(table.count)] == SIMD2(1, 2))
  }

  private struct Enormous: BitwiseCopyable {
    var part: InlineArray<0x40000, Double>
  }

  @Test func tooLargeATableIsAUsageErrorThatSaysWhatToDo() throws {
    // 2^51 bytes are beyond the address space.
    var failure: RunFailure?
    do throws(RunFailure) { _ = try SlotTable<Enormous>(bits: 30) } catch { failure = error }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains("2^30 slots") == true)
    #expect(failure?.cure?.contains("--bits") == true)
  }
}
