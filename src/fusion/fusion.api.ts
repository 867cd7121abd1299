/** What other modules may use of fusion: the live model, and how a learned one is stored, filled and switched to. */
export { ActiveFusion } from './active-fusion.js';
export { FusionService } from './fusion.service.js';
export type { FusionModel, ModalityWeight } from './fusion-model.js';
export { FusionStore } from './fusion-store.js';
export {
  type FusionParameters,
  GatedFusionModel,
  type GatedFusionOptions,
  type StoredFusion,
} from './gated-fusion-model.js';
