/// C sources of numbers: the grammar and the rounding of `DecimalNumber`.
///
/// What the fast path cannot say exactly is shifted digit by digit (the simple algorithm of Go's
/// strconv): 800 digits decide any double.
extension CRuntime {
  static let decimalNumber = #"""
    /* Decimal text to double, correctly rounded: [+-] digits [. digits] [e [+-] digits]. */

    #define LRS_DIGITS 800

    typedef struct {
      unsigned char digits[LRS_DIGITS];
      int count;
      int point; /* digits before the point */
      int is_truncated; /* digits that are not 0 were left out */
    } lrs_decimal;

    static void lrs_trim(lrs_decimal *a) {
      while (a->count > 0 && a->digits[a->count - 1] == 0) { a->count -= 1; }
      if (a->count == 0) { a->point = 0; }
    }

    /* a / 2^k, k at most 59 */
    static void lrs_shift_right(lrs_decimal *a, int k) {
      const uint64_t mask = ((uint64_t)1 << k) - 1u;
      uint64_t n = 0;
      int from = 0;
      int to = 0;
      while ((n >> k) == 0u) {
        if (from >= a->count) {
          if (n == 0u) { a->count = 0; return; }
          while ((n >> k) == 0u) { n *= 10u; from += 1; }
          break;
        }
        n = n * 10u + a->digits[from];
        from += 1;
      }
      a->point -= from - 1;
      for (; from < a->count; from += 1) {
        const unsigned char digit = (unsigned char)(n >> k);
        n = (n & mask) * 10u + a->digits[from];
        a->digits[to] = digit;
        to += 1;
      }
      while (n > 0u) {
        const unsigned char digit = (unsigned char)(n >> k);
        n = (n & mask) * 10u;
        if (to < LRS_DIGITS) {
          a->digits[to] = digit;
          to += 1;
        } else if (digit != 0u) {
          a->is_truncated = 1;
        }
      }
      a->count = to;
      lrs_trim(a);
    }

    /* a * 2^k, k at most 59 */
    static void lrs_shift_left(lrs_decimal *a, int k) {
      unsigned char carried[20];
      uint64_t n = 0;
      int extra = 0;
      int i;
      for (i = a->count - 1; i >= 0; i -= 1) {
        n += (uint64_t)a->digits[i] << k;
        a->digits[i] = (unsigned char)(n % 10u);
        n /= 10u;
      }
      for (; n > 0u; n /= 10u) {
        carried[extra] = (unsigned char)(n % 10u);
        extra += 1;
      }
      for (i = a->count - 1; i >= 0; i -= 1) {
        if (i + extra < LRS_DIGITS) {
          a->digits[i + extra] = a->digits[i];
        } else if (a->digits[i] != 0u) {
          a->is_truncated = 1;
        }
      }
      for (i = 0; i < extra; i += 1) { a->digits[i] = carried[extra - 1 - i]; }
      a->count = a->count + extra < LRS_DIGITS ? a->count + extra : LRS_DIGITS;
      a->point += extra;
      lrs_trim(a);
    }

    /* The integer nearest to a, ties to even. */
    static uint64_t lrs_rounded(const lrs_decimal *a) {
      uint64_t n = 0;
      int i;
      for (i = 0; i < a->point; i += 1) { n = n * 10u + (i < a->count ? a->digits[i] : 0u); }
      if (a->point >= 0 && a->point < a->count) {
        const unsigned char next = a->digits[a->point];
        const int is_half = next == 5u && a->point + 1 == a->count && !a->is_truncated;
        if (is_half) {
          n += a->point > 0 && (a->digits[a->point - 1] & 1u) != 0u ? 1u : 0u;
        } else {
          n += next >= 5u ? 1u : 0u;
        }
      }
      return n;
    }

