internal import Evaluation
internal import Featurizing
internal import Learning
internal import SparseBatches

/// How rows become features.
extension TrainingOption {
  package static var reading: [TrainingOption] {
    layout + columns + values
      + [
        learned("bits", \.reading.bits) {
          String($0.reading.bits ?? ReadingConfiguration.usualBits)
        },
        learned("hash-seed", \.reading.hashSeed) {
          String($0.reading.hashSeed ?? ReadingConfiguration.usualHashSeed)
        },
        learned("max-line-bytes", \.reading.maximumLineBytes) {
          String($0.reading.maximumLineBytes)
        },
      ]
  }

  private static var layout: [TrainingOption] {
    var schema = learned("schema", \.reading.schema) { $0.reading.schema?.optionText }
    schema.decisive = SchemaFile.checksumText
    return [
      schema,
      learned("format", \.reading.format, if: \.findsColumns) { subject in
        let format = subject.reading.format ?? .auto
        return format == .auto ? subject.schema.formatName : format.rawValue
      },
      learned("quote", \.reading.quote, if: \.isDelimited) { subject in
        switch subject.reading.quote {
        case .byte(let byte): OptionText.byte(byte)
        case .ordinary: "none"
        case nil: ReadingOptions().quote.byte.map(OptionText.byte)
        }
      },
      learned("delimiter", \.reading.delimiter, if: \.isDelimited) { subject in
        (subject.reading.delimiter ?? subject.csv?.delimiter).map(OptionText.byte)
      },
      learned("no-header", \.reading.hasHeader, if: \.isDelimited) {
        String(!$0.reading.hasHeader)
      },
      learned("comment", \.reading.comment, if: \.isDelimited) { subject in
        (subject.reading.comment ?? subject.csv?.comment).map(OptionText.byte)
      },
      learned("skip-lines", \.reading.skippedLines, if: \.isDelimited) {
        String($0.reading.skippedLines ?? ReadingOptions().skippedLines)
      },
      learned("max-field-lines", \.reading.maximumFieldLines, if: \.isDelimited) { subject in
        subject.reading.maximumFieldLines.map { String($0) }
      },
      learned("max-columns", \.reading.maximumColumns, if: \.isDelimited) {
        String($0.reading.maximumColumns ?? ReadingOptions().maximumColumns)
      },
      learned("columns", \.reading.columns, if: \.isDelimited) { subject in
        let found = subject.csv.flatMap { $0.hasHeader ? nil : $0.columns.map(\.name) }
        return (subject.reading.columns?.map { ByteText($0) } ?? found).map(OptionText.list)
      },
    ]
  }

  private static var columns: [TrainingOption] {
    [
      learned("label", \.reading.label, if: \.isDelimited) { subject in
        (subject.reading.label.map { ByteText($0) } ?? subject.csv?.label)?.display
      },
      learned("positive", \.reading.positive) { $0.reading.positive.map(OptionText.text) },
      learned("classes", \.reading.classes) { subject in
        let classes = subject.reading.classes?.map { ByteText($0) } ?? subject.schema.labels.classes
        return classes.isEmpty ? nil : OptionText.list(classes)
      },
      learned("weight", \.reading.weight) { $0.reading.weight.map(OptionText.text) },
      patterns("numeric", \.reading.numeric), patterns("categorical", \.reading.categorical),
      patterns("text", \.reading.text), patterns("ignore", \.reading.ignored),
      patterns("cross", \.reading.crosses),
    ]
  }

  private static func patterns(
    _ name: String, _ place: WritableKeyPath<TrainingConfiguration, [String]>
  ) -> TrainingOption {
    learned(name, place) { subject in
      let patterns = subject.configuration[keyPath: place]
      return patterns.isEmpty ? nil : OptionText.list(patterns)
    }
  }

  private static var missing: TrainingOption {
    var missing = learned("missing", \.reading.missing, if: \.isDelimited) { subject in
      let tokens = subject.reading.missing.map { MissingTokens(list: $0) } ?? .standard
      return OptionText.list(tokens.tokens.map { ByteText(bytes: $0) })
    }
    missing.isInSchema = true
    return missing
  }

