public import CInterfaceHeader
import LogRegStream
import SparseBatches

/// Calls a training.
private func with(
  _ training: OpaquePointer?, _ body: (EmbeddedTraining) throws(RunFailure) -> Void
) -> CInt {
  answer { () throws(RunFailure) in
    try body(try unsafe Argument.object(training, EmbeddedTraining.self, "training"))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_open(
  _ config: UnsafeRawPointer!, _ length: Int, _ modelPath: UnsafePointer<CChar>!,
  _ training: UnsafeMutablePointer<OpaquePointer?>!
) -> CInt {
  answer { () throws(RunFailure) in
    let target = unsafe try Argument.needed(training, "training")
    let text = try unsafe Argument.bytes(config, length, "config")
    var model: String?
    if let modelPath = unsafe modelPath {
      model = try unsafe Argument.path(modelPath, "model_path")
    }
    unsafe target.pointee = Handles.make(try EmbeddedTraining(config: text, model: model))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_on_progress(
  _ training: OpaquePointer!, _ handler: lrs_text_handler!, _ context: UnsafeMutableRawPointer!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    let function = unsafe try Argument.needed(handler, "handler")
    try training.onProgress(
      unsafe EmbeddedTraining.Handler(function: function, context: context))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_on_notice(
  _ training: OpaquePointer!, _ handler: lrs_text_handler!, _ context: UnsafeMutableRawPointer!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    let function = unsafe try Argument.needed(handler, "handler")
    try training.onNotice(unsafe EmbeddedTraining.Handler(function: function, context: context))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_add_path(
  _ training: OpaquePointer!, _ path: UnsafePointer<CChar>!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    try training.add(path: try unsafe Argument.path(path, "path"))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_feed(
  _ training: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ length: Int
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    try Argument.refuseInHandler()
    guard length >= 0 else {
      throw RunFailure(.usage, "the length of bytes is larger than any memory")
    }
    let start = length > 0 ? try unsafe Argument.needed(bytes, "bytes") : nil
    // Proof: the caller owns `length` bytes there, as the header says.
    try unsafe training.feed(UnsafeRawBufferPointer(start: start, count: length))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_end_input(_ training: OpaquePointer!) -> CInt {
  unsafe with(training) { training throws(RunFailure) in try training.endInput() }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_wait(
  _ training: OpaquePointer!, _ milliseconds: CInt, _ hasEnded: UnsafeMutablePointer<CInt>!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    let target = unsafe try Argument.needed(hasEnded, "has_ended")
    try Argument.refuseInHandler()
    unsafe target.pointee = try training.wait(milliseconds: milliseconds) ? 1 : 0
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_finish(_ training: OpaquePointer!) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    try Argument.refuseInHandler()
    try training.finish()
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_summary(
  _ training: OpaquePointer!, _ json: UnsafeMutablePointer<lrs_text>!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    let target = unsafe try Argument.needed(json, "json")
    unsafe target.pointee = try training.summary().text
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_model(
  _ training: OpaquePointer!, _ model: UnsafeMutablePointer<lrs_text>!
) -> CInt {
  unsafe with(training) { training throws(RunFailure) in
    let target = unsafe try Argument.needed(model, "model")
    unsafe target.pointee = try training.model().text
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_cancel(_ training: OpaquePointer!) -> CInt {
  unsafe with(training) { $0.cancel() }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_training_close(_ training: OpaquePointer!) -> CInt {
  answer { () throws(RunFailure) in
    try Argument.refuseInHandler()
    guard let closed = unsafe Handles.remove(training, EmbeddedTraining.self) else {
      throw Argument.noHandle("training")
    }
    closed.close()
  }
}
