// Written by tools/references/ftrl_reference.py; do not edit.
// swift-format-ignore-file

import Learning

enum ReferenceVectors {
  static let losses: [LossRow] = [
    LossRow(margin: -1000, label: 0, loss: 0.0, first: 0.0, second: 0.0),
    LossRow(margin: -1000, label: 1, loss: 1000.0, first: -1.0, second: 0.0),
    LossRow(margin: -700, label: 0, loss: 9.85967654375977e-305, first: 9.85967654375977e-305, second: 9.85967654375977e-305),
    LossRow(margin: -700, label: 1, loss: 700.0, first: -1.0, second: 9.85967654375977e-305),
    LossRow(margin: -40, label: 0, loss: 4.248354255291589e-18, first: 4.248354255291589e-18, second: 4.248354255291589e-18),
    LossRow(margin: -40, label: 1, loss: 40.0, first: -1.0, second: 4.248354255291589e-18),
    LossRow(margin: -1.5, label: 0, loss: 0.2014132779827524, first: 0.18242552380635635, second: 0.14914645207033286),
    LossRow(margin: -1.5, label: 1, loss: 1.7014132779827524, first: -0.8175744761936437, second: 0.14914645207033286),
    LossRow(margin: -1e-9, label: 0, loss: 0.6931471800599454, first: 0.49999999975, second: 0.25),
    LossRow(margin: -1e-9, label: 1, loss: 0.6931471810599453, first: -0.50000000025, second: 0.25),
    LossRow(margin: 0, label: 0, loss: 0.6931471805599453, first: 0.5, second: 0.25),
    LossRow(margin: 0, label: 1, loss: 0.6931471805599453, first: -0.5, second: 0.25),
    LossRow(margin: 0.25, label: 0, loss: 0.8259394198788436, first: 0.5621765008857981, second: 0.24613408273759835),
    LossRow(margin: 0.25, label: 1, loss: 0.5759394198788436, first: -0.4378234991142019, second: 0.24613408273759835),
    LossRow(margin: 3, label: 0, loss: 3.048587351573742, first: 0.9525741268224333, second: 0.04517665973091213),
    LossRow(margin: 3, label: 1, loss: 0.04858735157374206, first: -0.04742587317756678, second: 0.04517665973091213),
    LossRow(margin: 37, label: 0, loss: 37.0, first: 0.9999999999999999, second: 8.533047625744065e-17),
    LossRow(margin: 37, label: 1, loss: 8.533047625744066e-17, first: -8.533047625744065e-17, second: 8.533047625744065e-17),
    LossRow(margin: 700, label: 0, loss: 700.0, first: 1.0, second: 9.85967654375977e-305),
    LossRow(margin: 700, label: 1, loss: 9.85967654375977e-305, first: -9.85967654375977e-305, second: 9.85967654375977e-305),
    LossRow(margin: 1000, label: 0, loss: 1000.0, first: 1.0, second: 0.0),
    LossRow(margin: 1000, label: 1, loss: 0.0, first: -0.0, second: 0.0),
  ]

  static let rows: [ReferenceRow] = [
    ReferenceRow([(0, 1), (1, -2), (2, 0.5)], label: 1, weight: 1),
    ReferenceRow([(0, 1), (2, 1.5)], label: 0, weight: 1),
    ReferenceRow([(1, 1), (2, -1)], label: 1, weight: 1),
    ReferenceRow([(0, 1), (1, 0.5), (2, 2)], label: 0, weight: 1),
    ReferenceRow([(0, -3), (2, 0.25)], label: 1, weight: 1),
    ReferenceRow([(0, 1), (1, 1)], label: 1, weight: 1),
  ]

  static let weightedRows: [ReferenceRow] = [
    ReferenceRow([(0, 1), (1, -2), (2, 0.5)], label: 1, weight: 2.5),
    ReferenceRow([(0, 1), (2, 1.5)], label: 0, weight: 1),
    ReferenceRow([(1, 1), (2, -1)], label: 1, weight: 0),
    ReferenceRow([(0, 1), (1, 0.5), (2, 2)], label: 0, weight: 0.125),
    ReferenceRow([(0, -3), (2, 0.25)], label: 1, weight: 4),
    ReferenceRow([(0, 1), (1, 1)], label: 1, weight: 1),
  ]

