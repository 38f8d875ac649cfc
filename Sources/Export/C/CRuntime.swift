/// The parts of an exported C source that are the same for every model, and what each needs: a
/// source holds only what it uses, so that no compiler warns of functions that are not used.
enum CRuntime {
  /// A part, by name.
  enum Part: CaseIterable {
    // In the order in which they stand in a source.
    case value, bits, magnitude, exponential, logarithm, log1p, log, expm1, sigmoid, softplus
    case symlog, isotonic, isotonicComplement, fakeNegatives, probit
    case decimalNumber, markedNumber, hash, row, linearWeights, classWeights

    var source: String {
      switch self {
      case .value: CRuntime.value
      case .bits: CRuntime.bits
      case .magnitude: CRuntime.magnitude
      case .exponential: CRuntime.exponential
      case .logarithm: CRuntime.logarithm
      case .log1p: CRuntime.log1p
      case .log: CRuntime.log
      case .expm1: CRuntime.expm1
      case .sigmoid: CRuntime.sigmoid
      case .softplus: CRuntime.softplus
      case .symlog: CRuntime.symlog
      case .isotonic: CRuntime.isotonic
      case .isotonicComplement: CRuntime.isotonicComplement
      case .fakeNegatives: CRuntime.fakeNegatives
      case .probit: CRuntime.probit
      case .decimalNumber: CRuntime.decimalNumber
      case .markedNumber: CRuntime.markedNumber
      case .hash: CRuntime.hash
      case .row: CRuntime.row
      case .linearWeights: CRuntime.linearWeights
      case .classWeights: CRuntime.classWeights
      }
    }

    private var needs: [Part] {
      switch self {
      case .value, .bits, .hash, .row, .linearWeights, .classWeights: []
      case .magnitude: [.value, .bits]
      case .exponential: [.value]
      case .logarithm: [.value, .bits]
      case .log1p: [.logarithm, .magnitude]
      case .log: [.logarithm]
      case .expm1: [.exponential, .magnitude]
      case .sigmoid: [.exponential, .magnitude]
      case .softplus: [.exponential, .log1p]
      case .symlog: [.log1p]
      case .isotonic: [.magnitude]
      case .isotonicComplement: [.isotonic]
      case .fakeNegatives: [.exponential, .expm1, .log, .log1p]
      case .probit: [.exponential, .log, .log1p]
      case .decimalNumber: [.value]
      case .markedNumber: [.decimalNumber]
      }
    }

    /// These parts and all that they need, in order.
    static func closure(of wanted: Set<Part>) -> [Part] {
      var found: Set<Part> = []
      var open = Array(wanted)
      while let part = open.popLast() {
        if found.insert(part).inserted { open += part.needs }
      }
      return allCases.filter(found.contains)
    }
  }

  static let prelude = #"""
    #include <float.h>
    #include <math.h> /* NAN and INFINITY; no function of it is called */
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>

    #if defined(__FAST_MATH__)
    #error "build without -ffast-math: the bits of the results would change"
    #endif
    #if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
    #error "double arithmetic with extra digits would change the results: build for SSE2 (-mfpmath=sse)"
    #endif
    #if defined(__clang__)
    #pragma STDC FP_CONTRACT OFF
    #elif defined(__GNUC__)
    #pragma GCC optimize("fp-contract=off")
    #endif

    """#

  static let hash = #"""
    /* MurmurHash3_x86_32 (Austin Appleby, public domain). */
    static uint32_t lrs_rotate(uint32_t x, int r) { return (x << r) | (x >> (32 - r)); }

    static uint32_t lrs_mix(uint32_t word) {
      return lrs_rotate(word * 0xcc9e2d51u, 15) * 0x1b873593u;
    }

    static uint32_t lrs_hash(const unsigned char *bytes, size_t count, uint32_t seed) {
      uint32_t h = seed;
      size_t i = 0;
      for (; i + 4 <= count; i += 4) {
        const uint32_t word = (uint32_t)bytes[i] | ((uint32_t)bytes[i + 1] << 8) |
                              ((uint32_t)bytes[i + 2] << 16) | ((uint32_t)bytes[i + 3] << 24);
        h = lrs_rotate(h ^ lrs_mix(word), 13) * 5u + 0xe6546b64u;
      }
      if (i < count) {
        uint32_t word = bytes[i];
        if (i + 1 < count) { word |= (uint32_t)bytes[i + 1] << 8; }
        if (i + 2 < count) { word |= (uint32_t)bytes[i + 2] << 16; }
        h ^= lrs_mix(word);
      }
      h ^= (uint32_t)count;
      h = (h ^ (h >> 16)) * 0x85ebca6bu;
      h = (h ^ (h >> 13)) * 0xc2b2ae35u;
      return h ^ (h >> 16);
    }

