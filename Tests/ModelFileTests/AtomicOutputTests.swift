import Glibc
import ModelFile
import SparseBatches
import Testing

@Suite struct AtomicOutputTests {
  private let scratch = Scratch()

  private func put(_ text: String, to path: String) throws(RunFailure) {
    try AtomicOutput.write(to: path) { (output) throws(RunFailure) in try output.write(text) }
  }

  private func content(_ name: String) -> String? {
    readFile(scratch[name]).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aNewFileIsCreatedWithTheUmasksMode() throws {
    try put("new", to: scratch["m"])
    writeFile(scratch["reference"], [])
    #expect(content("m") == "new")
    #expect(mode(of: scratch["m"]) == mode(of: scratch["reference"]))
    #expect(scratch.entries == ["m", "reference"])
  }

  @Test func anOldFileIsReplacedAndKeepsItsMode() throws {
    writeFile(scratch["m"], Array("old and longer".utf8))
    unsafe _ = chmod(scratch["m"], 0o640)
    try put("new", to: scratch["m"])
    #expect(content("m") == "new")
    #expect(mode(of: scratch["m"]) == S_IFREG | 0o640)
    #expect(scratch.entries == ["m"])
  }

  @Test func readersOfTheOldFileKeepIt() throws {
    writeFile(scratch["m"], Array("old".utf8))
    let reader = unsafe open(scratch["m"], O_RDONLY)
    defer { close(reader) }
    try put("new", to: scratch["m"])
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(unsafe read(reader, &bytes, 8) == 3)
    #expect(bytes.prefix(3).elementsEqual("old".utf8))
  }

  @Test func manyBytesInUnevenPiecesArriveInOrder() throws {
    var generator = SeededGenerator(state: 4)
    var expected: [UInt8] = []
    try AtomicOutput.write(to: scratch["m"]) { (output) throws(RunFailure) in
      for size in [0, 1, 65_535, 1, 65_536, 65_537, 3, 300_000, 0, 7] {
        let piece = (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        expected += piece
        try output.write(piece.span)
      }
    }
    #expect(readFile(scratch["m"]) == expected)
  }

  @Test func anErrorOfTheBodyLeavesTheOldFileAndNoTemporary() {
    writeFile(scratch["m"], Array("old".utf8))
    let stop = RunFailure(.badData, "stop")
    let thrown = failure {
      try AtomicOutput.write(to: scratch["m"]) { (output) throws(RunFailure) in
        try output.write(String(repeating: "x", count: 200_000))
        throw stop
      }
    }
    #expect(thrown == stop)
    #expect(content("m") == "old")
    #expect(scratch.entries == ["m"])
  }

  @Test func aFileSizeLimitLeavesTheOldFileAndNoTemporary() {
    // Far above what the tests that run beside this one write.
    let limit = 32 << 20
    writeFile(scratch["m"], Array("old".utf8))
    _ = signal(SIGXFSZ, SIG_IGN)
    var before = rlimit()
    unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
    var lowered = before
    lowered.rlim_cur = rlim_t(limit)
    unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &lowered)
    let thrown = failure {
      try AtomicOutput.write(to: scratch["m"]) { (output) throws(RunFailure) in
        let block = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0...limit >> 20 { try output.write(block.span) }
      }
    }
    unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
    #expect(thrown?.kind == .inputOutput)
    #expect(thrown?.message.contains("\(scratch["m"]): File too large") == true)
    #expect(content("m") == "old")
    #expect(scratch.entries == ["m"])
  }

  @Test(arguments: ["link", "chain", "relative/../link"])
  func theTargetOfALinkIsReplaced(_ name: String) throws {
    unsafe _ = mkdir(scratch["relative"], 0o700)
    writeFile(scratch["real"], Array("old".utf8))
    unsafe _ = symlink("real", scratch["link"])
    unsafe _ = symlink(scratch["link"], scratch["chain"])
    try put("new", to: scratch[name])
    #expect(content("real") == "new")
    #expect((mode(of: scratch["link"]) ?? 0) & S_IFMT == S_IFLNK)
    #expect((mode(of: scratch["chain"]) ?? 0) & S_IFMT == S_IFLNK)
    #expect(scratch.entries == ["chain", "link", "real", "relative"])
  }

  @Test func aDanglingLinkCreatesItsTarget() throws {
    unsafe _ = symlink("later", scratch["link"])
    try put("new", to: scratch["link"])
    #expect(content("later") == "new")
    #expect((mode(of: scratch["link"]) ?? 0) & S_IFMT == S_IFLNK)
  }

  @Test func aLoopOfLinksIsRefused() {
    unsafe _ = symlink("b", scratch["a"])
    unsafe _ = symlink("a", scratch["b"])
    let thrown = failure { try put("new", to: scratch["a"]) }
    #expect(thrown?.kind == .cannotCreate)
    #expect(thrown?.cure == "remove the loop of symbolic links")
  }

  @Test func aPipeIsWrittenStraightInto() throws {
    unsafe _ = mkfifo(scratch["pipe"], 0o600)
    let descriptor = unsafe open(scratch["pipe"], O_RDWR)
    defer { close(descriptor) }
    try AtomicOutput.checkWritable(scratch["pipe"])
    try put("through", to: scratch["pipe"])
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(unsafe read(descriptor, &bytes, 16) == 7)
    #expect(bytes.prefix(7).elementsEqual("through".utf8))
    #expect((mode(of: scratch["pipe"]) ?? 0) & S_IFMT == S_IFIFO)
    #expect(scratch.entries == ["pipe"])
  }

  @Test func aDescriptorByNameIsWrittenWhereItStands() throws {
    // As `logreg-stream -o /dev/stdout >> log` expects: appended, not replaced.
    writeFile(scratch["log"], Array("before ".utf8))
    let descriptor = unsafe open(scratch["log"], O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    try put("after", to: "/dev/fd/\(descriptor)")
    #expect(content("log") == "before after")
    let reading = unsafe open(scratch["log"], O_RDONLY)
    defer { close(reading) }
    let thrown = failure { try AtomicOutput.checkWritable("/proc/self/fd/\(reading)") }
    #expect(thrown?.kind == .cannotCreate)
  }

  @Test func aSocketIsWrittenByItsDescriptor() throws {
    var ends: [Int32] = [-1, -1]
    let stream = Int32(SOCK_STREAM.rawValue)
    try #require(unsafe socketpair(AF_UNIX, stream, 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    try put("hello", to: "/dev/fd/\(ends[0])")
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(unsafe read(ends[1], &bytes, 16) == 5)
  }

  @Test func theNullDeviceTakesAll() throws {
    let before = mode(of: "/dev/null")
    try AtomicOutput.checkWritable("/dev/null")
    try put("nothing", to: "/dev/null")
    #expect(mode(of: "/dev/null") == before)
  }

  @Test func aFullDeviceIsAnInputOutputError() throws {
    let thrown = failure { try put("much", to: "/dev/full") }
    #expect(thrown?.kind == .inputOutput)
    #expect(thrown?.message == "cannot write /dev/full: No space left on device")
    let container = failure { try sampleContainer().write(toFile: "/dev/full") }
    #expect(container?.kind == .inputOutput)
  }

  static let impossible = [
    ("", "No such file or directory"),
    ("missing/m", "No such file or directory"),
    ("file/m", "Not a directory"),
    ("directory", "Is a directory"),
    ("directory/", "Is a directory"),
    ("nowhere/", "No such file or directory"),
    ("to-directory", "Is a directory"),
    (String(repeating: "n", count: 300), "File name too long"),
    ("/proc/logreg-stream-test", ""),
  ]

  @Test(arguments: impossible)
  func whatCannotBeCreatedIsRefusedBeforeAndAfter(_ name: String, _ reason: String) {
    writeFile(scratch["file"], Array("old".utf8))
    unsafe _ = mkdir(scratch["directory"], 0o700)
    unsafe _ = symlink("directory", scratch["to-directory"])
    let path = name.isEmpty || name.hasPrefix("/") ? name : scratch[name]
    for thrown in [
      failure { try put("new", to: path) }, failure { try AtomicOutput.checkWritable(path) },
    ] {
      #expect(thrown?.kind == .cannotCreate)
      #expect(thrown?.message.contains(path) == true)
      #expect(thrown?.message.hasSuffix(reason) == true, "\(thrown?.message ?? "none")")
      #expect(thrown?.cure != nil)
    }
    #expect(scratch.entries == ["directory", "file", "to-directory"])
    #expect(content("file") == "old")
  }

  @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
  func aReadOnlyFileOrDirectoryIsRefused() {
    writeFile(scratch["m"], Array("old".utf8))
    unsafe _ = chmod(scratch["m"], 0o400)
    #expect(failure { try put("new", to: scratch["m"]) }?.kind == .cannotCreate)
    unsafe _ = chmod(scratch.path, 0o500)
    #expect(failure { try put("new", to: scratch["other"]) }?.kind == .cannotCreate)
    #expect(failure { try AtomicOutput.checkWritable(scratch["other"]) }?.kind == .cannotCreate)
    unsafe _ = chmod(scratch.path, 0o700)
    #expect(content("m") == "old")
  }

  @Test func theCheckLeavesNothingBehind() throws {
    writeFile(scratch["old"], Array("old".utf8))
    try AtomicOutput.checkWritable(scratch["new"])
    try AtomicOutput.checkWritable(scratch["old"])
    #expect(scratch.entries == ["old"])
    #expect(content("old") == "old")
  }

  @Test func namesAreShownHarmlessly() {
    let thrown = failure { try put("x", to: scratch["missing/\u{1B}[31m"]) }
    #expect(thrown?.message.contains("missing/\\x1B[31m") == true)
  }
}
