/// C sources of functions: the operations of `Elementary`, `NormalTail`, `ProbitLoss`, the
/// calibrators and `FakeNegatives`, in the same order, so that the bits are the same.
extension CRuntime {
  static let value = #"""
    static double lrs_value(uint64_t bits) {
      double x;
      memcpy(&x, &bits, sizeof x);
      return x;
    }

    """#

  static let bits = #"""
    static uint64_t lrs_bits(double x) {
      uint64_t bits;
      memcpy(&bits, &x, sizeof bits);
      return bits;
    }

    """#

  static let exponential = #"""
    /* exp and log from + - * / and bit patterns alone: the same bits on every machine. */

    static double lrs_power_of_two(int64_t k) { return lrs_value((uint64_t)(k + 1023) << 52); }

    static double lrs_scale(double y, int64_t k) {
      if (k >= -1022 && k <= 1023) { return y * lrs_power_of_two(k); }
      return k > 0 ? y * 2.0 * lrs_power_of_two(k - 1)
                   : y * lrs_power_of_two(k + 1000) * lrs_power_of_two(-1000);
    }

    typedef struct {
      int64_t k;
      double r;
      double rest;
    } lrs_reduced;

    /* x = k ln 2 + r + rest */
    static lrs_reduced lrs_reduce(double x) {
      const double shifter = 0x1.8p52;
      const double shifted = x * 0x1.71547652b82fep+0 + shifter;
      const double count = shifted - shifter;
      const double high = x - count * 0x1.62e42fefa2000p-1;
      const double low = count * 0x1.9ef35793c7673p-41;
      lrs_reduced reduced;
      reduced.k = (int64_t)count;
      reduced.r = high - low;
      reduced.rest = (high - reduced.r) - low;
      return reduced;
    }

    /* e^r - 1 - r */
    static double lrs_beyond_linear(double r) {
      const double square = r * r;
      const double even =
          0.5 +
          square *
              (0x1.5555555555555p-5 +
               square * (0x1.6c16c16c167e2p-10 +
                         square * (0x1.a01a01a47a5abp-16 +
                                   square * (0x1.27e4e1f71bcbbp-22 +
                                             square * 0x1.1f66d957d0ef0p-29))));
      const double odd =
          0x1.5555555555556p-3 +
          square * (0x1.11111111109b5p-7 +
                    square * (0x1.a01a01a7c2f2cp-13 +
                              square * (0x1.71de0db2eb873p-19 + square * 0x1.af389eea54156p-26)));
      return square * (even + r * odd);
    }

    static double lrs_exp(double x) {
      lrs_reduced reduced;
      double high;
      double dropped;
      double tail;
      if (!(x <= 0x1.62e42fefa39efp+9)) { return x != x ? x : INFINITY; }
      if (!(x >= -0x1.74910d52d3052p+9)) { return 0.0; }
      reduced = lrs_reduce(x);
      high = 1.0 + reduced.r;
      dropped = reduced.r - (high - 1.0);
      tail = dropped + (reduced.rest * high + lrs_beyond_linear(reduced.r));
      return lrs_scale(high + tail, reduced.k);
    }

    """#

  static let magnitude = #"""
    static double lrs_magnitude(double x) {
      return lrs_value(lrs_bits(x) & ~((uint64_t)1 << 63));
    }

    """#

  static let logarithm = #"""
    typedef struct {
      int64_t k;
      double f;
    } lrs_mantissa;

    /* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); x is positive and finite */
    static lrs_mantissa lrs_split(double x) {
      const int is_subnormal = x < 0x1p-1022;
      const int64_t bits = (int64_t)lrs_bits(is_subnormal ? x * 0x1p54 : x);
      const int64_t difference = bits - INT64_C(0x3fe6a09e667f3bcd);
      /* floor(difference / 2^52), without shifting a negative number */
      const int64_t exponent =
          difference >= 0 ? difference / (INT64_C(1) << 52)
                          : -((-difference + (INT64_C(1) << 52) - 1) / (INT64_C(1) << 52));
      lrs_mantissa parts;
      parts.k = exponent - (is_subnormal ? 54 : 0);
      parts.f = lrs_value((uint64_t)(bits - exponent * (INT64_C(1) << 52))) - 1.0;
      return parts;
    }

