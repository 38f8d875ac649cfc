import Featurizing

/// What a person may have meant by a word that is no command and no option: names that other programs
/// have for them. Where letters are only mistyped, the parser finds the nearest.
enum Hints {
  /// By the name in other programs.
  private static let commands: [String: String] = [
    "fit": "train", "learn": "train", "run": "train", "eval": "evaluate", "test": "evaluate",
    "validate": "evaluate", "measure": "evaluate", "score": "predict", "apply": "predict",
    "infer": "predict", "inference": "predict", "classify": "predict", "tune": "sweep",
    "search": "sweep", "grid": "sweep", "cv": "sweep", "info": "inspect", "show": "inspect",
    "dump": "inspect", "describe": "inspect", "print": "inspect", "convert": "export",
    "save": "export", "calib": "calibrate", "gradcheck": "check-gradient", "drift": "monitor",
    "watch": "monitor", "average": "merge", "combine": "merge",
  ]

  /// - Parameter known: the commands that there are.
  /// - Returns: what to say about a first word that is neither a command nor a file; nil: nothing.
  static func cure(command word: String, known: [String]) -> String? {
    switch word.lowercased() {
    case "version": return "say --version"
    case "options", "usage": return "say --help"
    case "test", "score":
      return "evaluate measures a model on rows with labels; predict writes their probabilities"
    case let lower:
      if let command = commands[lower], known.contains(command) {
        return "did you mean \(command)?"
      }
      return NearestName.find(word, among: known.sorted()).map { "did you mean \($0)?" }
    }
  }

