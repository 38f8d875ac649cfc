import Glibc
import Handoff
import Testing

@Suite struct OrderedHandoffTests {
  static let shapes = [
    (1, 1), (1, 8), (2, 1), (2, 2), (2, 8), (3, 1), (3, 8), (4, 3), (8, 16), (16, 2),
  ]

  @Test(arguments: shapes)
  func itemsArriveInOrderWhateverTheThreads(_ threads: Int, _ itemCount: Int) throws {
    let items = (0..<itemCount).map { _ in Box() }
    let handoff = OrderedHandoff(threads: threads, items: items)
    let length = 500
    for round in 0..<3 {
      let produced = Counter()
      let transformed = Counter()
      var seen: [Int] = []
      try handoff.run(
        produce: { item throws(TestFailure) in
          let number = produced.bump()
          randomDelay(number &+ round)
          item.number = number
          return number < length
        },
        transform: { item in
          randomDelay(item.number &* 7 &+ round)
          transformed.bump()
          item.square = item.number * item.number
        },
        consume: { item throws(TestFailure) in
          randomDelay(item.number &* 13 &+ round)
          #expect(item.square == item.number * item.number)
          seen.append(item.number)
        })
      #expect(seen == Array(0..<length))
      #expect(transformed.count == length)
      #expect(produced.count == length + 1)
    }
  }

  @Test(arguments: shapes)
  func partsAreDoneWhenTheyAreAwaited(_ threads: Int, _ itemCount: Int) throws {
    let handoff = OrderedHandoff(threads: threads, items: (0..<itemCount).map { _ in Box() })
    let produced = Counter()
    let names = ThreadNames()
    var rounds = 0
    try handoff.run(
      produce: { item throws(TestFailure) in
        item.number = produced.bump()
        return item.number < 200
      },
      transform: { randomDelay($0.number) },
      consume: { item throws(TestFailure) in
        // Each part writes a box of its own without a lock: the thread sanitizer looks on.
        let parts = (0..<item.number % 7).map { _ in Box() }
        handoff.share(parts.count) { part in
          randomDelay(part &+ item.number)
          names.noteCurrent()
          parts[part].number = part
        }
        #expect(parts.map(\.number) == Array(0..<parts.count))
        rounds += 1
      })
    #expect(rounds == 200)
    // The calling thread works too, and not alone.
    #expect(names.seen.contains(ThreadNames.current))
    #expect(threads == 1 ? names.seen.count == 1 : names.seen.count > 1)
  }

  @Test(arguments: [1, 2, 5])
  func onlyTheGivenItemsAreUsed(_ threads: Int) throws {
    let items = (0..<3).map { _ in Box() }
    let known = Set(items.map(ObjectIdentifier.init))
    let produced = Counter()
    var used: Set<ObjectIdentifier> = []
    try OrderedHandoff(threads: threads, items: items).run(
      produce: { _ throws(TestFailure) in produced.bump() < 50 },
      transform: { _ in },
      consume: { item throws(TestFailure) in used.insert(ObjectIdentifier(item)) })
    #expect(used.isSubset(of: known))
    #expect(used.count == (threads == 1 ? 1 : 3))
  }

  @Test(arguments: [1, 2, 3, 8])
  func nothingProducedIsNothingConsumed(_ threads: Int) throws {
    var consumed = 0
    try OrderedHandoff(threads: threads, items: [Box(), Box()]).run(
      produce: { _ throws(TestFailure) in false },
      transform: { _ in Issue.record("transformed an item that was never filled") },
      consume: { _ throws(TestFailure) in consumed += 1 })
    #expect(consumed == 0)
  }

