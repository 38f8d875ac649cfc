// The public library. Each command of the program is a file here, named by its verb, with one function:
//
//     let summary = try Train.run(configuration, notices: notices, progress: progress)
//
// `Train`, `Merge`, `Sweep`, `Predict`, `Evaluate`, `Calibrate` and `CheckGradient` take a configuration, a board
// for notices and a reporter for progress, and return the figures of the run; `Inspect` takes a path. What
// fails is a `RunFailure`, whose kind is the exit code. `StepwiseTraining` is for watching a solver.
//
// A verb wires the other targets together and decides nothing: what may be asked for is in
// `Configuration`, how rows come in `RowStream`, how weights are learned in `Training`, how a run goes
// on in `Resuming`, what a model says in `Scoring`, and how figures look in `Showing`.

@_exported public import Configuration
@_exported public import Notices
@_exported public import Resuming
@_exported public import Showing
@_exported public import SparseBatches
