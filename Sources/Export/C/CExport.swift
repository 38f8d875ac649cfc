internal import Featurizing
internal import Learning
internal import SparseBatches

/// A model as one C99 source without dependencies, and its header.
///
/// The source is complete without the header. A row takes no memory but its thread's stack.
package enum CExport {
  /// - Parameter headerName: as the header is named in comments.
  package static func source(_ model: ExportedModel, headerName: String) -> String {
    let link = CLink(model)
    let reader = CReader(model)
    var parts = link.parts.union(reader.parts)
    parts.formUnion([model.outputs > 1 ? .classWeights : .linearWeights, .row])
    if model.loss == .logistic || model.loss == .probit { parts.insert(.sigmoid) }
    if model.outputs > 1 { parts.insert(.exponential) }
    let needed = CRuntime.Part.closure(of: parts)
    // The tables of the link stand before the functions that read them.
    let afterTables: Set<CRuntime.Part> = [.row, .linearWeights, .classWeights]
    return comment(model, headerName)
      + CRuntime.prelude + "\n"
      + interface(model)
      + names(model)
      + reader.definitions
      + link.tables
      + needed.filter { !afterTables.contains($0) }.map(\.source).joined()
      + CRuntime.row
      + CTables.weights(model.weights, isLinear: model.outputs == 1)
      + biases(model)
      + needed.filter { [.linearWeights, .classWeights].contains($0) }.map(\.source).joined()
      + reader.functions
      + entries(model, link)
  }

  /// What a program includes.
  package static func header(_ model: ExportedModel, headerName: String) -> String {
    """
    /* The model \(safe(model.origin.name)) of logreg-stream: what a program includes. */
    #ifndef LOGREG_STREAM_MODEL_H
    #define LOGREG_STREAM_MODEL_H

    #include <stddef.h>

    #ifdef __cplusplus
    extern "C" {
    #endif

    \(declarations(model))
    #ifdef __cplusplus
    }
    #endif

    #endif

    """
  }

  private static func comment(_ model: ExportedModel, _ headerName: String) -> String {
    """
    /*
     * The model \(safe(model.origin.name)), CRC-32 \(model.origin.checksum), as C99 by logreg-stream \
    \(model.origin.program).
     * Loss \(model.loss.name), \(model.weights.count) weights that are not 0, learned from \
    \(model.training.rows) rows.
     *
     *   cc -std=c99 -O2 -c FILE.c
     *
     * No allocation, no global state that changes, no library but memcpy, memset and memcmp: any
     * number of threads may score at once. Include \(safe(headerName)) in other sources.
     */

    """
  }

  /// No comment may end in a name.
  private static func safe(_ name: String) -> String {
    DisplayText.escape(Array(name.utf8)).split(separator: "*/").joined(separator: "* /")
  }

  private static func interface(_ model: ExportedModel) -> String {
    declarations(model) + "\n"
  }

  private static func declarations(_ model: ExportedModel) -> String {
    let fields =
      if case .columns = model.rows {
        """
        /* Names of a row's fields, in their order. A field is the text of a CSV file, quotes undone; NULL
           is a missing value. It need not end with a NUL; lengths[i] is its number of bytes. */
        """
      } else {
        """
        /* A row has one field: its features as index:value, separated by blanks, without the label. */
        """
      }
    let scores =
      if model.outputs > 1 {
        """
        /* Fills the margins, or the probabilities, of all classes. A row that predict calls bad (text
           where a number belongs, or an infinite number) gives NAN. */
        void lrs_margin(const char *const *fields, const size_t *lengths, double *margins);
        void lrs_probability(const char *const *fields, const size_t *lengths, double *probabilities);

        """
      } else if model.loss == .squared {
        """
        /* The predicted number; both are the same. A row that predict calls bad (text where a number
           belongs, or an infinite number) gives NAN. */
        double lrs_margin(const char *const *fields, const size_t *lengths);
        double lrs_probability(const char *const *fields, const size_t *lengths);

        """
      } else {
        """
        /* The log-odds and the probability of the positive class. A row that predict calls bad (text
           where a number belongs, or an infinite number) gives NAN. */
        double lrs_margin(const char *const *fields, const size_t *lengths);
        double lrs_probability(const char *const *fields, const size_t *lengths);

        """
      }
    return """
      \(fields)
      extern const char *const lrs_columns[];
      extern const size_t lrs_column_count;

      /* Label texts: of two classes the negative one first; none where a number is predicted. */
      extern const char *const lrs_classes[];
      extern const size_t lrs_class_count;

      \(scores)
      """
  }

  private static func names(_ model: ExportedModel) -> String {
    let columns = model.fieldNames.map { CTables.literal($0.bytes) }
    let classes = model.classes.map { CTables.literal(Array($0.utf8)) }
    return CTables.array("char *const", "lrs_columns", columns, empty: "NULL")
      .replacingPrefix("static ", with: "")
      + "const size_t lrs_column_count = \(columns.count);\n\n"
      + CTables.array("char *const", "lrs_classes", classes, empty: "NULL")
      .replacingPrefix("static ", with: "")
      + "const size_t lrs_class_count = \(classes.count);\n\n"
  }

  private static func biases(_ model: ExportedModel) -> String {
    guard model.outputs > 1 else {
      return "#define LRS_BIAS (\(HexFloat.text(model.biases[0])))\n\n"
    }
    return "#define LRS_OUTPUTS ((size_t)\(model.outputs))\n\n"
      + CTables.array("double", "lrs_biases", model.biases.map(HexFloat.text), empty: "0.0")
  }

  private static func entries(_ model: ExportedModel, _ link: CLink) -> String {
    if model.outputs > 1 { return classEntries(link) }
    let probability = model.loss == .squared ? "m" : "m != m ? m : lrs_sigmoid(m)"
    return """
      double lrs_margin(const char *const *fields, const size_t *lengths) {
        lrs_row row;
        double m;
        if (!lrs_read(fields, lengths, &row)) { return NAN; }
        m = lrs_sum(&row);
      \(link.statements)  return m;
      }

      double lrs_probability(const char *const *fields, const size_t *lengths) {
        const double m = lrs_margin(fields, lengths);
        return \(probability);
      }

      """
  }

  private static func classEntries(_ link: CLink) -> String {
    let adjusted =
      link.statements.isEmpty
      ? ""
      : """
        for (i = 0; i < LRS_OUTPUTS; i += 1) {
      \(link.statements)  }

      """
    return """
      static int lrs_all_margins(
          const char *const *fields, const size_t *lengths, double *margins) {
        lrs_row row;
        size_t i;
        if (!lrs_read(fields, lengths, &row)) {
          for (i = 0; i < LRS_OUTPUTS; i += 1) { margins[i] = NAN; }
          return 0;
        }
        lrs_sums(&row, margins);
      \(adjusted)  return 1;
      }

      void lrs_margin(const char *const *fields, const size_t *lengths, double *margins) {
        (void)lrs_all_margins(fields, lengths, margins);
      }

      void lrs_probability(const char *const *fields, const size_t *lengths, double *probabilities) {
        double largest;
        double sum = 0.0;
        size_t i;
        if (!lrs_all_margins(fields, lengths, probabilities)) { return; }
        largest = probabilities[0];
        for (i = 1; i < LRS_OUTPUTS; i += 1) {
          if (probabilities[i] > largest) { largest = probabilities[i]; }
        }
        for (i = 0; i < LRS_OUTPUTS; i += 1) {
          probabilities[i] = lrs_exp(probabilities[i] - largest);
          sum += probabilities[i];
        }
        for (i = 0; i < LRS_OUTPUTS; i += 1) { probabilities[i] = probabilities[i] / sum; }
      }

      """
  }
}

extension String {
  fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
    hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
  }
}
