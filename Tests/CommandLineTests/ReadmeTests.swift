import Foundation
import SparseBatches
import Testing

/// Every command that the README shows works as it stands there.
@Suite struct ReadmeTests {
  struct Block: Sendable, CustomTestStringConvertible {
    var line: Int
    var script: String
    var testDescription: String { "README.md line \(line)" }
  }

  /// Blocks marked `sh`, but for those marked `sh no-test` and the tools, which run these tests.
  static let blocks: [Block] = {
    let path = Samples.packageRoot.appendingPathComponent("README.md")
    guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [] }
    var blocks: [Block] = []
    var open: (block: Block, fence: String)?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if var (block, fence) = open {
        if line == "```" {
          if fence == "```sh" || fence == "```console" { blocks.append(block) }
          open = nil
        } else {
          let isPrompted = fence == "```console"
          // A console block shows what was typed behind a prompt, and what came back.
          if !isPrompted || line.hasPrefix("$ ") {
            block.script += (isPrompted ? line.dropFirst(2) : line) + "\n"
          }
          open = (block, fence)
        }
      } else if line.hasPrefix("```") {
        open = (Block(line: index + 1, script: ""), String(line))
      }
    }
    return blocks.filter { !$0.script.hasPrefix("tools/") && !$0.script.isEmpty }
  }()

  @Test func thereAreBlocks() {
    #expect(!Self.blocks.isEmpty, "README.md shows no command in a block marked sh")
  }

  /// One directory for all blocks, in their order: a later one may use what an earlier one made.
  @Test func everyBlockRuns() throws {
    let workspace = try Workspace()
    for name in ["Fixtures", "tools"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(workspace.path)/\(name)",
        withDestinationPath: Samples.packageRoot.appendingPathComponent(name).path)
    }
    for block in Self.blocks {
      let outcome = try workspace.shell(block.script)
      #expect(outcome.status == 0, "\(block.testDescription):\n\(block.script)\(outcome.errors)")
    }
  }

  /// The tables of exit codes say every code that a run can end with, and no other.
  @Test(arguments: ["README.md", "Sources/LogRegStream/LogRegStream.docc/CommandLine.md"])
  func everyExitCodeIsInTheTable(_ page: String) throws {
    let text = try String(
      contentsOf: Samples.packageRoot.appendingPathComponent(page), encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## Exit codes\n").dropFirst().first)
    let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n")
    let codes = rows.filter { $0.hasPrefix("| ") }.flatMap { row in
      row.split(separator: "|")[0].split(separator: ",").compactMap {
        Int32($0.trimmingCharacters(in: .whitespaces))
      }
    }
    // Success, and the end by SIGTERM: a failure has the code of SIGINT.
    let possible = [0, 128 + SIGTERM] + RunFailure.Kind.allCases.map(\.rawValue)
    #expect(codes == possible.sorted())
  }
}