    /* k ln 2 + log(1 + f) + correction */
    static double lrs_logarithm(lrs_mantissa parts, double correction) {
      const double f = parts.f;
      const double s = f / (2.0 + f);
      const double z = s * s;
      const double square = z * z;
      const double even =
          0x1.5555555555555p-1 +
          square * (0x1.2492492476ccbp-2 +
                    square * (0x1.745cf9048617ap-3 + square * 0x1.0fbe95aaf31a8p-3));
      const double odd = 0x1.9999999999a38p-2 +
                         square * (0x1.c71c7201592a1p-3 +
                                   square * (0x1.3b1c355c3560fp-3 + square * 0x1.0c039e172b8dfp-3));
      const double remainder = z * (even + z * odd);
      const double half = 0.5 * f * f;
      const double count = (double)parts.k;
      const double low = count * 0x1.9ef35793c7673p-41 + correction;
      return count * 0x1.62e42fefa2000p-1 + (f - (half - (s * (half + remainder) + low)));
    }

    """#

  static let log1p = #"""
    static double lrs_log1p(double x) {
      lrs_mantissa parts;
      double sum;
      double dropped;
      if (!(lrs_magnitude(x) >= 0x1p-54)) { return x; }
      if (!(x > -1.0)) { return x == -1.0 ? -INFINITY : NAN; }
      if (!(x < INFINITY)) { return x; }
      if (x > -0.29289 && x < 0.41421) {
        parts.k = 0;
        parts.f = x;
        return lrs_logarithm(parts, 0.0);
      }
      sum = 1.0 + x;
      dropped = x >= 1.0 ? 1.0 - (sum - x) : x - (sum - 1.0);
      return lrs_logarithm(lrs_split(sum), dropped / sum);
    }

    """#

  static let log = #"""
    static double lrs_log(double x) {
      if (!(x > 0.0)) { return x == 0.0 ? -INFINITY : NAN; }
      if (!(x < INFINITY)) { return x; }
      return lrs_logarithm(lrs_split(x), 0.0);
    }

    """#

  static let expm1 = #"""
    static double lrs_expm1(double x) {
      lrs_reduced reduced;
      double unit;
      double offset;
      double high;
      double dropped;
      double tail;
      if (!(lrs_magnitude(x) >= 0x1p-54)) { return x; }
      if (!(x <= 0x1.62e42fefa39efp+9)) { return x != x ? x : INFINITY; }
      if (!(x >= -40.0)) { return -1.0; }
      reduced = lrs_reduce(x);
      if (reduced.k == 0) { return reduced.r + lrs_beyond_linear(reduced.r); }
      unit = lrs_scale(1.0, -reduced.k);
      offset = 1.0 - unit;
      high = offset + reduced.r;
      dropped = reduced.r - (high - offset);
      tail = dropped + (reduced.rest * (1.0 + reduced.r) + lrs_beyond_linear(reduced.r));
      return lrs_scale(high + (reduced.k > 53 ? tail - unit : tail), reduced.k);
    }

    """#

  static let sigmoid = #"""
    static double lrs_sigmoid(double m) {
      const double small = lrs_exp(-lrs_magnitude(m));
      return m >= 0.0 ? 1.0 / (1.0 + small) : small / (1.0 + small);
    }

    """#

  static let softplus = #"""
    static double lrs_softplus(double m) {
      const double tail = lrs_log1p(lrs_exp(-lrs_magnitude(m)));
      return m > 0.0 ? m + tail : tail;
    }

    """#

  static let symlog = #"""
    static double lrs_symlog(double x) {
      const double logarithm = lrs_log1p(lrs_magnitude(x));
      return x < 0.0 ? -logarithm : logarithm;
    }

    """#

  /// `LRS_KNOTS`, `lrs_knot_margins` and `lrs_knot_probabilities` come before it.
  static let isotonic = #"""
    static double lrs_tail(size_t knot, double margin) {
      const double p = lrs_knot_probabilities[knot];
      const double distance = lrs_magnitude(margin - lrs_knot_margins[knot]);
      const double share = distance < INFINITY ? distance / (1.0 + distance) : 1.0;
      return 1e-6 * p * (1.0 - p) * share;
    }

