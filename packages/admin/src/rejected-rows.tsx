import { download, Refused } from './api.js';
import { Action } from './parts.js';

/** A button that saves an import's refused rows, one JSON object a line, with what is wrong with each. */
export const RejectedRows = ({ importId, of }: { importId: string; of: string }) => (
  <Action
    label="Rejected rows"
    name={`Rejected rows of ${of}`}
    run={async () => {
      const response = await fetch(`/v1/admin/imports/${encodeURIComponent(importId)}/rejected`, {
        headers: { 'vitrine-admin': '1' },
      });
      if (!response.ok)
        throw new Refused(response.status, `The rows could not be had (HTTP ${response.status}).`, undefined);
      download(`${importId}.rejected.ndjson`, await response.text(), 'application/x-ndjson');
    }}
  />
);
