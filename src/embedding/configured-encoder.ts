import { PICTURE_MAX_BYTES, PICTURE_MAX_PIXELS } from '../catalog/catalog.api.js';
import type { Settings } from '../platform/platform.api.js';
import { TransformersEncoder, type TransformersEncoderOptions } from './transformers-encoder.js';

/**
 * The encoder that the settings name (`CLIP_MODEL`, `CLIP_DTYPE`, `VITRINE_DEVICE`, `HF_ENDPOINT`), loaded and tried once.
 * @throws Problem `VIT_ENCODER_…` that says what is wrong with it
 */
export const configuredEncoder = (
  settings: Pick<Settings, 'clipModel' | 'clipDtype' | 'device' | 'hubEndpoint'>,
  options: Pick<TransformersEncoderOptions, 'cacheDir' | 'first' | 'onFetch'>,
): Promise<TransformersEncoder> =>
  TransformersEncoder.open({
    ...options,
    model: settings.clipModel,
    dtype: settings.clipDtype,
    device: settings.device,
    remoteHost: settings.hubEndpoint,
    limits: { maxBytes: PICTURE_MAX_BYTES, maxPixels: PICTURE_MAX_PIXELS },
  });
