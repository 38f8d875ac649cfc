/// A reader of the JSON document in plain Python, as the article Serving shows it: a test holds the two
/// together, and `--check` runs it.
enum PythonReader {
  static let source = #"""
    """Scores rows with a model of logreg-stream that was exported as JSON. Needs no package."""

    import json, math, re, struct

    MASK = 0xFFFFFFFF
    NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
    BLANK = re.compile("[ \t\u00a0\u2000-\u200b\u202f\u205f\u3000]")


    def murmur3(data, seed):
        """MurmurHash3_x86_32 of bytes."""

        def mix(word):
            word = word * 0xCC9E2D51 & MASK
            return (word << 15 | word >> 17) * 0x1B873593 & MASK

        h, tail = seed, len(data) % 4
        for at in range(0, len(data) - tail, 4):
            h ^= mix(int.from_bytes(data[at : at + 4], "little"))
            h = ((h << 13 | h >> 19) * 5 + 0xE6546B64) & MASK
        if tail:
            h ^= mix(int.from_bytes(data[-tail:], "little"))
        h ^= len(data)
        h = (h ^ h >> 16) * 0x85EBCA6B & MASK
        h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
        return h ^ h >> 16


    def f32(x):
        """The nearest 32-bit float; infinite beyond the largest one."""
        try:
            return struct.unpack("<f", struct.pack("<f", x))[0]
        except OverflowError:
            return math.copysign(math.inf, x)


    def exp(x):
        return math.exp(x) if x < 709.79 else math.inf


    def sigmoid(m):
        small = exp(-abs(m))
        return 1 / (1 + small) if m >= 0 else small / (1 + small)


    def softplus(m):
        return max(m, 0) + math.log1p(exp(-abs(m)))


    class Model:
        def __init__(self, path):
            with open(path, encoding="utf-8") as stream:
                self.document = d = json.load(stream)
            self.mask = (1 << d["hash"]["bits"]) - 1
            self.missing = {token.encode() for token in d.get("missing", [])}
            self.weights = {}
            outputs = d["weights"]["output"] or [0] * len(d["weights"]["slot"])
            for slot, output, value in zip(d["weights"]["slot"], outputs, d["weights"]["value"]):
                self.weights.setdefault(slot, []).append((output, value))

        def number(self, text):
            """A finite number; ValueError for any other text."""
            d = self.document
            if d["marks"] or d["decimal"] != ".":
                text = (self.plain(text.decode("utf-8", "surrogateescape")) or "?").encode(
                    "utf-8", "surrogateescape")
            value = float(text) if NUMBER.fullmatch(text) else math.inf
            if math.isinf(value):
                raise ValueError("not a finite number")
            return value

        def plain(self, text):
            """Marks left out: between digits only where they part groups of three; None: no number."""
            point, marks = self.document["decimal"], self.document["marks"]
            is_mark = lambda c: c in marks or " " in marks and BLANK.fullmatch(c)
            plain, group, whole, is_whole, is_over = "", None, 0, True, False
            for at, c in enumerate(text):
                if is_mark(c):
                    after_digit = plain[-1:].isdecimal()
                    if not (after_digit and text[at + 1 : at + 2].isdecimal()):
                        is_over = is_over or after_digit
                        continue
                    if not is_whole or is_over or (whole if group is None else group) > 3 or group in (0, 1):
                        return None
                    group = 0
                    continue
                if is_over or c == point and not (is_whole and group in (None, 3)) or c == "." != point:
                    return None
                if c == point:
                    is_whole, group = False, None
                elif c.isdecimal() and is_whole:
                    whole, group = whole + 1, None if group is None else group + 1
                plain += "." if c == point else c
            return plain if group in (None, 3) else None

        def scaled(self, feature, x):
            if feature["kind"] == "raw":
                if math.isinf(f32(x)):
                    raise ValueError("not a finite 32-bit number")
                return f32(x)
            if feature["kind"] == "symlog":
                x = math.copysign(math.log1p(abs(x)), x)
            clip = self.document["clip"]
            return f32(max(-clip, min(clip, (x - feature["mean"]) / feature["deviation"])))

        @staticmethod
        def bin(feature, x):
            return sum(edge <= x for edge in feature["edges"])

        def features(self, fields):
            """(slot, value) of each feature of a row: fields are bytes, or None where missing."""
            d, numbers, found = self.document, {}, []
            values = [None if f is None or f.strip(b" ") in self.missing else f.strip(b" ") for f in fields]
            for at, column in enumerate(d["columns"]):
                value = values[at]
                if column["kind"] == "text":
                    continue
                if value is None:
                    found.append((column["missing_slot"], 1.0))
                elif column["kind"] == "category":
                    found.append((murmur3(value, column["seed"]) & self.mask, 1.0))
                else:
                    x = numbers[at] = self.number(value)
                    for feature in column["features"]:
                        if feature["kind"] == "bins":
                            found.append((feature["slots"][self.bin(feature, x)], 1.0))
                        elif (scaled := self.scaled(feature, x)) != 0:
                            found.append((feature["slot"], scaled))
            for at, column in enumerate(d["columns"]):
                if column["kind"] == "text" and values[at] is None:
                    found.append((column["missing_slot"], 1.0))
                elif column["kind"] == "text":
                    chains = []  # hashes of the runs of words that end before this one
                    for word in re.findall(rb"[0-9A-Za-z_\x80-\xff]+", values[at]):
                        seeds = [column["seed"]] + chains[: d["ngrams"] - 1]
                        chains = [murmur3(word.lower(), seed) for seed in seeds]
                        found += [(h & self.mask, 1.0) for h in chains]
            for cross in d["crosses"]:
                h, product = cross["seed"], 1.0
                for at in cross["columns"]:
                    feature = d["columns"][at].get("features", [None])[0]
                    if values[at] is None or feature is None:
                        h = murmur3(values[at] or b"", h)
                    elif feature["kind"] == "bins":
                        h = murmur3(str(self.bin(feature, numbers[at])).encode(), h)
                    else:
                        product = f32(product * self.scaled(feature, numbers[at]))
                if product != 0:
                    found.append((h & self.mask, product))
            return found

