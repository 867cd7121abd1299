export { Finding, QualityReport } from './finding.schema.js';
export { QualityService } from './quality.service.js';
