internal import Configuration
internal import Notices

/// Programs that score the rows of a check with an artefact.
enum CheckPrograms {
  /// Called with the artefact, the rows, where the scores go, and the table's name.
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
    scores = []
    for start in range(0, len(rows), 10_000):
        columns = list(zip(*rows[start : start + 10_000]))
        feeds = {}
        for column, given in zip(columns, session.get_inputs()):
            texts = [field.decode("utf-8", "surrogateescape") for field in column]
            is_number = given.type == "tensor(double)"
            feeds[given.name] = numpy.array(
                [float(text) for text in texts] if is_number else texts,
                dtype=numpy.float64 if is_number else object)
        margins, probabilities = session.run(["margin", "probability"], feeds)
        count = len(columns[0])
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
    rows = [[field.decode("utf-8", "replace") for field in row] for row in rows]
    table = sys.argv[4]


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
        for at, row in enumerate(rows):
            writer.writerow([at] + row)
    base = duckdb.connect()
    columns = {"lrs_check": "BIGINT"} | {name: "VARCHAR" for name in names}
    declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    base.execute(f"CREATE TABLE {quoted(table)} ({declared})")
    base.execute(
        f"COPY {quoted(table)} FROM '{path}' (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', "
        "ESCAPE '\"', NULLSTR 'a null that no field is', AUTO_DETECT false)")
    for statement in base.extract_statements(script):
        base.execute(statement)
    found = base.execute(
        "SELECT margin, probability FROM logreg_stream_scores ORDER BY lrs_check").fetchall()
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
        columns = ", ".join(["lrs_check bigint"] + [f"{quoted(name)} text" for name in names])
        cursor.execute(f"CREATE TABLE {quoted(table)} ({columns})".replace("%", "%%"))
        with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
            for at, row in enumerate(rows):
                # A text of PostgreSQL cannot hold a NUL.
                copy.write_row([at] + [field.replace("\0", "") for field in row])
        cursor.execute(script)
        cursor.execute("SELECT margin, probability FROM logreg_stream_scores ORDER BY lrs_check")
        found = cursor.fetchall()
    base.rollback()
    scores(found)
    """#

  private static let clickhouse = #"""
    import json, os
    from chdb import session

    path = os.path.join(os.path.dirname(sys.argv[2]), "rows.json")
    with open(path, "w", encoding="utf-8") as stream:
        for at, row in enumerate(rows):
            stream.write(json.dumps([at] + row) + "\n")
    base = session.Session()
    tick = lambda name: "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    columns = ", ".join(["lrs_check UInt64"] + [f"{tick(name)} String" for name in names])
    base.query(f"CREATE TABLE {tick(table)} ({columns}) ENGINE = Memory")
    base.query(f"INSERT INTO {tick(table)} SELECT * FROM file('{path}', 'JSONCompactEachRow', "
               f"$lrs${columns}$lrs$)")
    base.query(script)
    # Numbers as bits: digits are rounded on their way.
    bits = "arrayMap(x -> reinterpretAsUInt64(x), {0})" if "Array(Float64)" in script else (
        "reinterpretAsUInt64({0})")
    found = []
    for line in str(base.query(
            f"SELECT {bits.format('margin')} AS m, {bits.format('probability')} AS p "
            "FROM logreg_stream_scores ORDER BY lrs_check", "JSONCompactEachRow")).splitlines():
        pair = []
        for value in json.loads(line):
            values = [struct.unpack("<d", struct.pack("<Q", int(v)))[0]
                      for v in (value if isinstance(value, list) else [value])]
            pair.append(values)
        found.append(pair)
    scores(found)
    """#

  private static let spark = #"""
    import os, shutil

    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        print("Java", end="")
        sys.exit(69)
    from pyspark.sql import SparkSession
    from pyspark.sql.types import LongType, StringType, StructField, StructType

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
    kinds = [StructField("lrs_check", LongType())] + [StructField(n, StringType()) for n in names]
    data = base.createDataFrame([[at] + row for at, row in enumerate(rows)], StructType(kinds))
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
        "SELECT margin, probability FROM logreg_stream_scores ORDER BY lrs_check").collect()
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
