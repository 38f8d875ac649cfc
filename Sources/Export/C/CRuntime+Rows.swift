/// C sources that read fields: what `ColumnFeatures`, `WordFeatures`, `CrossFeatures` and the LibSVM
/// featurizer do. The tables that they go by stand before them.
extension CRuntime {
  static let fields = #"""
    typedef struct {
      const unsigned char *text;
      size_t count;
      int is_missing;
    } lrs_field;

    static int lrs_is_token(const unsigned char *text, size_t count) {
      size_t i;
      if (count == 0) { return LRS_EMPTY_IS_MISSING; }
      if (((LRS_TOKEN_STARTS >> (text[0] & 63u)) & 1u) == 0u) { return 0; }
      for (i = 0; i < LRS_TOKENS; i += 1) {
        if (lrs_tokens[i].length == count && memcmp(lrs_tokens[i].text, text, count) == 0) {
          return 1;
        }
      }
      return 0;
    }

    /* Spaces around a field do not belong to it. */
    static lrs_field lrs_trimmed(const char *text, size_t length) {
      lrs_field field;
      field.text = (const unsigned char *)text;
      field.count = text == NULL ? 0 : length;
      while (field.count > 0 && field.text[0] == ' ') {
        field.text += 1;
        field.count -= 1;
      }
      while (field.count > 0 && field.text[field.count - 1] == ' ') { field.count -= 1; }
      field.is_missing = text == NULL || lrs_is_token(field.text, field.count);
      return field;
    }

    """#

  static let scaled = #"""
    static float lrs_standardized(double x, double mean, double deviation) {
      const double z = (x - mean) / deviation;
      const double below = z < LRS_CLIP ? z : LRS_CLIP;
      return lrs_float(below >= -LRS_CLIP ? below : -LRS_CLIP);
    }

    """#

  /// Which bin holds x: how many edges are at most x.
  static let bin = #"""
    static size_t lrs_bin(double x, const double *edges, size_t count) {
      size_t low = 0;
      size_t high = count;
      while (low < high) {
        const size_t middle = (low + high) / 2;
        if (edges[middle] <= x) { low = middle + 1; } else { high = middle; }
      }
      return low;
    }

    """#

  static let numberFeatures = #"""
    static void lrs_add_number(lrs_row *row, const lrs_column *column, double x) {
      size_t i;
      for (i = column->first_feature; i < column->end_feature; i += 1) {
        const lrs_feature *feature = &lrs_features[i];
        float value = 1.0f;
        uint32_t slot = feature->slot;
        switch (feature->kind) {
    CASES
          default: break;
        }
        if (value != 0.0f) { lrs_add(row, slot, value); }
      }
    }

    """#

  static let words = #"""
    static int lrs_is_word(unsigned char c) {
      return c >= 0x80u || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (c >= '0' && c <= '9') || c == '_';
    }

    /* The hash of a word in lower case, 64 bytes at a time. */
    static uint32_t lrs_word_hash(const unsigned char *word, size_t count, uint32_t seed) {
      uint32_t h = seed;
      uint32_t tail = 0;
      size_t i;
      for (i = 0; i < count; i += 1) {
        const unsigned char c = word[i] >= 'A' && word[i] <= 'Z' ? (unsigned char)(word[i] | 0x20u)
                                                                 : word[i];
        tail |= (uint32_t)c << (8u * (i & 3u));
        if ((i & 3u) == 3u) {
          h = lrs_rotate(h ^ lrs_mix(tail), 13) * 5u + 0xe6546b64u;
          tail = 0;
        }
      }
      if ((count & 3u) != 0u) { h ^= lrs_mix(tail); }
      h ^= (uint32_t)count;
      h = (h ^ (h >> 16)) * 0x85ebca6bu;
      h = (h ^ (h >> 13)) * 0xc2b2ae35u;
      return h ^ (h >> 16);
    }

    static void lrs_add_words(lrs_row *row, const lrs_field *field, uint32_t seed) {
      uint32_t single = 0; /* hashes of the runs of one and two words that end before */
      uint32_t pair = 0;
      size_t words = 0;
      size_t i = 0;
      while (i < field->count) {
        size_t start;
        uint32_t fresh;
        uint32_t joined = 0;
        if (!lrs_is_word(field->text[i])) {
          i += 1;
          continue;
        }
        start = i;
        while (i < field->count && lrs_is_word(field->text[i])) { i += 1; }
        fresh = lrs_word_hash(field->text + start, i - start, seed);
        lrs_add(row, fresh & LRS_MASK, 1.0f);
        if (LRS_NGRAMS >= 2 && words >= 1) {
          joined = lrs_word_hash(field->text + start, i - start, single);
          lrs_add(row, joined & LRS_MASK, 1.0f);
        }
        if (LRS_NGRAMS >= 3 && words >= 2) {
          lrs_add(row, lrs_word_hash(field->text + start, i - start, pair) & LRS_MASK, 1.0f);
        }
        single = fresh;
        pair = joined;
        words += 1;
      }
    }

