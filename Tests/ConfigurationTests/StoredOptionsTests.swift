import Checkpoints
import Featurizing
import SparseBatches
import Testing

@testable import Configuration

@Suite struct StoredOptionsTests {
  private let configuration = TrainingConfiguration(input: InputConfiguration(threads: 1))
  private let schema = FeatureSchema(
    source: .vw, hashing: FeatureHashing(), labels: .convention)

  private static let goldenModel = #filePath.replacing(
    "ConfigurationTests/StoredOptionsTests.swift",
    with: "ModelFileTests/Golden/model-v1-nameless.lrs")

  private func differences(
    _ stored: StoredOptions, _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> [String] {
    var present = configuration
    change(&present)
    return stored.differences(from: present, schema)
  }

  @Test func anOptionThatTheDirectoryDoesNotKnowStoodAtItsDefault() {
    var stored = StoredOptions(configuration, schema)
    for name in ["alpha", "l2", "seed", "holdout", "correction", "names"] {
      stored.texts[name] = nil
      stored.defaults.remove(name)
    }
    #expect(differences(stored).isEmpty)
    #expect(differences(stored) { $0.learner.l2 = 2 } == ["--l2 is 2 and was 0"])
  }

  /// What all programs did that had no such option is not what this one does when nothing is said.
  @Test func anOptionMayHaveStoodAtWhatItWasBeforeItWasOne() {
    var stored = StoredOptions(configuration, schema)
    stored.texts["calibrate-on"] = nil
    stored.defaults.remove("calibrate-on")
    // As they did: nothing was sampled, so that there was no calibrator.
    stored.texts["calibrator"] = "none"
    #expect(
      differences(stored) == [
        "--calibrate-on is stream and was holdout", "--calibrator is auto and was none",
      ])
    #expect(differences(stored) { $0.calibrateOn = .holdout }.isEmpty)
    // Nothing is calibrated: on nothing.
    #expect(differences(stored) { $0.calibrator = .none }.isEmpty)
    // Where a holdout is what is meant without a word, it still is.
    for change: (inout TrainingConfiguration) -> Void in [
      { $0.passes.epochs = 3 }, { $0.learner.optimizer = .newton }, { $0.learner.loss = .probit },
      { $0.passes.holdout = 0.2 },
    ] {
      var present = configuration
      change(&present)
      var old = StoredOptions(present, schema)
      #expect(old.texts["calibrate-on"] == "holdout")
      old.texts["calibrate-on"] = nil
      old.defaults.remove("calibrate-on")
      #expect(old.differences(from: present, schema).isEmpty)
    }
  }

  @Test func anOptionThatThisProgramDoesNotKnowIsPassedOverAtItsDefault() {
    var stored = StoredOptions(configuration, schema)
    stored.texts["momentum"] = "0"
    stored.defaults.insert("momentum")
    #expect(differences(stored).isEmpty)
    stored.defaults.remove("momentum")
    #expect(differences(stored) == ["--momentum is unknown to this program and was 0"])
  }

  @Test func whatAFileSaysIsPrintedHarmlessly() {
    var stored = StoredOptions(configuration, schema)
    stored.texts["a\u{1B}[2J"] = "\u{9B}31m\u{202E}\n"
    stored.texts["alpha"] = "\\N"
    #expect(
      differences(stored) == [
        "--a\\x1B[2J is unknown to this program and was \\xC2\\x9B31m\\xE2\\x80\\xAE\\x0A",
        "--alpha is auto and was \\N",
      ])
  }

  @Test func aDefaultThatAnotherVersionHadIsNoticed() {
    var stored = StoredOptions(configuration, schema)
    #expect(stored.defaults.contains("alpha"))
    stored.texts["alpha"] = "0.5"
    #expect(differences(stored) == ["--alpha is auto and was 0.5"])
  }

  @Test func whatWasNotTheDefaultIsKeptApart() {
    var other = configuration
    other.learner.alpha = 0.25
    other.passes.shuffle = .window(rows: 8)
    let stored = StoredOptions(other, schema)
    #expect(stored.texts["alpha"] == "0.25" && stored.texts["beta"] == "1")
    #expect(!stored.defaults.contains("alpha") && !stored.defaults.contains("shuffle"))
    #expect(stored.defaults.contains("beta"))
    // Of no use, and not given.
    for name in ["tolerance", "learning-rate", "clip", "label", "scale"] {
      #expect(stored.texts[name] == nil)
    }
  }

  @Test func everyLearnedOptionIsCompared() {
    let changes: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("optimizer", { $0.learner.optimizer = .newton }), ("loss", { $0.learner.loss = .squared }),
      ("alpha", { $0.learner.alpha = 3 }), ("average", { $0.learner.average = .none }),
      ("race-rows", { $0.learner.raceRows = 300 }), ("beta", { $0.learner.beta = 3 }),
      ("l1", { $0.learner.l1 = 3 }), ("l2", { $0.learner.l2 = 3 }),
      ("batch-size", { $0.learner.batchSize = 3 }),
      ("max-iterations", { $0.learner.maximumIterations = 3 }),
      ("tolerance", { $0.learner.tolerance = 0.5 }), ("epochs", { $0.passes.epochs = 3 }),
      ("early-stop", { $0.passes.earlyStop = 3 }),
      (
        "start-from",
        {
          $0.startFrom = "m"
          $0.origin = try? LearningOrigin.read(from: Self.goldenModel)
        }
      ),
      ("shuffle", { $0.passes.shuffle = .window(rows: 3) }),
      ("seed", { $0.passes.seed = 3 }), ("holdout", { $0.passes.holdout = 0.3 }),
      ("holdout-rows", { $0.passes.holdoutRows = 3 }),
      ("class-weight", { $0.classWeights.entries = [.init(name: "positive", factor: 3)] }),
      ("names", { $0.names = .off }), ("profile", { $0.keepsProfile = false }),
      ("keep-negatives", { $0.sampling.keepNegatives = 0.3 }),
      ("negatives-kept", { $0.sampling.negativesKept = 0.3 }),
      ("population-rate", { $0.sampling.populationRate = 0.3 }),
      ("correction", { $0.sampling.correction = .weight }),
      ("calibrator", { $0.calibrator = .beta }),
      ("calibrate-on", { $0.calibrateOn = .holdout }),
      ("format", { $0.reading.format = .csv }), ("quote", { $0.reading.quote = .ordinary }),
      ("delimiter", { $0.reading.delimiter = 9 }), ("no-header", { $0.reading.hasHeader = false }),
      ("comment", { $0.reading.comment = 9 }), ("skip-lines", { $0.reading.skippedLines = 3 }),
      ("max-field-lines", { $0.reading.maximumFieldLines = 3 }),
      ("max-columns", { $0.reading.maximumColumns = 3 }),
      ("columns", { $0.reading.columns = ["a"] }), ("label", { $0.reading.label = "a" }),
      ("positive", { $0.reading.positive = "a" }), ("classes", { $0.reading.classes = ["a"] }),
      ("weight", { $0.reading.weight = "a" }), ("numeric", { $0.reading.numeric = ["a"] }),
      ("categorical", { $0.reading.categorical = ["a"] }), ("text", { $0.reading.text = ["a"] }),
      ("ignore", { $0.reading.ignored = ["a"] }), ("cross", { $0.reading.crosses = ["a*b"] }),
      ("numeric-transform", { $0.reading.numericTransforms = ["raw"] }),
      ("ngrams", { $0.reading.ngrams = 3 }), ("scale", { $0.reading.scale = .maxabs }),
      ("sniff-rows", { $0.reading.sniffRows = 3 }), ("missing", { $0.reading.missing = ["a"] }),
      ("decimal", { $0.reading.decimal = .comma }),
      ("number-marks", { $0.reading.numberMarks = "%" }), ("clip", { $0.reading.clip = 3 }),
      ("bits", { $0.reading.bits = 10 }),
      ("hash-seed", { $0.reading.hashSeed = 3 }),
      ("max-line-bytes", { $0.reading.maximumLineBytes = 3 }),
      (
        "schema",
        { $0.reading.schema = try? SchemaFile(text: "schema: 1\nformat: vw\n", name: "s") }
      ),
    ]
    let stored = StoredOptions(configuration, schema)
    for (name, change) in changes {
      let found = differences(stored, change)
      #expect(found.contains { $0.hasPrefix("--\(name) is ") }, "--\(name): \(found)")
    }
    let rates: [(String, (inout LearningRateConfiguration) -> Void)] = [
      ("learning-rate", { $0.initial = 3 }), ("schedule", { $0.schedule = .cosine }),
      ("power", { $0.power = 3 }), ("decay-rows", { $0.decayRows = 3 }),
      ("warmup", { $0.warmupRows = 3 }),
      (
        "decay",
        {
          $0.schedule = .step
          $0.decay = 0.3
        }
      ),
    ]
    var sgd = configuration
    sgd.learner.optimizer = .sgd
    let storedRate = StoredOptions(sgd, schema)
    for (name, change) in rates {
      var present = sgd
      change(&present.learner.learningRate)
      let found = storedRate.differences(from: present, schema)
      #expect(found.contains { $0.hasPrefix("--\(name) is ") }, "--\(name): \(found)")
    }
    let tested = Set((changes.map(\.0) + rates.map(\.0)))
    #expect(tested == Set(TrainingOption.all.filter { $0.effect == .learned }.map(\.name)))
  }

  @Test func listsWithCommasInsideDiffer() {
    var (one, two) = (configuration, configuration)
    one.reading.numeric = ["a,b"]
    two.reading.numeric = ["a", "b"]
    #expect(!StoredOptions(one, schema).differences(from: two, schema).isEmpty)
  }
}