    """#

  /// `LRS_MAX_FEATURES` and `LRS_CELLS`, a power of two at least twice that, come before it.
  static let row = #"""
    /* The features of one row. */
    typedef struct {
      uint32_t slots[LRS_MAX_FEATURES];
      float values[LRS_MAX_FEATURES];
      size_t count;
      int is_bad;
    } lrs_row;

    static void lrs_add(lrs_row *row, uint32_t slot, float value) {
      if (row->count < LRS_MAX_FEATURES) {
        row->slots[row->count] = slot;
        row->values[row->count] = value;
        row->count += 1;
      } else {
        row->is_bad = 1;
      }
    }

    /* Features of one slot are added at the place of the first: open addressing. */
    static void lrs_merge(lrs_row *row) {
      uint16_t cells[LRS_CELLS]; /* index + 1; 0: free */
      size_t size = 64;
      size_t kept = 0;
      size_t i;
      while (size < 2 * row->count) { size *= 2; }
      memset(cells, 0, size * sizeof cells[0]);
      for (i = 0; i < row->count; i += 1) {
        const uint32_t slot = row->slots[i];
        size_t cell = (size_t)((slot * 0x9e3779b1u) >> 8) & (size - 1);
        while (cells[cell] != 0 && row->slots[cells[cell] - 1] != slot) {
          cell = (cell + 1) & (size - 1);
        }
        if (cells[cell] != 0) {
          row->values[cells[cell] - 1] += row->values[i];
        } else {
          cells[cell] = (uint16_t)(kept + 1);
          row->slots[kept] = slot;
          row->values[kept] = row->values[i];
          kept += 1;
        }
      }
      row->count = kept;
    }

    """#

  /// To 32 bits: infinite beyond the largest one, where C alone would leave open what happens.
  static let float = #"""
    static float lrs_float(double x) {
      if (x >= 0x1.ffffffp+127) { return INFINITY; }
      if (x <= -0x1.ffffffp+127) { return -INFINITY; }
      return (float)x;
    }

    """#

  /// `lrs_entries`, sorted by their bucket, `lrs_buckets`, where each begins, and `LRS_SHIFT` come
  /// before it.
  static let linearWeights = #"""
    static double lrs_weight(uint32_t slot) {
      const uint32_t bucket = (slot * 0x9e3779b1u) >> LRS_SHIFT;
      uint32_t i;
      for (i = lrs_buckets[bucket]; i < lrs_buckets[bucket + 1]; i += 1) {
        if (lrs_entries[i].slot == slot) { return (double)lrs_entries[i].weight; }
      }
      return 0.0;
    }

    static double lrs_sum(const lrs_row *row) {
      double lanes[4] = {0.0, 0.0, 0.0, 0.0};
      size_t i;
      for (i = 0; i < row->count; i += 1) {
        lanes[i & 3u] += lrs_weight(row->slots[i]) * (double)row->values[i];
      }
      return LRS_BIAS + ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3]));
    }

    """#

  static let classWeights = #"""
    static void lrs_sums(const lrs_row *row, double *margins) {
      size_t i;
      for (i = 0; i < LRS_OUTPUTS; i += 1) { margins[i] = lrs_biases[i]; }
      for (i = 0; i < row->count; i += 1) {
        const uint32_t slot = row->slots[i];
        const double value = (double)row->values[i];
        const uint32_t bucket = (slot * 0x9e3779b1u) >> LRS_SHIFT;
        uint32_t entry;
        for (entry = lrs_buckets[bucket]; entry < lrs_buckets[bucket + 1]; entry += 1) {
          if (lrs_entries[entry].slot == slot) {
            margins[lrs_entries[entry].output] += (double)lrs_entries[entry].weight * value;
          }
        }
      }
    }

    """#
}
