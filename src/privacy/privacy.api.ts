export { ConsentService, type StoredConsent } from './consent.service.js';
export { ErasureService, type ShownReceipt } from './erasure.service.js';
export { ERASURE_LIST, readErasureList } from './erasure-list.js';
export { hashOfReceipt, hashOfSubject, type Receipt, SUBJECT_SECRET } from './receipt.js';
export { Retention } from './retention.js';
