export { type BackupRecord, BackupService } from './backup.service.js';
export { type RestoreReport, restoreBackup } from './restore-backup.js';
export { writeBackup } from './write-backup.js';
