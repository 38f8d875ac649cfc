"""A model of logreg-stream as an MLflow model of the flavour pyfunc.

    python mlflow_pyfunc.py flights.lrs flights-mlflow rows.csv    # writes a folder that MLflow serves

    import mlflow.pyfunc
    mlflow.pyfunc.load_model("flights-mlflow").predict(frame)
"""

import sys

import mlflow.pyfunc


class LogRegStream(mlflow.pyfunc.PythonModel):
    """Probabilities of a frame's rows; `params={"output": "margin"}` gives margins."""

    def load_context(self, context):
        import logreg_stream

        self.model = logreg_stream.Model.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):
        output = (params or {}).get("output", "probability")
        if output not in ("probability", "margin"):
            raise ValueError(f"output must be probability or margin, not {output!r}")
        score = self.model.predict_proba if output == "probability" else self.model.predict_margin
        return score(model_input)


def save(model, folder, example):
    """Writes the folder.

    Args:
        model: the path of a model.
        folder: what must not be there yet.
        example: a frame of rows as they will be scored; MLflow keeps its types.
    """
    import logreg_stream
    from mlflow.models import infer_signature

    scores = logreg_stream.Model.load(model).predict_proba(example)
    mlflow.pyfunc.save_model(
        folder, python_model=LogRegStream(), artifacts={"model": model},
        signature=infer_signature(example, scores, params={"output": "probability"}),
        pip_requirements=[f"logreg-stream=={logreg_stream.version()}"])


if __name__ == "__main__":
    import pandas

    save(sys.argv[1], sys.argv[2], pandas.read_csv(sys.argv[3], nrows=5))