  static let thereAndBack: [ReferenceRow] = [
    ReferenceRow([(0, 1)], label: 1, weight: 1),
    ReferenceRow([(0, 1)], label: 1, weight: 1),
    ReferenceRow([(0, 1), (1, 1)], label: 0, weight: 1),
    ReferenceRow([(0, 1)], label: 0, weight: 1),
    ReferenceRow([(1, 2)], label: 1, weight: 1),
  ]

  static let scenarios: [FTRLScenario] = [
    FTRLScenario(
      name: "plain", alpha: 0.1, beta: 1, l1: 0, l2: 0, batchSize: 1,
      rows: rows,
      z: [1.6147302895289068, 0.32214520570518235, 1.9976013254419338],
      n: [3.162431683617061, 1.5855440585275336, 1.8751375185790584],
      weights: [-0.05811888878153443, -0.014259361874647401, -0.08430986366068997],
      bias: 0.05218938990102456),
    FTRLScenario(
      name: "no beta", alpha: 0.5, beta: 0, l1: 0, l2: 0, batchSize: 1,
      rows: rows,
      z: [1.1127276874359915, 0.27942916492978886, 1.5379795788811343],
      n: [2.944896038783573, 1.8290978462606502, 2.954140688854491],
      weights: [-0.32420814022053057, -0.10330545813159746, -0.44740927822549953],
      bias: 0.5095752646336719),
    FTRLScenario(
      name: "l2", alpha: 0.1, beta: 1, l1: 0, l2: 3, batchSize: 1,
      rows: rows,
      z: [1.6094611790243625, 0.31314438523326465, 1.996829518749603],
      n: [3.170042094325587, 1.5819212310939208, 1.8794249126881033],
      weights: [-0.052247409498709235, -0.012242989284021595, -0.07476182843852656],
      bias: 0.0520618603561604),
    FTRLScenario(
      name: "l1", alpha: 0.25, beta: 1, l1: 0.6, l2: 0, batchSize: 1,
      rows: thereAndBack,
      z: [0.05006805950328916, -0.4392939989872657, 0.0],
      n: [1.0553084637353778, 1.2884090009019395, 0.0],
      weights: [0.0, 0.0, 0.0],
      bias: 0.07464197086557256),
    FTRLScenario(
      name: "l1 and l2", alpha: 0.5, beta: 0.5, l1: 0.25, l2: 0.5, batchSize: 1,
      rows: rows,
      z: [1.439076190742704, 0.2102618745169729, 2.041628758333492],
      n: [3.0514374515009024, 1.63547203378551, 1.8016997632042235],
      weights: [-0.23811655919120556, 0.0, -0.42815345206485156],
      bias: 0.37114723142370604),
    FTRLScenario(
      name: "row weights", alpha: 0.1, beta: 1, l1: 0, l2: 0.5, batchSize: 1,
      rows: weightedRows,
      z: [3.521069117605894, 2.059266318587673, -0.34071611981674016],
      n: [40.305466542066696, 6.510201623753904, 1.3312809893958955],
      weights: [-0.04759064160649566, -0.05717786440066745, 0.015460311329799083],
      bias: 0.10376931412220086),
    FTRLScenario(
      name: "mini-batches of 3", alpha: 0.5, beta: 1, l1: 0, l2: 0, batchSize: 3,
      rows: rows + rows,
      z: [1.74867079878665, 0.597151177522305, 3.1030231221174316],
      n: [2.0255807751269908, 0.9263897170271251, 2.086181084219024],
      weights: [-0.3608141867019079, -0.1521410932175719, -0.6347307279130334],
      bias: 0.5782444129779162),
    FTRLScenario(
      name: "mini-batches of 4, the last of 2", alpha: 0.5, beta: 1, l1: 0.1, l2: 0.5, batchSize: 4,
      rows: weightedRows,
      z: [3.895680077896954, 2.070109387869929, -0.27869730967316536],
      n: [40.097316824433896, 6.648841629495514, 0.3823237803983175],
      weights: [-0.25030056862049554, -0.25729286780714816, 0.04782290723236439],
      bias: 0.5624227269547429),
  ]
}
