internal import Learning
internal import ModelFile
internal import SparseBatches

extension LearnerCheckpoint {
  func encode(into writer: inout ByteWriter) {
    writer.append(words: bias.words + clock.words + [updates] + progress.words)
    writer.append(pendingRows)
    writer.append(pendingWeighingRows)
    writer.append(pendingBiasGradient)
    writer.append(pendingSlots.count)
    for slot in pendingSlots { writer.append(slot) }
    for gradient in pendingGradients { writer.append(gradient) }
  }

  /// - Parameter parameters: of the learner that it was taken from.
  init(_ parameters: Rule.Parameters, from reader: inout ByteReader) throws(RunFailure) {
    self.init(parameters)
    bias = try reader.readCoded(Rule.Bias.self)
    clock = try reader.readCoded(Rule.Clock.self)
    updates = try reader.readUInt64()
    progress = try reader.readCoded(ProgressiveLoss.self)
    pendingRows = try reader.readInt()
    pendingWeighingRows = try reader.readInt()
    pendingBiasGradient = try reader.readDouble()
    let count = try reader.readCount(elementBytes: 12)
    for _ in 0..<count { pendingSlots.append(try reader.readUInt32()) }
    for _ in 0..<count { pendingGradients.append(try reader.readDouble()) }
  }
}

extension SoftmaxCheckpoint {
  func encode(into writer: inout ByteWriter) {
    for bias in biases { writer.append(words: bias.words) }
    writer.append(words: clock.words + [updates] + progress.words)
    writer.append(pendingRows)
    writer.append(pendingWeighingRows)
    for gradient in pendingBiasGradients { writer.append(gradient) }
    writer.append(pendingSlots.count)
    for slot in pendingSlots { writer.append(slot) }
    for gradient in pendingGradients { writer.append(gradient) }
  }

  /// - Parameters:
  ///   - parameters, classes: of the learner that it was taken from.
  init(
    _ parameters: Rule.Parameters, classes: Int, from reader: inout ByteReader
  ) throws(RunFailure) {
    self.init(parameters, classes: classes)
    for output in 0..<classes { biases[output] = try reader.readCoded(Rule.Bias.self) }
    clock = try reader.readCoded(Rule.Clock.self)
    updates = try reader.readUInt64()
    progress = try reader.readCoded(ProgressiveLoss.self)
    pendingRows = try reader.readInt()
    pendingWeighingRows = try reader.readInt()
    for output in 0..<classes { pendingBiasGradients[output] = try reader.readDouble() }
    let count = try reader.readCount(elementBytes: 4 + 8 * classes)
    for _ in 0..<count { pendingSlots.append(try reader.readUInt32()) }
    for _ in 0..<count * classes { pendingGradients.append(try reader.readDouble()) }
  }
}
