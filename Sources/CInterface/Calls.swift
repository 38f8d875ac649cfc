import CInterfaceHeader
import LogRegStream
import SparseBatches

/// Runs a function of the interface: what it throws becomes the code and the texts of the thread.
func answer(_ body: () throws(RunFailure) -> Void) -> CInt {
  do throws(RunFailure) {
    try body()
    return 0
  } catch {
    keep(error)
    return error.exitCode
  }
}

private func keep(_ failure: RunFailure) {
  var message = failure.message
  var cure = failure.cure ?? ""
  message.withUTF8 { message in
    cure.withUTF8 { cure in
      // Proof: both texts live during the call, which copies them; an empty one may have no address.
      unsafe message.withMemoryRebound(to: CChar.self) { message in
        unsafe cure.withMemoryRebound(to: CChar.self) { cure in
          unsafe logreg_stream_keep_error(
            message.baseAddress, message.count, cure.baseAddress, cure.count)
        }
      }
    }
  }
}

/// Arguments of calls, checked.
enum Argument {
  /// - Throws: usage for NULL.
  static func needed<Value>(_ value: Value?, _ name: String) throws(RunFailure) -> Value {
    guard let value else { throw RunFailure(.usage, "\(name) is NULL", cure: "give a pointer") }
    return value
  }

  /// - Throws: usage for NULL with a length, or a length that no memory has.
  static func bytes(
    _ pointer: UnsafeRawPointer?, _ count: Int, _ name: String
  ) throws(RunFailure) -> [UInt8] {
    guard count >= 0 else {
      throw RunFailure(.usage, "the length of \(name) is larger than any memory")
    }
    guard count > 0 else { return [] }
    let start = unsafe try needed(pointer, name)
    // Proof: the caller owns `count` bytes there, as the header says.
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// - Throws: usage for NULL or an empty path.
  static func path(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(RunFailure) -> String {
    // Proof: the text ends with a NUL, as the header says.
    let path = unsafe PathText.text(cString: try needed(pointer, name))
    guard !path.isEmpty else { throw RunFailure(.usage, "\(name) is empty") }
    return path
  }

  static func object<Object: AnyObject & Sendable>(
    _ handle: OpaquePointer?, _ type: Object.Type, _ name: String
  ) throws(RunFailure) -> Object {
    guard let object = unsafe Handles.object(handle, type) else { throw noHandle(name) }
    return object
  }

  static func noHandle(_ name: String) -> RunFailure {
    RunFailure(
      .usage, "this is no \(name) that is open", cure: "it may have been closed, or never opened")
  }

  /// - Throws: usage inside a handler, where waiting for the training would never end.
  static func refuseInHandler() throws(RunFailure) {
    guard logreg_stream_is_in_handler() == 0 else {
      throw RunFailure(
        .usage, "a handler cannot wait for the training that called it",
        cure: "call lrs_training_cancel, or wait on another thread")
    }
  }
}

/// A text that C looks at for as long as its owner lives; a NUL follows it.
///
/// It never changes once it is made, so that any thread may look.
@safe
final class OwnedText: @unchecked Sendable {
  private let start: UnsafeMutablePointer<CChar>
  private let count: Int

  init(_ bytes: some Collection<UInt8>) {
    count = bytes.count
    unsafe start = .allocate(capacity: count + 1)
    // Proof: there is room for all of them and the NUL.
    for (index, byte) in bytes.enumerated() { unsafe start[index] = CChar(bitPattern: byte) }
    unsafe start[count] = 0
  }

  deinit { unsafe start.deallocate() }

  @unsafe var cString: UnsafePointer<CChar> { unsafe UnsafePointer(start) }

  @unsafe var text: lrs_text { unsafe lrs_text(bytes: start, length: count) }
}