    /* Straight lines between knots. */
    static double lrs_isotonic(double margin) {
      size_t low = 0;
      size_t high = LRS_KNOTS - 1;
      double share;
      double rise;
      double value;
      if (margin != margin) { return margin; }
      if (margin <= lrs_knot_margins[0]) {
        return lrs_knot_probabilities[0] - lrs_tail(0, margin);
      }
      if (margin >= lrs_knot_margins[high]) {
        return lrs_knot_probabilities[high] + lrs_tail(high, margin);
      }
      while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (lrs_knot_margins[middle] <= margin) { low = middle; } else { high = middle; }
      }
      share = (margin / 2.0 - lrs_knot_margins[low] / 2.0) /
              (lrs_knot_margins[high] / 2.0 - lrs_knot_margins[low] / 2.0);
      rise = (lrs_knot_probabilities[high] - lrs_knot_probabilities[low]) * share;
      value = lrs_knot_probabilities[low] + rise;
      return lrs_knot_probabilities[high] < value ? lrs_knot_probabilities[high] : value;
    }

    """#

  static let isotonicComplement = #"""
    static double lrs_isotonic_complement(double margin) {
      const size_t last = LRS_KNOTS - 1;
      if (!(margin > lrs_knot_margins[last])) { return 1.0 - lrs_isotonic(margin); }
      return (1.0 - lrs_knot_probabilities[last]) - lrs_tail(last, margin);
    }

    """#

  static let fakeNegatives = #"""
    /* Log-odds of the odds of a stream in which every positive was a negative before. */
    static double lrs_true_margin(double margin) {
      const double largest = lrs_log1p(-1e-9) - lrs_log(1e-9);
      double rest;
      double value;
      if (!(margin < lrs_log1p(-1e-9))) { return margin != margin ? margin : largest; }
      rest = margin < -0.6931471805599453 ? lrs_log1p(-lrs_exp(margin))
                                          : lrs_log(-lrs_expm1(margin));
      value = margin - rest;
      return largest < value ? largest : value;
    }

    """#

  static let probit = #"""
    static double lrs_density(double x) {
      const double head = (double)(float)x;
      const double rest = (x - head) * (x + head);
      const double exponential = lrs_exp(-0.5 * head * head) * lrs_exp(-0.5 * rest);
      return 0x1.9884533d43651p-2 * exponential;
    }

    /* The hazard of the normal distribution less t, by a Chebyshev series. */
    static double lrs_excess_hazard(double t) {
      static const double series[30] = {
        -0x1.2f5edda590045p-57, 0x1.bf23b1f318b44p-55, 0x1.d2d39757d9cdep-56,
        -0x1.aa627f0e449b2p-51, 0x1.6ee20d225bad0p-50, 0x1.76ce2f456e221p-47,
        -0x1.82ff7908e3567p-45, -0x1.2010f6998e9b0p-43, 0x1.0945537baf97bp-40,
        0x1.52357caee4b7cp-40, -0x1.2de92c7d15f47p-36, -0x1.cf3f3d9358d18p-39,
        0x1.2ed52f270e013p-32, -0x1.cda25f2d2af92p-33, -0x1.0efc0cd018e4cp-28,
        0x1.e8e721d44f7bfp-28, 0x1.a8365fda6419ep-25, -0x1.536fc19dac125p-23,
        -0x1.0c2ea3e251b82p-21, 0x1.80db734e7d25fp-19, 0x1.729a5f61ca0d9p-19,
        -0x1.71517b4b2a4dfp-15, 0x1.475b7f2ac5f25p-15, 0x1.1b83a232cc934p-11,
        -0x1.d0f28dfcc8c19p-10, -0x1.b6bf1e4e6992ap-9, 0x1.3ef293af13056p-5,
        -0x1.d768fc2e7ced7p-4, 0x1.058ddc9983acap-4, 0x1.045248bddbffbp+0
      };
      const double argument = 1.0 - 8.0 / (t + 4.0);
      double current = 0.0;
      double previous = 0.0;
      double last = 0.0;
      size_t i;
      for (i = 0; i < 30; i += 1) {
        last = previous;
        previous = current;
        current = series[i] + (2.0 * argument * previous - last);
      }
      return (current - argument * previous) / (t + 1.0);
    }

    static double lrs_probit_loss(double t) {
      if (t >= 0.0) {
        const double hazard = t + lrs_excess_hazard(t);
        return 0.5 * t * t + (0x1.d67f1c864beb5p-1 + lrs_log(hazard));
      }
      return -lrs_log1p(-lrs_density(t) / (-t + lrs_excess_hazard(-t)));
    }

    static double lrs_log_odds(double margin) {
      return lrs_probit_loss(margin) - lrs_probit_loss(-margin);
    }

    """#
}
