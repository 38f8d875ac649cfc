internal import Configuration
internal import Notices

/// Programs that score the rows of a check with an artefact.
enum CheckPrograms {
  /// Called with the artefact, the rows, where the scores go, the table's name, and whether rows are
  /// `columns` or `indices`.
  static func python(_ configuration: ExportConfiguration) -> String {
    switch configuration.target {
    case .json: PythonReader.source + rows + json
    case .onnx: needs(["onnxruntime", "numpy"]) + rows + onnx
    case .c: rows
    case .sql:
      switch configuration.dialect {
      case .duckdb: needs(["duckdb"]) + rows + database + duckdb
      case .postgres: needs(["psycopg"]) + rows + database + postgres
      case .clickhouse: needs(["chdb"]) + rows + database + clickhouse
      case .spark: needs(["pyspark"]) + rows + database + spark
      case nil: rows
      }
    }
  }

  /// Ends with a code of its own, and the package's name, where one is missing.
  private static func needs(_ packages: [String]) -> String {
    """
    import importlib.util, sys

    for package in \(JSONValue.array(packages.map { .string($0) }).text):
        if importlib.util.find_spec(package) is None:
            print(f"the Python package {package}", end="")
            sys.exit(69)

    """
  }

  private static let onnx = #"""
    import numpy, onnxruntime

    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])


    def columns_of(rows):
        """An input a column."""
        feeds = {}
        for column, given in zip(zip(*rows), session.get_inputs()):
            texts = [field.decode("utf-8", "surrogateescape") for field in column]
            is_number = given.type == "tensor(double)"
            feeds[given.name] = numpy.array(
                [float(text) for text in texts] if is_number else texts,
                dtype=numpy.float64 if is_number else object)
        return feeds


    def matrices_of(rows):
        """Indices and values of LibSVM rows, with zeros behind short ones."""
        found = [pairs(row[0]) for row in rows]
        shape = (len(found), max(map(len, found)))
        indices, values = numpy.zeros(shape, numpy.uint64), numpy.zeros(shape)
        for at, row in enumerate(found):
            for place, (index, value) in enumerate(row):
                indices[at, place], values[at, place] = index, value
        return {"indices": indices.view(numpy.int64), "values": values}


    scores = []
    # Characters of texts are a matrix as wide as the longest one.
    batch = 500 if any("string" in given.type for given in session.get_inputs()) else 10_000
    for start in range(0, len(rows), batch):
        some = rows[start : start + batch]
        feeds = matrices_of(some) if sys.argv[5] == "indices" else columns_of(some)
        count = len(some)
        margins, probabilities = session.run(["margin", "probability"], feeds)
        both = numpy.concatenate(
            [margins.reshape(count, -1), probabilities.reshape(count, -1)], axis=1)
        scores += both.ravel().tolist()
    write(sys.argv[3], scores)
    """#

  /// Reads the rows of a check.
  private static let rows = #"""

    import array, struct, sys


    def read(path):
        """Names of the columns, and the fields of each row, all as bytes."""
        with open(path, "rb") as stream:
            data = stream.read()
        columns, at, fields = struct.unpack_from("<I", data)[0], 4, []
        while at < len(data):
            (length,) = struct.unpack_from("<I", data, at)
            fields.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        rows = [fields[at : at + columns] for at in range(0, len(fields), columns)]
        return rows[0], rows[1:]


    def write(path, scores):
        """Margins, then probabilities, of each row."""
        numbers = array.array("d", scores)
        if sys.byteorder == "big":
            numbers.byteswap()
        with open(path, "wb") as stream:
            numbers.tofile(stream)


    def pairs(text):
        """Index and value of each feature of a LibSVM row without its label."""
        found = []
        for token in text.split(b"#")[0].replace(b"\t", b" ").split(b" "):
            index, _, value = token.partition(b":")
            if token and index != b"qid":
                found.append((int(index), float(value)))
        return found


    names, rows = read(sys.argv[2])

    """#

  private static let json = #"""
    model = Model(sys.argv[1])
    scores = []
    for row in rows:
        scores += model.margins(row) + model.probabilities(row)
    write(sys.argv[3], scores)
    """#

  /// Compiled together with an exported source.
  static let driver = #"""
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>

    extern const size_t lrs_column_count;
    extern const size_t lrs_class_count;
    #ifdef LRS_CHECK_CLASSES
    void lrs_margin(const char *const *fields, const size_t *lengths, double *margins);
    void lrs_probability(const char *const *fields, const size_t *lengths, double *probabilities);
    #else
    double lrs_margin(const char *const *fields, const size_t *lengths);
    double lrs_probability(const char *const *fields, const size_t *lengths);
    #endif

    static int read_size(FILE *file, size_t *size) {
      unsigned char bytes[4];
      if (fread(bytes, 1, 4, file) != 4) { return 0; }
      *size = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
              (size_t)bytes[3] << 24;
      return 1;
    }

    static int read_field(FILE *file, char **field, size_t *length) {
      if (!read_size(file, length)) { return 0; }
      free(*field);
      *field = malloc(*length + 1);
      return *field != NULL && fread(*field, 1, *length, file) == *length;
    }

    int main(int count, char **words) {
      FILE *rows = count == 3 ? fopen(words[1], "rb") : NULL;
      FILE *scores = count == 3 ? fopen(words[2], "wb") : NULL;
      char **fields = calloc(lrs_column_count + 1, sizeof *fields);
      size_t *lengths = calloc(lrs_column_count + 1, sizeof *lengths);
      double *values = calloc(2 * (lrs_class_count + 1), sizeof *values);
      size_t columns = 0;
      size_t outputs = 1;
      size_t i;
      if (rows == NULL || scores == NULL || fields == NULL || lengths == NULL || values == NULL ||
          !read_size(rows, &columns) || columns != lrs_column_count) {
        return 1;
      }
      for (i = 0; i < columns; i += 1) {
        if (!read_field(rows, &fields[i], &lengths[i])) { return 1; }
      }
      for (;;) {
        for (i = 0; i < columns; i += 1) {
          if (!read_field(rows, &fields[i], &lengths[i])) {
            if (i > 0 || !feof(rows)) { return 1; }
            return fclose(scores) != 0;
          }
        }
    #ifdef LRS_CHECK_CLASSES
        outputs = lrs_class_count;
        lrs_margin((const char *const *)fields, lengths, values);
        lrs_probability((const char *const *)fields, lengths, values + outputs);
    #else
        values[0] = lrs_margin((const char *const *)fields, lengths);
        values[1] = lrs_probability((const char *const *)fields, lengths);
    #endif
        if (fwrite(values, sizeof *values, 2 * outputs, scores) != 2 * outputs) { return 1; }
      }
    }

    """#
}
