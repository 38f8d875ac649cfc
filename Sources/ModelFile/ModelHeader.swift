package import Featurizing
internal import SparseBatches

/// Everything a model says besides its weights: what is stored as the container's JSON header.
///
/// No time stamp, no host, no path: the same input gives the same bytes.
package struct ModelHeader: Codable, Equatable, Sendable {
  /// The objective and how it was minimised.
  package struct Learner: Codable, Equatable, Sendable {
    package var loss: String
    package var optimizer: String
    package var alpha: Double
    package var beta: Double
    package var l1: Double
    package var l2: Double
    package var batchSize: Int

    package init(
      loss: String, optimizer: String, alpha: Double, beta: Double, l1: Double, l2: Double,
      batchSize: Int
    ) {
      self.loss = loss
      self.optimizer = optimizer
      self.alpha = alpha
      self.beta = beta
      self.l1 = l1
      self.l2 = l2
      self.batchSize = batchSize
    }
  }

  /// What was seen while training.
  package struct Statistics: Codable, Equatable, Sendable {
    /// Data rows, bad ones included.
    package var rows = 0
    package var badRows = 0
    package var positives = 0
    /// Feature values learned from.
    package var features = 0
    /// Sum of the importance weights.
    package var weight = 0.0
    package var positiveWeight = 0.0
    /// Mean loss of each row before it was learned; nil without rows of any weight.
    package var progressiveLogLoss: Double?

    package init() {}
  }

  package var program = "logreg-stream"
  package var schema: FeatureSchema
  package var labelConvention: LabelConvention
  package var learner: Learner
  package var statistics: Statistics
  /// The intercept, in log-odds of the rows trained on.
  package var bias: Double

  package init(
    schema: FeatureSchema, labelConvention: LabelConvention, learner: Learner,
    statistics: Statistics, bias: Double
  ) {
    self.schema = schema
    self.labelConvention = labelConvention
    self.learner = learner
    self.statistics = statistics
    self.bias = bias
  }

  /// What is wrong with a header whose checksums are right: nil when it can be used.
  package var defect: String? {
    guard program == "logreg-stream" else { return "it names another program" }
    guard bias.isFinite else { return "its bias is not finite" }
    return schema.defect
  }
}
