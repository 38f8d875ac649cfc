public import CInterfaceHeader
import LogRegStream
import SparseBatches

/// A model, and the texts about it that C may look at.
final class OpenModel: Sendable {
  let model: LoadedModel
  let loss: OwnedText
  let classes: [OwnedText]
  let columns: [OwnedText]
  let description: OwnedText

  init(_ model: LoadedModel) {
    self.model = model
    loss = OwnedText(model.loss.utf8)
    classes = model.classes.map { OwnedText($0.utf8) }
    columns = model.columns.map { OwnedText($0) }
    description = OwnedText(model.inspection.json(top: nil).text.utf8)
  }
}

private let version = OwnedText(BuildInformation.program.utf8)

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_version() -> UnsafePointer<CChar>! { unsafe version.cString }

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_interface_version() -> CInt { LRS_INTERFACE_VERSION }

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_error_message() -> UnsafePointer<CChar>! { unsafe logreg_stream_kept_message() }

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_error_cure() -> UnsafePointer<CChar>! { unsafe logreg_stream_kept_cure() }

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_open(
  _ path: UnsafePointer<CChar>!, _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> CInt {
  answer { () throws(RunFailure) in
    let target = unsafe try Argument.needed(model, "model")
    let loaded = try LoadedModel(path: try unsafe Argument.path(path, "path"))
    unsafe target.pointee = Handles.make(OpenModel(loaded))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_open_memory(
  _ bytes: UnsafeRawPointer!, _ length: Int, _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> CInt {
  answer { () throws(RunFailure) in
    let target = unsafe try Argument.needed(model, "model")
    let loaded = try LoadedModel(bytes: try unsafe Argument.bytes(bytes, length, "bytes"))
    unsafe target.pointee = Handles.make(OpenModel(loaded))
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_close(_ model: OpaquePointer!) -> CInt {
  answer { () throws(RunFailure) in
    guard unsafe Handles.remove(model, OpenModel.self) != nil else {
      throw Argument.noHandle("model")
    }
  }
}

/// Finds a model's part and puts it where C wants it.
private func give<Value>(
  _ model: OpaquePointer?, _ target: UnsafeMutablePointer<Value>?, _ name: String,
  _ part: (OpenModel) throws(RunFailure) -> Value
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let target = unsafe try Argument.needed(target, name)
    unsafe target.pointee = try part(open)
  }
}

private func text(
  _ index: Int, of texts: [OwnedText], _ name: String
) throws(RunFailure) -> lrs_text {
  guard texts.indices.contains(index) else {
    throw RunFailure(.usage, "there is no \(name) \(index): the model has \(texts.count)")
  }
  return unsafe texts[index].text
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_loss(
  _ model: OpaquePointer!, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>!
) -> CInt {
  unsafe give(model, name, "name") { unsafe $0.loss.cString }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_output_count(
  _ model: OpaquePointer!, _ count: UnsafeMutablePointer<Int>!
) -> CInt {
  unsafe give(model, count, "count") { $0.model.outputs }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_class_count(
  _ model: OpaquePointer!, _ count: UnsafeMutablePointer<Int>!
) -> CInt {
  unsafe give(model, count, "count") { $0.classes.count }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_class_name(
  _ model: OpaquePointer!, _ index: Int, _ name: UnsafeMutablePointer<lrs_text>!
) -> CInt {
  unsafe give(model, name, "name") { open throws(RunFailure) in
    try unsafe text(index, of: open.classes, "class")
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_column_count(
  _ model: OpaquePointer!, _ count: UnsafeMutablePointer<Int>!
) -> CInt {
  unsafe give(model, count, "count") { $0.columns.count }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_column_name(
  _ model: OpaquePointer!, _ index: Int, _ name: UnsafeMutablePointer<lrs_text>!
) -> CInt {
  unsafe give(model, name, "name") { open throws(RunFailure) in
    try unsafe text(index, of: open.columns, "column")
  }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_describe(
  _ model: OpaquePointer!, _ json: UnsafeMutablePointer<lrs_text>!
) -> CInt {
  unsafe give(model, json, "json") { unsafe $0.description.text }
}

/// Declared and documented in `logreg_stream.h`.
@c @implementation
public func lrs_model_describe_weights(
  _ model: OpaquePointer!, _ most: Int, _ handler: lrs_text_handler!,
  _ context: UnsafeMutableRawPointer!
) -> CInt {
  answer { () throws(RunFailure) in
    let open = unsafe try Argument.object(model, OpenModel.self, "model")
    let handler = unsafe try Argument.needed(handler, "handler")
    guard most > 0 else { throw RunFailure(.usage, "most must be at least 1") }
    let json = OwnedText(open.model.inspection.json(top: most).text.utf8)
    unsafe handler(context, json.text.bytes, json.text.length)
  }
}
