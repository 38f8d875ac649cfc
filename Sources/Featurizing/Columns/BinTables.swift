internal import SparseBatches

/// Where the bins of a column lie in the tables of a plan.
struct BinTable: BitwiseCopyable {
  var start: UInt32 = 0
  /// Half of its length, a power of two; 0: there is one bin.
  var half: UInt32 = 0
}

/// Edges and full hashes of all binned columns, one behind the other: small enough for the cache.
struct BinTables: ~Copyable {
  /// For each table the least power of two above its edges, padded with infinity.
  private var edges = GrowableBuffer<Double>()
  /// As many.
  private var hashes = GrowableBuffer<UInt32>()

  /// - Parameter seed: of the column's values.
  mutating func add(_ bins: QuantileBins, seed: UInt32) -> BinTable {
    var length = 1
    while length <= bins.edges.count { length *= 2 }
    let table = BinTable(start: UInt32(edges.count), half: UInt32(length / 2))
    for bin in 0..<length {
      edges.append(bin < bins.edges.count ? bins.edges[bin] : .infinity)
      hashes.append(MurmurHash3.hash(decimal: bin, seed: seed))
    }
    return table
  }

  /// - Parameter number: finite.
  @inline(__always)
  func hash(of number: Double, _ table: BinTable) -> UInt32 {
    hashes[Int(table.start) &+ bin(of: number, table)]
  }

  /// How many edges are at most `number`. The last entry of a table is infinity, so that it is
  /// found within as many steps as the length has bits.
  @inline(__always)
  func bin(of number: Double, _ table: BinTable) -> Int {
    edges.withSpan { edges in
      var bin = 0
      var step = Int(table.half)
      while step > 0 {
        // Without a branch that depends on the number.
        bin &+= edges[Int(table.start) &+ bin &+ step &- 1] <= number ? step : 0
        step >>= 1
      }
      return bin
    }
  }
}