    /* The double nearest to a; infinite beyond the largest one. */
    static double lrs_double(lrs_decimal *a) {
      int exponent = 0;
      uint64_t mantissa;
      if (a->count == 0 || a->point < -330) { return 0.0; }
      if (a->point > 310) { return INFINITY; }
      while (a->point > 0) {
        const int k = a->point >= 18 ? 59 : a->point * 3;
        lrs_shift_right(a, k);
        exponent += k;
      }
      while (a->point < 0 || (a->point == 0 && a->digits[0] < 5u)) {
        const int k = a->point <= -18 ? 59 : (a->point == 0 ? 1 : -a->point * 3);
        lrs_shift_left(a, k);
        exponent -= k;
      }
      /* 1/2 <= a < 1: to 1 <= a < 2 */
      exponent -= 1;
      while (exponent < -1022) {
        const int k = -1022 - exponent < 59 ? -1022 - exponent : 59;
        lrs_shift_right(a, k);
        exponent += k;
      }
      if (exponent > 1023) { return INFINITY; }
      lrs_shift_left(a, 53);
      mantissa = lrs_rounded(a);
      if (mantissa == (uint64_t)1 << 53) {
        mantissa >>= 1;
        exponent += 1;
        if (exponent > 1023) { return INFINITY; }
      }
      if ((mantissa >> 52) == 0u) { return lrs_value(mantissa); }
      return lrs_value(
          (mantissa & (((uint64_t)1 << 52) - 1u)) | ((uint64_t)(exponent + 1023) << 52));
    }

    /* text: a number of the grammar without its sign; exponent: what its e says. */
    static double lrs_slow_number(const unsigned char *text, size_t count, int64_t exponent) {
      lrs_decimal a;
      int64_t point = 0;
      int is_fraction = 0;
      size_t i;
      a.count = 0;
      a.is_truncated = 0;
      for (i = 0; i < count; i += 1) {
        const unsigned char c = text[i];
        if (c == '.') {
          is_fraction = 1;
        } else if (c < '0' || c > '9') {
          break;
        } else {
          if (c != '0' || a.count > 0) {
            if (a.count < LRS_DIGITS) {
              a.digits[a.count] = (unsigned char)(c - '0');
              a.count += 1;
            } else if (c != '0') {
              a.is_truncated = 1;
            }
            if (!is_fraction) { point += 1; }
          } else if (is_fraction) {
            point -= 1;
          }
        }
      }
      point += exponent;
      if (a.count == 0 || point < -400) { return 0.0; }
      if (point > 400) { return INFINITY; }
      a.point = (int)point;
      lrs_trim(&a);
      return lrs_double(&a);
    }

