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

    // The pipeline, in the order of the data.
    .target(name: "PlainYAML", swiftSettings: rules),
    .target(name: "SparseBatches", swiftSettings: rules),
    .target(name: "ElementaryMath", swiftSettings: rules),
    .target(
      name: "CyclicChecksum",
      dependencies: ["CZlib", .target(name: "CISAL", condition: .when(traits: ["ISAL"]))],
      swiftSettings: rules),
    .target(
      name: "InputBytes",
      dependencies: [
        "SparseBatches", "CyclicChecksum", "CKernels", "CZlib",
        .target(name: "CISAL", condition: .when(traits: ["ISAL"])),
      ],
      swiftSettings: rules),
    .target(
      name: "Featurizing", dependencies: ["SparseBatches", "ElementaryMath", "CKernels"],
      swiftSettings: rules),
    .target(
      name: "Learning", dependencies: ["SparseBatches", "ElementaryMath", "CKernels"],
      swiftSettings: rules),
    .target(name: "Evaluation", dependencies: ["ElementaryMath"], swiftSettings: rules),
    .target(
      name: "ModelFile",
      dependencies: ["SparseBatches", "CyclicChecksum", "Featurizing", "Learning", "Evaluation"],
      swiftSettings: rules),
    .target(
      name: "Checkpoints",
      dependencies: ["SparseBatches", "Featurizing", "InputBytes", "ModelFile"],
      swiftSettings: rules),
    .target(name: "RowCache", dependencies: ["SparseBatches"], swiftSettings: rules),
    .target(name: "Handoff", swiftSettings: rules),
    .target(
      name: "LogRegStream",
      dependencies: [
        "SparseBatches", "ElementaryMath", "InputBytes", "Featurizing", "Learning", "Evaluation",
        "ModelFile", "Checkpoints", "Handoff", "RowCache", "PlainYAML", "CyclicChecksum",
      ],
      swiftSettings: rules),
    .executableTarget(
      name: "logreg-stream",
      dependencies: [
        "LogRegStream", "Featurizing", "SparseBatches", "PlainYAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),

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
      name: "FeaturizingTests", dependencies: ["Featurizing", "SparseBatches"],
      swiftSettings: rules),
    .testTarget(
      name: "LearningTests", dependencies: ["Learning", "SparseBatches", "ElementaryMath"],
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
      name: "LogRegStreamTests",
      dependencies: [
        "LogRegStream", "SparseBatches", "InputBytes", "Featurizing", "Learning", "ModelFile",
        "Checkpoints",
      ],
      swiftSettings: rules),
    .testTarget(
      name: "CommandLineTests", dependencies: ["logreg-stream", "LogRegStream"],
      exclude: ["Golden"],
      swiftSettings: rules),
  ]
)