  private static var values: [TrainingOption] {
    [
      learned("numeric-transform", \.reading.numericTransforms, if: \.isDelimited) { subject in
        let transforms = subject.reading.numericTransforms
        return transforms.isEmpty ? TransformChoice.auto.rawValue : OptionText.list(transforms)
      },
      learned("ngrams", \.reading.ngrams, if: \.isDelimited) {
        String($0.reading.ngrams ?? ReadingOptions().ngrams)
      },
      learned("scale", \.reading.scale, if: { $0.findsColumns && $0.schema.formatName == "libsvm" })
      {
        ($0.reading.scale ?? .none).rawValue
      },
      learned("sniff-rows", \.reading.sniffRows, if: { $0.isScaled || $0.findsClasses }) {
        String($0.reading.sniffRows ?? ReadingOptions().sniffRows)
      },
      missing,
      learned("decimal", \.reading.decimal, if: \.isDelimited) {
        ($0.reading.decimal ?? .point).rawValue
      },
      learned("number-marks", \.reading.numberMarks, if: \.isDelimited) {
        OptionText.text($0.reading.numberMarks ?? "")
      },
      learned("clip", \.reading.clip, if: \.isScaled) {
        OptionText.number($0.reading.clip ?? ReadingOptions().clip)
      },
    ]
  }
}

extension TrainingOption.Subject {
  package var reading: ReadingConfiguration { configuration.reading }

  /// Whether no schema file says what the columns are.
  fileprivate var findsColumns: Bool { reading.schema == nil }

  /// The columns that were found; nil where a file gave them, or rows have none.
  fileprivate var csv: CSVSchema? {
    guard findsColumns, case .csv(let csv) = schema.source else { return nil }
    return csv
  }

  fileprivate var isDelimited: Bool { csv != nil }

  /// Whether values are scaled by what the first rows hold.
  fileprivate var isScaled: Bool { isDelimited || findsColumns && reading.scale == .maxabs }

  /// Whether the first rows say which classes there are.
  fileprivate var findsClasses: Bool {
    configuration.learner.loss == .softmax && reading.classes == nil
  }
}

extension SchemaFile {
  /// `crc-32 0a1b2c3d of columns.yaml`.
  var optionText: String { Self.checksumText(of: checksum) + " of " + OptionText.text(name) }

  static func checksumText(of checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return "crc-32 " + String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The part of an `optionText` that does not depend on where the file lies.
  fileprivate static func checksumText(_ text: String) -> String {
    text.split(separator: " ").prefix(2).joined(separator: " ")
  }
}

/// How weights are learned, and on which rows.
extension TrainingOption {
  package static var learning: [TrainingOption] {
    [
      learned("optimizer", \.learner.optimizer) { $0.learner.optimizer.rawValue },
      learned("loss", \.learner.loss) { $0.learner.loss.rawValue },
      learned("alpha", \.learner.alpha, if: { $0.learner.optimizer == .ftrl }) {
        guard $0.learner.optimizer == .ftrl else { return nil }
        return $0.learner.alpha.map(OptionText.number) ?? "auto"
      },
      learned("race-rows", \.learner.raceRows, if: { $0.learner.findsRate }) {
        $0.learner.raceRows.map { String($0) }
      },
      average,
      learned("beta", \.learner.beta, if: { $0.learner.optimizer == .ftrl }) {
        OptionText.number($0.learner.beta)
      },
      learned("l1", \.learner.l1) { OptionText.number($0.learner.l1) },
      learned("l2", \.learner.l2) { OptionText.number($0.learner.l2) },
      learned("batch-size", \.learner.batchSize, if: \.isOnline) { String($0.learner.batchSize) },
      learned("max-iterations", \.learner.maximumIterations, if: { !$0.isOnline }) {
        String($0.learner.maximumIterations)
      },
      learned("tolerance", \.learner.tolerance, if: { !$0.isOnline }) {
        OptionText.number($0.learner.tolerance)
      },
    ] + rate
  }

  private static var average: TrainingOption {
    var average = learned("average", \.learner.average, if: \.isOnline) {
      $0.learner.average.rawValue
    }
    average.textBefore = LearnerConfiguration.Average.none.rawValue
    return average
  }