    /* 1 and the number where the text is a finite one, else 0. */
    static int lrs_number(const unsigned char *text, size_t count, double *number) {
      static const double powers[23] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
      };
      uint64_t mantissa = 0;
      size_t i = 0;
      size_t start;
      size_t digits;
      int64_t power = 0;
      int64_t exponent = 0;
      int is_negative = 0;
      double value;
      if (count > 0 && (text[0] == '-' || text[0] == '+')) {
        is_negative = text[0] == '-';
        i = 1;
      }
      start = i;
      while (i < count && text[i] >= '0' && text[i] <= '9') {
        mantissa = mantissa * 10u + (uint64_t)(text[i] - '0');
        i += 1;
      }
      digits = i - start;
      if (i < count && text[i] == '.') {
        const size_t first = i + 1;
        i = first;
        while (i < count && text[i] >= '0' && text[i] <= '9') {
          mantissa = mantissa * 10u + (uint64_t)(text[i] - '0');
          i += 1;
        }
        digits += i - first;
        exponent = -(int64_t)(i - first);
      }
      if (digits == 0) { return 0; }
      if (i < count && (text[i] | 0x20u) == 'e') {
        size_t next = i + 1;
        int is_below = 0;
        size_t first;
        if (next < count && (text[next] == '-' || text[next] == '+')) {
          is_below = text[next] == '-';
          next += 1;
        }
        first = next;
        while (next < count && text[next] >= '0' && text[next] <= '9') {
          power = power * 10 + (text[next] - '0');
          if (power > ((int64_t)1 << 40)) { power = (int64_t)1 << 40; }
          next += 1;
        }
        if (next > first) {
          power = is_below ? -power : power;
          i = next;
        }
      }
      if (i != count) { return 0; }
      exponent += power;
      /* Both are exact as doubles: one operation rounds correctly (Clinger 1990). */
      if (digits <= 19 && mantissa <= (uint64_t)1 << 53 &&
          ((exponent >= -22 && exponent <= 22) || mantissa == 0u)) {
        value = (double)mantissa;
        if (mantissa != 0u) {
          if (exponent > 0) { value *= powers[exponent]; }
          if (exponent < 0) { value /= powers[-exponent]; }
        }
      } else {
        value = lrs_slow_number(text + start, count - start, power);
        if (value == INFINITY) { return 0; }
      }
      *number = is_negative ? -value : value;
      return 1;
    }

    """#

  /// Marks that are left out, and a decimal comma: `NumberForm`. `LRS_DECIMAL`, `lrs_marks`,
  /// `LRS_MARK_COUNT` and `LRS_DROPS_BLANKS` come before it.
  static let markedNumber = #"""
    /* How many bytes of the text are a blank of any kind there. */
    static size_t lrs_blank(const unsigned char *text, size_t count, size_t at) {
      const unsigned char a = text[at];
      if (a == 0x20u || a == 0x09u) { return 1; }
      if (a == 0xC2u) { return at + 1 < count && text[at + 1] == 0xA0u ? 2 : 0; }
      if ((a == 0xE2u || a == 0xE3u) && at + 2 < count) {
        const unsigned char b = text[at + 1];
        const unsigned char c = text[at + 2];
        if (a == 0xE2u && b == 0x80u && ((c >= 0x80u && c <= 0x8Bu) || c == 0xAFu)) { return 3; }
        if (a == 0xE2u && b == 0x81u && c == 0x9Fu) { return 3; }
        if (a == 0xE3u && b == 0x80u && c == 0x80u) { return 3; }
      }
      return 0;
    }

    static size_t lrs_mark(const unsigned char *text, size_t count, size_t at) {
      size_t i;
      if (LRS_DROPS_BLANKS) {
        const size_t length = lrs_blank(text, count, at);
        if (length > 0) { return length; }
      }
      for (i = 0; i < LRS_MARK_COUNT; i += 1) {
        const size_t length = lrs_marks[i].length;
        if (length <= count - at && memcmp(text + at, lrs_marks[i].text, length) == 0) {
          return length;
        }
      }
      return 0;
    }

    static int lrs_is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

    /* A longer text of a number with marks is no number here. */
    #define LRS_NUMBER_BYTES 4096

    /* A mark between digits parts groups of three; only whole groups are read. */
    static int lrs_marked_number(const unsigned char *text, size_t count, double *number) {
      unsigned char plain[LRS_NUMBER_BYTES];
      size_t length = 0;
      size_t next = 0;
      int64_t group = -1; /* digits since the last mark; -1 before the first one */
      int64_t whole = 0;
      int is_whole = 1;
      int is_over = 0;
      if (count > LRS_NUMBER_BYTES) { return 0; }
      while (next < count) {
        const size_t mark = lrs_mark(text, count, next);
        const unsigned char c = text[next];
        if (mark > 0) {
          const int follows_digit = length > 0 && lrs_is_digit(plain[length - 1]);
          next += mark;
          if (!(follows_digit && next < count && lrs_is_digit(text[next]))) {
            is_over = is_over || follows_digit;
          } else {
            if (!is_whole || is_over || (group < 0 ? whole : group) > 3 || group == 0 ||
                group == 1) {
              return 0;
            }
            group = 0;
          }
          continue;
        }
        next += 1;
        if (is_over) { return 0; }
        if (c == LRS_DECIMAL) {
          if (!is_whole || !(group < 0 || group == 3)) { return 0; }
          is_whole = 0;
          group = -1;
          plain[length] = '.';
          length += 1;
          continue;
        }
        if (c == '.') { return 0; }
        if (lrs_is_digit(c) && is_whole) {
          whole += 1;
          if (group >= 0) { group += 1; }
        }
        plain[length] = c;
        length += 1;
      }
      if (!(group < 0 || group == 3)) { return 0; }
      return lrs_number(plain, length, number);
    }

    """#
}
