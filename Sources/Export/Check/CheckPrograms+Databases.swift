extension CheckPrograms {
  /// Names and values for a database; the table's name is the fourth word.
  static let database = #"""
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

  static let duckdb = #"""
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

  static let postgres = #"""
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

  static let clickhouse = #"""
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

  static let spark = #"""
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
}