  private static var rate: [TrainingOption] {
    [
      learned("learning-rate", \.learner.learningRate.initial) { subject in
        if subject.learner.optimizer.hasLearningRate, subject.learner.findsRate { return "auto" }
        return subject.rate.flatMap {
          $0.schedule == .optimal ? nil : OptionText.number($0.initial)
        }
      },
      learned("schedule", \.learner.learningRate.schedule) { $0.rate?.schedule.rawValue },
      learned("power", \.learner.learningRate.power) { subject in
        subject.rate.flatMap { $0.schedule == .invscaling ? OptionText.number($0.power) : nil }
      },
      learned("decay", \.learner.learningRate.decay) { subject in
        subject.rate.flatMap { rate in
          [.exponential, .step].contains(rate.schedule) ? OptionText.number(rate.decay) : nil
        }
      },
      learned("decay-rows", \.learner.learningRate.decayRows) { subject in
        subject.rate.flatMap { rate in
          [.constant, .optimal].contains(rate.schedule) ? nil : String(rate.decayRows)
        }
      },
      learned("warmup", \.learner.learningRate.warmupRows) { subject in
        subject.rate.map { String($0.warmupRows) }
      },
    ]
  }

  package static var passes: [TrainingOption] {
    [
      learned("start-from", \.startFrom) { $0.configuration.originText },
      learned("epochs", \.passes.epochs, if: \.isOnline) { String($0.passes.epochs) },
      learned("early-stop", \.passes.earlyStop) { subject in
        subject.passes.earlyStop.map { String($0) }
      },
      learned("shuffle", \.passes.shuffle, if: \.isOnline) { $0.passes.shuffle.description },
      learned("seed", \.passes.seed) { String($0.passes.seed) },
      learned("holdout", \.passes.holdout) { OptionText.number($0.configuration.holdoutFraction) },
      learned("holdout-rows", \.passes.holdoutRows, if: { $0.configuration.holdoutFraction > 0 }) {
        String($0.passes.holdoutRows)
      },
      learned("class-weight", \.classWeights) { subject in
        subject.configuration.classWeights.optionText(subject.schema.labels)
      },
      learned("names", \.names) { subject in
        subject.configuration.names.limit == 0 ? "off" : String(subject.configuration.names.limit)
      },
      learned("profile", \.keepsProfile) { $0.configuration.keepsProfile ? "on" : "off" },
    ]
  }

  package static var sampling: [TrainingOption] {
    [
      learned("keep-negatives", \.sampling.keepNegatives, if: \.isBinary) {
        OptionText.number($0.sampling.keepNegatives ?? 1)
      },
      learned("negatives-kept", \.sampling.negativesKept, if: \.isBinary) {
        OptionText.number($0.sampling.negativesKept ?? 1)
      },
      learned("population-rate", \.sampling.populationRate) { subject in
        subject.sampling.populationRate.map(OptionText.number)
      },
      learned("correction", \.sampling.correction, if: \.hasSomethingToCorrect) {
        $0.sampling.correctionInForce.rawValue
      },
      learned("calibrator", \.calibrator) { subject in
        let configuration = subject.configuration
        if configuration.calibrationRows == .stream { return configuration.calibrator.rawValue }
        return configuration.holdoutCalibrator?.rawValue ?? CalibratorChoice.none.rawValue
      },
      calibrateOn,
    ]
  }

  private static var calibrateOn: TrainingOption {
    var calibrateOn = learned("calibrate-on", \.calibrateOn, if: \.mayCalibrate) { subject in
      subject.mayCalibrate ? subject.configuration.calibrationRows.rawValue : nil
    }
    calibrateOn.textBefore = CalibrationRows.holdout.rawValue
    return calibrateOn
  }
}

extension TrainingOption.Subject {
  fileprivate var learner: LearnerConfiguration { configuration.learner }
  fileprivate var passes: PassConfiguration { configuration.passes }
  fileprivate var sampling: SamplingConfiguration { configuration.sampling }
  fileprivate var isOnline: Bool { !learner.optimizer.isExact }
  fileprivate var isBinary: Bool { learner.loss == .logistic || learner.loss == .probit }

  fileprivate var mayCalibrate: Bool { configuration.calibrator != .none }

  fileprivate var hasSomethingToCorrect: Bool {
    sampling.hasWrongNegatives || !configuration.classWeights.entries.isEmpty
  }

  /// nil where the optimizer has a rate of its own.
  fileprivate var rate: LearningRate? { try? learner.rateInForce() }
}

extension ClassWeights {
  /// The factors that differ from 1, by the first name of each class; nil when there is none.
  func optionText(_ labels: LabelRule) -> String? {
    let factors = (try? factors(labels)) ?? []
    let parts = zip(Self.names(labels), factors).compactMap { names, factor -> String? in
      guard factor != 1, let name = names.first else { return nil }
      return OptionText.list([name]) + "=" + OptionText.number(factor)
    }
    return parts.isEmpty ? nil : parts.joined(separator: ",")
  }
}
