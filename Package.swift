// swift-tools-version: 6.2
import PackageDescription

/// Language rules that hold for every Swift target of the package.
let rules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The commit, for `--version`, where a script says it: a manifest that asks git is not read again when
/// the answer is another.
let commit: [CSetting] =
  Context.environment["LOGREG_STREAM_COMMIT"].map {
    [.define("LOGREG_STREAM_COMMIT", to: "\"\($0)\"")]
  } ?? []

let package = Package(
  name: "logreg-stream",
  products: [
    .library(name: "LogRegStream", targets: ["LogRegStream"]),
    .executable(name: "logreg-stream", targets: ["logreg-stream"]),
  ],
  traits: [
    .trait(name: "ISAL", description: "Inflate with Intel's ISA-L (needs libisal-dev).")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // System libraries and header-only kernels.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .target(name: "CKernels"),
    // SIGUSR1 blocked from the first instruction on, the arguments kept, the commit that was built; for
    // the program alone.
    .target(name: "CSignals", exclude: ["README.md"], cSettings: commit),

    .target(
      name: "Processor", dependencies: ["CKernels"], exclude: ["README.md"], swiftSettings: rules),

    // The pipeline, in the order of the data.
    .target(name: "PlainYAML", exclude: ["README.md"], swiftSettings: rules),
    .target(name: "SparseBatches", exclude: ["README.md"], swiftSettings: rules),
    .target(name: "ElementaryMath", exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "CyclicChecksum",
      dependencies: [
        "CKernels", "CZlib", .target(name: "CISAL", condition: .when(traits: ["ISAL"])),
      ],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "InputBytes",
      dependencies: [
        "SparseBatches", "CyclicChecksum", "CKernels", "CZlib",
        .target(name: "CISAL", condition: .when(traits: ["ISAL"])),
      ],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "Featurizing",
      dependencies: ["SparseBatches", "ElementaryMath", "CKernels", "Processor"],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "Learning",
      dependencies: ["SparseBatches", "ElementaryMath", "CKernels", "Processor"],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "Evaluation", dependencies: ["ElementaryMath"], exclude: ["README.md"],
      swiftSettings: rules),
    .target(
      name: "ModelFile",
      dependencies: [
        "SparseBatches", "ElementaryMath", "CyclicChecksum", "Featurizing", "Learning",
        "Evaluation",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "Checkpoints",
      dependencies: ["SparseBatches", "ElementaryMath", "Featurizing", "InputBytes", "ModelFile"],
      exclude: ["README.md"], swiftSettings: rules),
    .target(
      name: "RowCache", dependencies: ["SparseBatches"], exclude: ["README.md"],
      swiftSettings: rules),
    .target(name: "Handoff", exclude: ["README.md"], swiftSettings: rules),
    // What people are told: notices, progress, numbers as text, JSON values.
    .target(
      name: "Notices", dependencies: ["SparseBatches", "InputBytes", "ModelFile"],
      exclude: ["README.md"], swiftSettings: rules),
    // One validated value for what decides a run.
    .target(
      name: "Configuration",
      dependencies: [
        "SparseBatches", "InputBytes", "Featurizing", "Learning", "Evaluation",
        "ModelFile", "Checkpoints", "CyclicChecksum", "PlainYAML", "Notices",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // Inputs to batches, in order.
    .target(
      name: "RowStream",
      dependencies: [
        "SparseBatches", "InputBytes", "Featurizing", "Checkpoints", "Handoff", "Notices",
        "Configuration",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // A model that predicts, and the figures of its predictions.
    .target(
      name: "Scoring",
      dependencies: [
        "SparseBatches", "ElementaryMath", "InputBytes", "Featurizing", "Learning", "Evaluation",
        "ModelFile", "Notices", "Configuration", "RowStream",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // A model as a source, a script, a graph or a document for another program.
    .target(
      name: "Export",
      dependencies: [
        "SparseBatches", "ElementaryMath", "CyclicChecksum", "InputBytes", "Featurizing",
        "Learning",
        "Evaluation", "ModelFile", "Notices", "Configuration", "RowStream", "Scoring",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // Batches to weights, online or exactly.
    .target(
      name: "Training",
      dependencies: [
        "SparseBatches", "ElementaryMath", "InputBytes", "Featurizing", "Learning", "Evaluation",
        "ModelFile", "Checkpoints", "Handoff", "RowCache", "Notices", "Configuration", "RowStream",
        "Scoring",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // Training that goes on where it was stopped.
    .target(
      name: "Resuming",
      dependencies: [
        "SparseBatches", "InputBytes", "Featurizing", "ModelFile", "Checkpoints", "Handoff",
        "Notices", "Configuration", "RowStream", "Training",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // One learner from several that each saw a part of the rows.
    .target(
      name: "Merging",
      dependencies: [
        "SparseBatches", "ElementaryMath", "Featurizing", "Learning", "ModelFile", "Checkpoints",
        "Notices", "Configuration", "Training",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // Later rows held against those trained on.
    .target(
      name: "Monitoring",
      dependencies: [
        "SparseBatches", "ElementaryMath", "Featurizing", "Learning", "Evaluation", "ModelFile",
        "Notices", "Configuration", "RowStream", "Scoring",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // The same figures as text, as JSON and as a page.
    .target(
      name: "Showing",
      dependencies: [
        "SparseBatches", "ElementaryMath", "InputBytes", "Featurizing", "Learning", "Evaluation",
        "ModelFile", "Checkpoints", "Notices", "Configuration", "RowStream", "Scoring", "Training",
        "Monitoring",
      ],
      exclude: ["README.md"], swiftSettings: rules),

    // The public library: a verb a file.
    .target(
      name: "LogRegStream",
      dependencies: [
        "SparseBatches", "InputBytes", "Featurizing", "Learning", "Evaluation", "ModelFile",
        "Checkpoints", "Notices", "Configuration", "RowStream", "Scoring", "Export", "Training",
        "Resuming", "Merging", "Showing", "Monitoring",
      ],
      exclude: ["README.md"], swiftSettings: rules),
    // Options as words and as YAML, for the program and for other languages.
    .target(
      name: "CommandOptions",
      dependencies: [
        "LogRegStream", "Featurizing", "SparseBatches", "PlainYAML", "Processor",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"], swiftSettings: rules),
    .executableTarget(
      name: "logreg-stream",
      dependencies: [
        "CSignals", "LogRegStream", "CommandOptions", "Featurizing", "SparseBatches", "Processor",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"], swiftSettings: rules),

    // Tests: one target a pipeline stage, and the program tested as a program.
    .testTarget(name: "PlainYAMLTests", dependencies: ["PlainYAML"], swiftSettings: rules),
    .testTarget(
      name: "SparseBatchesTests", dependencies: ["SparseBatches"], swiftSettings: rules),
    .testTarget(
      name: "ElementaryMathTests", dependencies: ["ElementaryMath"], swiftSettings: rules),
    .testTarget(
      name: "InputBytesTests",
      dependencies: ["InputBytes", "SparseBatches", "CZlib"], swiftSettings: rules),
    .testTarget(
      name: "FeaturizingTests",
      dependencies: ["Featurizing", "SparseBatches", "InputBytes", "Processor"],
      swiftSettings: rules),
    .testTarget(
      name: "LearningTests",
      dependencies: ["Learning", "SparseBatches", "ElementaryMath", "Processor"],
      swiftSettings: rules),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation"], swiftSettings: rules),
    .testTarget(
      name: "ModelFileTests",
      dependencies: ["ModelFile", "SparseBatches", "Featurizing", "Learning", "Evaluation"],
      exclude: ["Golden"], swiftSettings: rules),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Checkpoints", "SparseBatches", "Featurizing", "InputBytes", "ModelFile"],
      swiftSettings: rules),
    .testTarget(
      name: "RowCacheTests", dependencies: ["RowCache", "SparseBatches"], swiftSettings: rules),
    .testTarget(name: "HandoffTests", dependencies: ["Handoff"], swiftSettings: rules),
    .testTarget(
      name: "NoticesTests", dependencies: ["Notices", "SparseBatches", "Learning"],
      swiftSettings: rules),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: [
        "Configuration", "SparseBatches", "Featurizing", "Evaluation", "Checkpoints",
      ],
      swiftSettings: rules),
    .testTarget(
      name: "ScoringTests", dependencies: ["Scoring", "SparseBatches", "Evaluation", "ModelFile"],
      swiftSettings: rules),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "SparseBatches", "Featurizing", "Learning", "ModelFile", "Configuration",
        "Scoring", "Evaluation", "Notices",
      ],
      swiftSettings: rules),
    .testTarget(
      name: "LogRegStreamTests", dependencies: ["LogRegStream", "SparseBatches", "Notices"],
      swiftSettings: rules),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "logreg-stream", "Checkpoints", "Configuration", "InputBytes", "ModelFile", "Processor",
        "SparseBatches",
      ],
      exclude: ["Golden", "C", "Rust"],
      swiftSettings: rules),
  ]
)

// The library for C, whose functions are checked against their header by Swift 6.3 (SE-0495).
#if compiler(>=6.3)
  package.products.append(
    .library(name: "logreg_stream", type: .dynamic, targets: ["CInterface"]))
  package.targets += [
    .target(name: "CInterfaceHeader", exclude: ["README.md", "exports.map"]),
    .target(
      name: "CInterface",
      dependencies: [
        "CInterfaceHeader", "CommandOptions", "Handoff", "LogRegStream", "SparseBatches",
      ],
      exclude: ["README.md"], swiftSettings: rules),
  ]
#endif

// Only for tools/micro-benchmark: nobody else should have to build it.
if Context.environment["MICRO_BENCHMARKS"] != nil {
  package.targets.append(
    .executableTarget(
      name: "MicroBenchmarks",
      dependencies: ["SparseBatches", "Featurizing", "Learning", "ModelFile"],
      path: "tools/benchmarks", exclude: ["README.md", "thresholds.tsv"], swiftSettings: rules))
}

// Only for tools/fuzz.
if Context.environment["FUZZING"] != nil {
  package.products.append(.library(name: "Fuzzing", type: .static, targets: ["Fuzzing"]))
  package.targets.append(
    .target(
      name: "Fuzzing",
      dependencies: [
        "SparseBatches", "CyclicChecksum", "InputBytes", "Featurizing", "Learning", "ModelFile",
        "Checkpoints", "RowCache", "Configuration", "Scoring", "Training",
      ],
      path: "tools/fuzzing", exclude: ["README.md"], swiftSettings: rules))
}
