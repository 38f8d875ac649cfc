import Synchronization

/// What other languages hold in place of an object: a number that was never given before, so that a
/// closed handle, or anything else that is none, is noticed and never followed.
enum Handles {
  private struct Table {
    var objects: [UInt: any AnyObject & Sendable] = [:]
    var last: UInt = 0
  }

  /// Handles look like pointers, so they are aligned as those are.
  private static let step: UInt = 16
  private static let table = Mutex(Table())

  static func make(_ object: any AnyObject & Sendable) -> OpaquePointer? {
    let number = table.withLock { table in
      table.last += step
      table.objects[table.last] = object
      return table.last
    }
    return unsafe OpaquePointer(bitPattern: number)
  }

  /// - Returns: nil when it is no handle of such an object.
  static func object<Object: AnyObject & Sendable>(
    _ handle: OpaquePointer?, _ type: Object.Type
  ) -> Object? {
    let number = UInt(bitPattern: handle)
    return table.withLock { $0.objects[number] as? Object }
  }

  /// - Returns: what it was the handle of; nil when it is none of such an object.
  static func remove<Object: AnyObject & Sendable>(
    _ handle: OpaquePointer?, _ type: Object.Type
  ) -> Object? {
    let number = UInt(bitPattern: handle)
    return table.withLock { table in
      guard let object = table.objects[number] as? Object else { return nil }
      table.objects[number] = nil
      return object
    }
  }
}