  /// Options of other programs: what to say instead of each.
  ///
  /// From Vowpal Wabbit, XGBoost, LightGBM, scikit-learn and liblinear; an underscore is a dash.
  private static let options: [String: String] = [
    "-d": "name files as they are, without -d",
    "--data": "name files as they are", "--input": "name files as they are",
    "--train": "name files as they are", "--file": "name files as they are",
    "-f": "say -o FILE", "--final-regressor": "say -o FILE", "--out": "say -o FILE",
    "--save": "say -o FILE", "--model-out": "say -o FILE", "--output-model": "say -o FILE",
    "-i": "say -m FILE to predict or evaluate; --start-from FILE, or --checkpoint DIR, to go on "
      + "learning",
    "--initial-regressor": "say -m FILE to predict or evaluate; --start-from FILE, or --checkpoint "
      + "DIR, to go on learning",
    "--init-model": "say --start-from FILE, or --checkpoint DIR",
    "--resume": "say --checkpoint DIR",
    "-b": "say --bits B", "--bit-precision": "say --bits B", "--num-bits": "say --bits B",
    "-l": "say --learning-rate X with --optimizer sgd or adagrad, or --alpha A with ftrl",
    "--lr": "say --learning-rate X with --optimizer sgd or adagrad, or --alpha A with ftrl",
    "--eta": "say --learning-rate X with --optimizer sgd or adagrad, or --alpha A with ftrl",
    "--eta0": "say --learning-rate X with --optimizer sgd or adagrad, or --alpha A with ftrl",
    "--step-size": "say --learning-rate X with --optimizer sgd or adagrad, or --alpha A with ftrl",
    "--ftrl-alpha": "say --alpha A", "--ftrl-beta": "say --beta B", "--power-t": "say --power X",
    "-t": "say predict -m MODEL, or evaluate -m MODEL for rows with labels",
    "--testonly": "say predict -m MODEL, or evaluate -m MODEL for rows with labels",
    "--test-only": "say predict -m MODEL, or evaluate -m MODEL for rows with labels",
    "-p": "say predict -m MODEL -o FILE", "--predictions-file": "say predict -m MODEL -o FILE",
    "-r": "say predict --output margin", "--raw-predictions": "say predict --output margin",
    "-c": "rows are kept between epochs without it; --cache FILE says where",
    "--cache-file": "say --cache FILE", "-k": "say --cache auto, or --fresh for a checkpoint",
    "--passes": "say --epochs N", "--n-epochs": "say --epochs N", "--num-epochs": "say --epochs N",
    "--iterations": "say --epochs N, or --max-iterations N with lbfgs and newton",
    "--num-round": "say --epochs N", "--n-iter": "say --epochs N",
    "--max-iter": "say --max-iterations N with lbfgs and newton, or --epochs N",
    "--tol": "say --tolerance X", "--loss-function": "say --loss NAME",
    "--objective":
      "say --loss NAME", "--link": "predict writes probabilities; --output margin the log-odds",
    "--quadratic": "say --cross 'A*B'", "--cubic": "say --cross 'A*B*C'",
    "--interactions": "say --cross 'A*B'", "--interaction": "say --cross 'A*B'",
    "--ngram": "say --ngrams N", "--ftrl": "say --optimizer ftrl", "--sgd": "say --optimizer sgd",
    "--adaptive": "say --optimizer adagrad", "--adagrad": "say --optimizer adagrad",
    "--bfgs": "say --optimizer lbfgs", "--solver": "say --optimizer NAME",
    "--algorithm": "say --optimizer NAME", "--reg": "say --l2 X", "--lambda": "say --l2 X",
    "--reg-lambda": "say --l2 X", "--reg-alpha": "say --l1 X", "--weight-decay": "say --l2 X",
    "--target": "say --label NAME", "--y": "say --label NAME", "--label-column": "say --label NAME",
    "--response": "say --label NAME", "--pos-label": "say --positive VALUE",
    "--sample-weight": "say --weight NAME", "--weight-column": "say --weight NAME",
    "--sep": "say --delimiter C", "--separator": "say --delimiter C",
    "--header": "a header is the default; say --no-header where there is none",
    "--noheader": "say --no-header", "--names-file": "say --columns A,B,…",
    "--cat": "say --categorical A,B,…", "--categorical-feature": "say --categorical A,B,…",
    "--categorical-features": "say --categorical A,B,…", "--num": "say --numeric A,B,…",
    "--exclude": "say --ignore A,B,…", "--drop": "say --ignore A,B,…",
    "--na": "say --missing TEXTS", "--na-values": "say --missing TEXTS",
    "--validation": "say --holdout F", "--valid": "say --holdout F",
    "--val-split":
      "say --holdout F", "--holdout-period": "say --holdout F",
    "--early-stopping": "say --early-stop N", "--early-stopping-rounds": "say --early-stop N",
    "--early-terminate": "say --early-stop N", "--random-state": "say --seed N",
    "--random-seed": "say --seed N", "--scale-pos-weight": "say --class-weight positive=X",
    "--subsample": "say --keep-negatives R", "--downsample": "say --keep-negatives R",
    "--negative-rate": "say --keep-negatives R, or --negatives-kept R for rows sampled before",
    "-j": "say --threads N", "--nthread": "say --threads N", "--n-jobs": "say --threads N",
    "--num-threads": "say --threads N", "--jobs": "say --threads N",
    "--minibatch": "say --batch-size N", "--batch": "say --batch-size N",
    "-s": "say -q", "--silent": "say -q", "--progress-bar": "say --progress bar",
    "-n": "say --expect-rows N to check how many rows there are; head -n shortens an input",
  ]

  /// What to say about an option that is none of the command; nil: nothing.
  ///
  /// - Parameters:
  ///   - option: as typed.
  ///   - elsewhere: commands that have an option of this name.
  static func cure(option: String, elsewhere: [String]) -> String? {
    let name = option.replacing("_", with: "-").lowercased()
    // A short one means something else in capitals.
    if let cure = options[name.hasPrefix("--") ? name : option] { return cure }
    guard !elsewhere.isEmpty else { return nil }
    return "\(option) is an option of \(elsewhere.joined(separator: ", "))"
  }
}
