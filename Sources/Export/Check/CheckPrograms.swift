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

  /// Names and values for a database; the table's name is the fourth word.
  private static let database = #"""
    with open(sys.argv[1], encoding="utf-8") as stream:
        script = stream.read()
    names = [name.decode() for name in names]
    table = sys.argv[4]
    # A table of LibSVM rows has a line for each feature, and one for each row.
    is_indexed = sys.argv[5] == "indices"
    key = "row" if is_indexed else "lrs_check"
    if is_indexed:
        names = ["index", "value"]
        rows = [(at, index, value) for at, row in enumerate(rows)
                for index, value in [(None, None)] + pairs(row[0])]
    else:
        rows = [[at] + [field.decode("utf-8", "replace") for field in row]
                for at, row in enumerate(rows)]


    def quoted(name, mark='"'):
        return mark + name.replace(mark, 2 * mark) + mark


    def scores(found):
        """Margins, then probabilities, of rows in their order."""
        flat = []
        for margin, probability in found:
            for value in (margin, probability):
                flat += value if isinstance(value, (list, tuple)) else [value]
        write(sys.argv[3], flat)


    """#

  private static let duckdb = #"""
    import csv, duckdb, os

    path = os.path.join(os.path.dirname(sys.argv[2]), "rows.csv")
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        for row in rows:
            writer.writerow(["a null that no field is" if cell is None else cell for cell in row])
    base = duckdb.connect()
    kinds = ["UBIGINT", "DOUBLE"] if is_indexed else ["VARCHAR"] * len(names)
    columns = {key: "BIGINT"} | dict(zip(names, kinds))
    declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    base.execute(f"CREATE TABLE {quoted(table)} ({declared})")
    base.execute(
        f"COPY {quoted(table)} FROM '{path}' (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', "
        "ESCAPE '\"', NULLSTR 'a null that no field is', AUTO_DETECT false)")
    for statement in base.extract_statements(script):
        base.execute(statement)
    found = base.execute(
        f"SELECT margin, probability FROM logreg_stream_scores ORDER BY {key}").fetchall()
    scores(found)
    """#

  private static let postgres = #"""
    import psycopg

    try:
        base = psycopg.connect(autocommit=False)
    except psycopg.OperationalError:
        print("a PostgreSQL server that psycopg finds by PGHOST, PGUSER and so on", end="")
        sys.exit(69)
    with base.cursor() as cursor:
        # Nothing of it stays: the transaction is never committed.
        cursor.execute("CREATE SCHEMA logreg_stream_check")
        cursor.execute("SET LOCAL search_path = logreg_stream_check")
        kinds = ["numeric", "float8"] if is_indexed else ["text"] * len(names)
        columns = ", ".join(
            [f"{key} bigint"] + [f"{quoted(name)} {kind}" for name, kind in zip(names, kinds)])
        cursor.execute(f"CREATE TABLE {quoted(table)} ({columns})".replace("%", "%%"))
        with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
            for row in rows:
                # A text of PostgreSQL cannot hold a NUL.
                copy.write_row(
                    [cell.replace("\0", "") if isinstance(cell, str) else cell for cell in row])
        cursor.execute(script)
        cursor.execute(f"SELECT margin, probability FROM logreg_stream_scores ORDER BY {key}")
        found = cursor.fetchall()
    base.rollback()
    scores(found)
    """#

  private static let clickhouse = #"""
    import json, os
    from chdb import session

    path = os.path.join(os.path.dirname(sys.argv[2]), "rows.json")
    with open(path, "w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row) + "\n")
    base = session.Session()
    tick = lambda name: "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    kinds = ["Nullable(UInt64)", "Nullable(Float64)"] if is_indexed else ["String"] * len(names)
    columns = ", ".join(
        [f"{key} UInt64"] + [f"{tick(name)} {kind}" for name, kind in zip(names, kinds)])
    base.query(f"CREATE TABLE {tick(table)} ({columns}) ENGINE = Memory")
    base.query(f"INSERT INTO {tick(table)} SELECT * FROM file('{path}', 'JSONCompactEachRow', "
               f"$lrs${columns}$lrs$) SETTINGS precise_float_parsing = 1")
    base.query(script)
    # Numbers as bits: digits are rounded on their way.
    bits = "arrayMap(x -> reinterpretAsUInt64(x), {0})" if "Array(Float64)" in script else (
        "reinterpretAsUInt64({0})")
    found = []
    for line in str(base.query(
            f"SELECT {bits.format('margin')} AS m, {bits.format('probability')} AS p "
            f"FROM logreg_stream_scores ORDER BY {key}", "JSONCompactEachRow")).splitlines():
        pair = []
        for value in json.loads(line):
            values = [struct.unpack("<d", struct.pack("<Q", int(v)))[0]
                      for v in (value if isinstance(value, list) else [value])]
            pair.append(values)
        found.append(pair)
    scores(found)
    """#

  private static let spark = #"""
    import decimal, os, shutil

    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        print("Java", end="")
        sys.exit(69)
    from pyspark.sql import SparkSession
    from pyspark.sql.types import (
        DecimalType, DoubleType, LongType, StringType, StructField, StructType)

    folder = os.path.dirname(os.path.abspath(sys.argv[2]))
    base = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", os.path.join(folder, "warehouse"))
        .getOrCreate()
    )
    kinds = [DecimalType(20, 0), DoubleType()] if is_indexed else [StringType()] * len(names)
    kinds = [StructField(key, LongType())] + [StructField(*pair) for pair in zip(names, kinds)]
    if is_indexed:
        rows = [(at, None if index is None else decimal.Decimal(index), value)
                for at, index, value in rows]
    data = base.createDataFrame(rows, StructType(kinds))
    data.write.saveAsTable(quoted(table, "`"))
    # A semicolon at the end of a line ends a statement, but not inside a text.
    statement = ""
    marks = 0
    for line in script.splitlines(keepends=True):
        if marks % 2 == 0 and line.startswith("--"):
            continue
        statement += line
        marks = statement.replace("\\\\", "").replace("\\'", "").count("'")
        if line.rstrip().endswith(";") and marks % 2 == 0:
            base.sql(statement.rstrip().removesuffix(";"))
            statement, marks = "", 0
    found = base.sql(
        f"SELECT margin, probability FROM logreg_stream_scores ORDER BY {key}").collect()
    base.stop()
    scores(found)
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
