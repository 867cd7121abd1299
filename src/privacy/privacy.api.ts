export { ConsentService, type StoredConsent } from './consent.service.js';
export { ErasureService, type ShownReceipt } from './erasure.service.js';
export { hashOfReceipt, type Receipt } from './receipt.js';
export { Retention } from './retention.js';