        def index_features(self, text):
            """The same of a LibSVM row without its label."""
            found, scales = [], self.document["indices"]
            for token in text.split(b"#")[0].replace(b"\t", b" ").split(b" "):
                index, colon, number = token.partition(b":")
                if not token or index == b"qid" and number.isdigit():
                    continue
                if not index.isdigit() or int(index) >= 1 << 64 or not NUMBER.fullmatch(number):
                    raise ValueError("not index:value")
                value = f32(float(number))
                if math.isinf(value):
                    raise ValueError("not a finite number")
                if scales["clip"] is not None:
                    value = f32(value / scales["largest"].get(str(int(index)), 1.0))
                    value = max(-scales["clip"], min(scales["clip"], value))
                if value != 0:
                    at = int(index)
                    h = at if at <= self.mask else murmur3(struct.pack("<Q", at), self.document["hash"]["seed"])
                    found.append((h & self.mask, value))
            return found

        def margins(self, fields):
            """The margin of a row, or of each class; NaN for a row that predict calls bad."""
            d = self.document
            try:
                found = self.features(fields) if "columns" in d else self.index_features(fields[0])
            except ValueError:
                return [math.nan] * len(d["bias"])
            row = {}  # features of one slot are added, at the place of the first
            for slot, value in found:
                row[slot] = f32(row[slot] + value) if slot in row else value
            if len(d["bias"]) > 1:
                margins = list(d["bias"])
                for slot, value in row.items():
                    for output, weight in self.weights.get(slot, []):
                        margins[output] += weight * value
            else:
                lanes = [0.0] * 4
                for at, (slot, value) in enumerate(row.items()):
                    lanes[at % 4] += self.weights.get(slot, [(0, 0.0)])[0][1] * value
                margins = [d["bias"][0] + ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3]))]
            return [self.served(margin, output) for output, margin in enumerate(margins)]

        def served(self, m, output):
            """The margin behind the prior shift, the calibrator and the odds of fake negatives."""
            d = self.document
            if d["loss"] == "probit":
                m = log_odds(m)
            if d["shift"]:
                m += d["shift"][output]
            if d["calibrator"]:
                m = calibrated(m, d["calibrator"]["kind"], d["calibrator"]["parameters"])
            if d["fake_negatives"]:
                largest = math.log1p(-1e-9) - math.log(1e-9)
                if m >= math.log1p(-1e-9):
                    return largest
                rest = math.log1p(-exp(m)) if m < -math.log(2) else math.log(-math.expm1(m))
                m = min(m - rest, largest)
            return m

        def probabilities(self, fields):
            """Of the positive class, or of each class; of squared loss the number itself."""
            margins = self.margins(fields)
            if self.document["loss"] == "squared" or any(map(math.isnan, margins)):
                return margins
            if len(margins) == 1:
                return [sigmoid(margins[0])]
            odds = [exp(m - max(margins)) for m in margins]
            return [share / sum(odds) for share in odds]


    def log_odds(m):
        """log(P / (1 - P)) of the normal distribution's P(m)."""

        def tail(t):  # log of the upper tail from t on, t > 0
            if t < 25:
                return math.log(math.erfc(t / math.sqrt(2)) / 2)
            hazard = t
            for k in range(60, 0, -1):
                hazard = t + k / hazard
            return -t * t / 2 - math.log(2 * math.pi) / 2 - math.log(hazard)

        other = tail(abs(m))
        return math.copysign(math.log1p(-math.exp(other)) - other, m)


    def calibrated(m, kind, parameters):
        if kind == "intercept":
            return m + parameters[0]
        if kind == "platt":
            return parameters[0] * m + parameters[1]
        if kind == "temperature":
            return m / parameters[0]
        if kind == "beta":
            a, b, c = parameters
            return -a * softplus(-m) + b * softplus(m) + c
        if kind == "isotonic":
            p, q = isotonic(m, parameters)
            return math.log(p) - math.log1p(-p)
        p, q = isotonic(m, parameters[2:])
        line = parameters[0] * m + parameters[1]
        return math.log(sigmoid(line) + p) - math.log(sigmoid(-line) + q)


    def isotonic(m, parameters):
        """The probability and its complement: straight lines between knots, and nearly level tails."""
        margins, levels = parameters[::2], parameters[1::2]

        def tail(at):
            distance = abs(m - margins[at])
            return 1e-6 * levels[at] * (1 - levels[at]) * distance / (1 + distance)

        if m > margins[-1]:
            return levels[-1] + tail(-1), (1 - levels[-1]) - tail(-1)
        if m <= margins[0]:
            p = levels[0] - tail(0)
        else:
            high = next((at for at, margin in enumerate(margins) if margin > m), len(margins) - 1)
            low = high - 1
            share = (m - margins[low]) / (margins[high] - margins[low])
            p = min(levels[low] + (levels[high] - levels[low]) * share, levels[high])
        return p, 1 - p
    """#
}
