/// A reference that several threads may hold because the hand-off lets one use it at a time.
struct UncheckedShared<Value: AnyObject>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
