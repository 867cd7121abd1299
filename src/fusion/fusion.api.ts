export type { FusionModel, ModalityWeight } from './fusion-model.js';
export {
  type FusionParameters,
  GatedFusionModel,
  type GatedFusionOptions,
  type StoredFusion,
} from './gated-fusion-model.js';