  @Test(arguments: shapes)
  func anErrorOfProduceComesAfterEverythingBeforeIt(_ threads: Int, _ itemCount: Int) {
    for last in [0, 1, 7, 40] {
      let produced = Counter()
      var seen: [Int] = []
      let expected = TestFailure(stage: "produce", item: last)
      #expect(throws: expected) {
        try OrderedHandoff(threads: threads, items: (0..<itemCount).map { _ in Box() }).run(
          produce: { item throws(TestFailure) in
            item.number = produced.bump()
            if item.number == last { throw TestFailure(stage: "produce", item: last) }
            return true
          },
          transform: { item in randomDelay(item.number) },
          consume: { item throws(TestFailure) in seen.append(item.number) })
      }
      #expect(seen == Array(0..<last))
      #expect(produced.count == last + 1)
    }
  }

  @Test(arguments: shapes)
  func anErrorOfConsumeStopsTheRun(_ threads: Int, _ itemCount: Int) {
    let produced = Counter()
    var seen: [Int] = []
    var interrupts = 0
    #expect(throws: TestFailure(stage: "consume", item: 20)) {
      try OrderedHandoff(threads: threads, items: (0..<itemCount).map { _ in Box() }).run(
        produce: { item throws(TestFailure) in
          item.number = produced.bump()
          return true
        },
        transform: { item in randomDelay(item.number) },
        consume: { item throws(TestFailure) in
          if item.number == 20 { throw TestFailure(stage: "consume", item: 20) }
          seen.append(item.number)
        },
        interruptProduce: { interrupts += 1 })
    }
    #expect(seen == Array(0..<20))
    // The producer had at most one item more in hand than there are items.
    #expect(produced.count <= 20 + itemCount + 1)
    #expect(interrupts == (threads == 1 ? 0 : 1))
  }

  @Test(arguments: [1, 2, 4])
  func anEarlierErrorOfConsumeHidesALaterOneOfProduce(_ threads: Int) {
    let produced = Counter()
    #expect(throws: TestFailure(stage: "consume", item: 2)) {
      try OrderedHandoff(threads: threads, items: (0..<8).map { _ in Box() }).run(
        produce: { item throws(TestFailure) in
          item.number = produced.bump()
          if item.number == 4 { throw TestFailure(stage: "produce", item: 4) }
          return true
        },
        transform: { item in randomDelay(item.number) },
        consume: { item throws(TestFailure) in
          usleep(2_000)
          if item.number == 2 { throw TestFailure(stage: "consume", item: 2) }
        })
    }
  }

  @Test(arguments: [2, 3, 8])
  func whatWasProducedIsConsumedWhileTheProducerBlocks(_ threads: Int) throws {
    // The producer's third call returns only after the consumer had both items before it.
    let produced = Counter()
    let consumed = Counter()
    try OrderedHandoff(threads: threads, items: (0..<8).map { _ in Box() }).run(
      produce: { _ throws(TestFailure) in
        guard produced.bump() == 2 else { return true }
        for _ in 0..<5_000 where consumed.count < 2 { usleep(1_000) }
        return false
      },
      transform: { _ in },
      consume: { _ throws(TestFailure) in consumed.bump() })
    #expect(consumed.count == 2)
  }

  @Test func aBlockedProducerCanBeInterrupted() {
    // As with an idle pipe on standard input: the read returns only when it is woken.
    let produced = Counter()
    let woken = Counter()
    #expect(throws: TestFailure(stage: "consume", item: 0)) {
      try OrderedHandoff(threads: 2, items: (0..<8).map { _ in Box() }).run(
        produce: { _ throws(TestFailure) in
          guard produced.bump() == 1 else { return true }
          for _ in 0..<5_000 where woken.count == 0 { usleep(1_000) }
          return woken.count == 0
        },
        transform: { _ in },
        consume: { _ throws(TestFailure) in throw TestFailure(stage: "consume", item: 0) },
        interruptProduce: { woken.bump() })
    }
    #expect(produced.count <= 2)
  }

  @Test(arguments: [1, 2, 3, 4])
  func exactlyTheAskedThreadsWorkAndNoneIsLeft(_ threads: Int) throws {
    let workers = ThreadNames()
    let produced = Counter()
    try OrderedHandoff(threads: threads, items: (0..<8).map { _ in Box() }).run(
      produce: { _ throws(TestFailure) in
        workers.noteCurrent()
        return produced.bump() < 100
      },
      transform: { _ in
        workers.noteCurrent()
        usleep(1_000)
      },
      consume: { _ throws(TestFailure) in workers.noteCurrent() })
    #expect(workers.seen.count == threads)
    // A joined thread may linger in /proc for a moment.
    for _ in 0..<1_000 where workers.alive != [ThreadNames.current] { usleep(1_000) }
    #expect(workers.alive == [ThreadNames.current])
  }

  @Test(arguments: [1, 2, 4])
  func noThreadIsLeftAfterAnError(_ threads: Int) {
    let workers = ThreadNames()
    workers.noteCurrent()
    #expect(throws: TestFailure(stage: "consume", item: 0)) {
      try OrderedHandoff(threads: threads, items: (0..<8).map { _ in Box() }).run(
        produce: { _ throws(TestFailure) in
          workers.noteCurrent()
          return true
        },
        transform: { _ in workers.noteCurrent() },
        consume: { _ throws(TestFailure) in throw TestFailure(stage: "consume", item: 0) })
    }
    for _ in 0..<1_000 where workers.alive != [ThreadNames.current] { usleep(1_000) }
    #expect(workers.alive == [ThreadNames.current])
  }

  @Test(arguments: [1, 2, 3])
  func timesAreCountedForEachThread(_ threads: Int) throws {
    let handoff = OrderedHandoff(threads: threads, items: (0..<4).map { _ in Box() })
    let produced = Counter()
    try handoff.run(
      produce: { _ throws(TestFailure) in
        usleep(1_000)
        return produced.bump() < 10
      },
      transform: { _ in usleep(2_000) },
      consume: { _ throws(TestFailure) in usleep(3_000) })
    #expect(handoff.times.count == threads)
    let total = handoff.times.reduce(StageTimes(), +)
    #expect(total.produceSeconds >= 0.011)
    #expect(total.transformSeconds >= 0.020)
    #expect(total.consumeSeconds >= 0.030)
    #expect(handoff.times[0].consumeSeconds == total.consumeSeconds)
    if threads == 1 { #expect(total.waitSeconds == 0) }
    if threads > 1 { #expect(handoff.times[1].produceSeconds == total.produceSeconds) }
  }
}
