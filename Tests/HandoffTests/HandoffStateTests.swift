import Testing

@testable import Handoff

/// The policy alone, step by step.
@Suite struct HandoffStateTests {
  @Test func aSingleThreadGoesItemByItem() {
    var state = HandoffState(capacity: 1, consumerProduces: true)
    for item in 0..<3 {
      #expect(state.nextStep(for: .consumer) == .produce(item))
      state.finishProduce(more: true)
      #expect(state.nextStep(for: .consumer) == .transform(item))
      #expect(state.finishTransform(item) == true)
      #expect(state.nextStep(for: .consumer) == .consume(item))
      state.finishConsume(item)
    }
    #expect(state.nextStep(for: .consumer) == .produce(3))
    state.finishProduce(more: false)
    #expect(state.nextStep(for: .consumer) == .leave)
  }

  @Test func theProducerTransformsTheOldestWhenNoItemIsFree() {
    var state = HandoffState(capacity: 2, consumerProduces: false)
    for item in 0..<2 {
      #expect(state.nextStep(for: .producer) == .produce(item))
      state.finishProduce(more: true)
    }
    #expect(state.nextStep(for: .producer) == .transform(0))
    // The consumer may not take item 0, which is in work: it helps with the next one.
    #expect(state.nextStep(for: .consumer) == .transform(1))
    #expect(state.nextStep(for: .consumer) == .wait)
    // Item 1 is done first: the consumer still waits for item 0.
    #expect(state.finishTransform(1) == false)
    #expect(state.nextStep(for: .consumer) == .wait)
    #expect(state.nextStep(for: .producer) == .wait)
    #expect(state.finishTransform(0) == true)
    #expect(state.nextStep(for: .consumer) == .consume(0))
    state.finishConsume(0)
    #expect(state.nextStep(for: .producer) == .produce(2))
    #expect(state.nextStep(for: .consumer) == .consume(1))
  }

  @Test func aRecycledPlaceIsNotTransformedYet() {
    var state = HandoffState(capacity: 1, consumerProduces: false)
    state.finishProduce(more: true)
    #expect(state.nextStep(for: .worker) == .transform(0))
    #expect(state.finishTransform(0) == true)
    state.finishConsume(0)
    state.finishProduce(more: true)
    #expect(state.nextStep(for: .consumer) == .transform(1))
  }

  @Test func nobodyLeavesBeforeThePendingItemsAreTaken() {
    var state = HandoffState(capacity: 4, consumerProduces: false)
    for _ in 0..<2 { state.finishProduce(more: true) }
    state.finishProduce(more: false)
    #expect(state.nextStep(for: .worker) == .transform(0))
    #expect(state.nextStep(for: .producer) == .transform(1))
    #expect(state.nextStep(for: .producer) == .leave)
    #expect(state.nextStep(for: .worker) == .leave)
    #expect(state.nextStep(for: .consumer) == .wait)
  }

  @Test func partsOfTheConsumersWorkComeFirst() {
    var state = HandoffState(capacity: 4, consumerProduces: false)
    state.finishProduce(more: true)
    state.openParts(3)
    #expect(state.nextStep(for: .producer) == .share(0))
    #expect(state.nextStep(for: .worker) == .share(1))
    #expect(state.claimPart() == 2)
    #expect(state.claimPart() == nil)
    #expect(state.nextStep(for: .worker) == .transform(0))
    #expect(state.finishPart() == false)
    #expect(state.finishPart() == false)
    #expect(!state.allPartsAreFinished)
    #expect(state.finishPart() == true)
    #expect(state.allPartsAreFinished)
  }

  @Test(arguments: Role.allCases)
  func aStoppedRunIsLeftAtOnce(_ role: Role) {
    var state = HandoffState(capacity: 4, consumerProduces: false)
    state.finishProduce(more: true)
    state.stop()
    #expect(state.nextStep(for: role) == .leave)
  }
}