    """#

  static let crosses = #"""
    /* Values are hashed one after the other, each with the hash before as its seed; a scaled number
       multiplies the value instead. */
    static void lrs_add_crosses(lrs_row *row, const lrs_field *fields, const double *numbers) {
      size_t i;
      (void)numbers; /* not read where no number is crossed */
      for (i = 0; i < LRS_CROSSES; i += 1) {
        uint32_t h = lrs_crosses[i].seed;
        float value = 1.0f;
        size_t part;
        for (part = 0; part < lrs_crosses[i].count; part += 1) {
          const size_t index = lrs_crosses[i].columns[part];
          const lrs_column *column = &lrs_table[index];
          const lrs_field *field = &fields[index];
          if (field->is_missing) {
            h = lrs_hash(field->text, 0, h);
          } else if (column->kind != LRS_NUMBER) {
            h = lrs_hash(field->text, field->count, h);
          } else {
            const lrs_feature *feature = &lrs_features[column->first_feature];
            switch (feature->kind) {
    CASES
              default: break;
            }
          }
        }
        if (value != 0.0f) { lrs_add(row, h & LRS_MASK, value); }
      }
    }

    """#

  // The row of a LibSVM file.

  static let indexedRow = #"""
    static int lrs_is_blank(unsigned char c) { return c == ' ' || c == '\t'; }

    /* 1 and the number where the bytes are digits of one below 2^64. */
    static int lrs_unsigned(const unsigned char *text, size_t count, uint64_t *number) {
      uint64_t n = 0;
      size_t i;
      for (i = 0; i < count; i += 1) {
        const unsigned char digit = (unsigned char)(text[i] - '0');
        if (digit > 9u || n > UINT64_MAX / 10u || n * 10u > UINT64_MAX - digit) { return 0; }
        n = n * 10u + digit;
      }
      *number = n;
      return count > 0;
    }

    static uint32_t lrs_index_slot(uint64_t index) {
      unsigned char bytes[8];
      size_t i;
      if (index <= LRS_MASK) { return (uint32_t)index; }
      for (i = 0; i < 8; i += 1) { bytes[i] = (unsigned char)((index >> (8u * i)) & 0xFFu); }
      return lrs_hash(bytes, 8, LRS_SEED) & LRS_MASK;
    }

    """#

  /// `lrs_scales`, by rising index, `LRS_SCALES` and `LRS_CLIP` come before it.
  static let scaledIndex = #"""
    static float lrs_scaled(uint64_t index, float value) {
      size_t low = 0;
      size_t high = LRS_SCALES;
      float scaled = value;
      while (low < high) {
        const size_t middle = (low + high) / 2;
        if (lrs_scales[middle].index < index) { low = middle + 1; } else { high = middle; }
      }
      if (low < LRS_SCALES && lrs_scales[low].index == index) {
        scaled = value / lrs_scales[low].magnitude;
      }
      if (scaled > LRS_CLIP) { return LRS_CLIP; }
      return scaled < -LRS_CLIP ? -LRS_CLIP : scaled;
    }

    """#

  static let readIndices = #"""
    /* 1 when the token is index:value, or qid:n, which is no feature. */
    static int lrs_add_token(lrs_row *row, const unsigned char *text, size_t count) {
      uint64_t index = 0;
      double number = 0.0;
      float value;
      size_t colon = 0;
      while (colon < count && text[colon] != ':') { colon += 1; }
      if (colon == count || colon == 0) { return 0; }
      if (!lrs_unsigned(text, colon, &index)) {
        return colon == 3 && memcmp(text, "qid", 3) == 0 &&
               lrs_unsigned(text + colon + 1, count - colon - 1, &index);
      }
      if (!lrs_number(text + colon + 1, count - colon - 1, &number)) { return 0; }
      value = lrs_float(number);
      if (value == INFINITY || value == -INFINITY) { return 0; }
    SCALING
      if (value != 0.0f) { lrs_add(row, lrs_index_slot(index), value); }
      return 1;
    }

    /* 1 and the features of a row, or 0 for a bad one. */
    static int lrs_read(const char *const *fields, const size_t *lengths, lrs_row *row) {
      const unsigned char *text = (const unsigned char *)fields[0];
      const size_t count = text == NULL ? 0 : lengths[0];
      size_t i = 0;
      row->count = 0;
      row->is_bad = 0;
      while (i < count) {
        size_t start;
        if (lrs_is_blank(text[i])) {
          i += 1;
          continue;
        }
        if (text[i] == '#') { break; }
        start = i;
        while (i < count && !lrs_is_blank(text[i])) { i += 1; }
        if (!lrs_add_token(row, text + start, i - start)) { return 0; }
      }
      lrs_merge(row);
      return !row->is_bad;
    }

    """#
}
