export {
  type Arm,
  alwaysValidDifference,
  fixedDifference,
  LEAST_UNITS,
  neededUnits,
  rateInterval,
} from './always-valid.js';
export { bootstrapDifference, bootstrapMean, type Interval } from './bootstrap.js';
export { type Calibration, calibrationOf } from './calibration.js';
export { type FusionTrainingData, NothingToLearn, type TrainedFusion, type TrainingModality } from './fusion-data.js';
export { trainFusion } from './fusion-training.js';
export { halfToNumber, type NpyMatrix, readNpy } from './npy.js';
export { LEAST_EFFECTIVE, type LoggedDecision, type OffPolicyEstimate, snips } from './off-policy.js';
export { type Dense, GemmEngine } from './onnx-gemm.js';
export { type Random, seededRandom, shuffle } from './random.js';
export { gini, ndcgAt, recallAt, reciprocalRankAt } from './ranking-metrics.js';
export {
  addSparse,
  columnCounts,
  gram,
  multiplySparse,
  rowCounts,
  type SparseMatrix,
  sliceRows,
  sparseFromTriples,
  takeRows,
  transpose,
} from './sparse-matrix.js';
export { choleskyInverse, inverseResidual, NotPositiveDefinite, spdInverse } from './spd-inverse.js';
export { symmetricEigen } from './symmetric-eigen.js';
export { betaDraw, thompsonShares } from './thompson.js';
export { topK } from './top-k.js';
