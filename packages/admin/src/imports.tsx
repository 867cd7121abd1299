import { useState } from 'preact/hooks';
import { download, number, time, words } from './api.js';
import { Badge, Empty, Failure, Field, Page, Table, type Tone, useCall } from './parts.js';
import { RejectedRows } from './rejected-rows.js';
import { type RejectedRow, type UploadProgress, uploadRows } from './upload.js';

interface Import {
  id: string;
  kind: string;
  source: string | null;
  state: string;
  read: number;
  accepted: number;
  unchanged: number;
  rejected: number;
  startedAt: string;
  finishedAt: string | null;
}

const tones: Record<string, Tone> = { done: 'good', failed: 'bad', running: 'live' };
const KINDS = ['items', 'reviews', 'events'] as const;
type Kind = (typeof KINDS)[number];

const rejectedText = (rows: readonly RejectedRow[]): string =>
  rows.map(({ line, errors, text }) => JSON.stringify({ line, errors, row: text })).join('\n');

const Outcome = ({ name, progress }: { name: string; progress: UploadProgress }) => (
  <div class="outcome" role="status">
    <p>
      <strong>{progress.done ? `${name} is in` : `${name}: ${number(progress.read)} rows sent …`}</strong>
    </p>
    <progress max={1} value={progress.share} aria-label="Progress of the upload" />
    <p class="queue-counts">
      <Badge tone="good">{number(progress.accepted)} accepted</Badge>
      <Badge>{number(progress.unchanged)} unchanged</Badge>
      <Badge tone={progress.rejected.length ? 'bad' : 'good'}>{number(progress.rejected.length)} rejected</Badge>
    </p>
    {progress.done && progress.rejected.length > 0 && (
      <>
        <Table
          caption="Rejected rows"
          head={['Line', 'What is wrong', 'Row']}
          numbers={[0]}
          rows={progress.rejected
            .slice(0, 50)
            .map((row) => [
              number(row.line),
              row.errors.map((error) => `${error.path ? `${error.path}: ` : ''}${error.message}`).join('; '),
              <code key="r">{row.text.slice(0, 160)}</code>,
            ])}
          empty=""
        />
        <button
          type="button"
          onClick={() => download(`${name}.rejected.ndjson`, rejectedText(progress.rejected), 'application/x-ndjson')}
        >
          Download the rejected rows
        </button>
      </>
    )}
  </div>
);

const Upload = ({ uploaded }: { uploaded: () => void }) => {
  const [kind, setKind] = useState<Kind>('items');
  const [name, setName] = useState('');
  const [progress, setProgress] = useState<UploadProgress | null>(null);
  const [error, setError] = useState('');
  const [over, setOver] = useState(false);
  const send = (file: File) => {
    setName(file.name);
    setError('');
    uploadRows(file, kind, setProgress).then(uploaded, (failure: Error) => setError(failure.message));
  };
  return (
    <section class="panel wide" aria-label="Upload">
      <div class="panel-head">
        <h2>Upload</h2>
      </div>
      <div class="upload">
        <Field label="What the rows are">
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            {KINDS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </Field>
        <label
          class={over ? 'drop over' : 'drop'}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            const file = event.dataTransfer?.files[0];
            if (file) send(file);
          }}
        >
          <input
            type="file"
            accept=".ndjson,.jsonl,application/x-ndjson"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = '';
              if (file) send(file);
            }}
          />
          <strong>Choose or drop an NDJSON file</strong>
          <span class="quiet">One JSON object a line. Good rows are kept, bad ones are named.</span>
        </label>
      </div>
      {error && <Failure message={error} />}
      {progress && !error && <Outcome name={name} progress={progress} />}
      <p class="hint">
        Other formats (CSV, Google Merchant XML, Shopify, WooCommerce, JSON-LD) and photographs from a folder:{' '}
        <code>npx vitrine import FILE --images DIR</code>
      </p>
    </section>
  );
};

/** Files on their way in: now from this page, before from anywhere. */
export const Imports = () => {
  const imports = useCall<{ imports: Import[] }>('/v1/admin/imports', 4_000);
  return (
    <Page title="Imports" intro="Rows into the catalogue, with what was refused and why.">
      <Upload uploaded={imports.again} />
      <section class="panel wide" aria-label="Imports so far">
        <div class="panel-head">
          <h2>So far</h2>
        </div>
        {imports.error ? (
          <Failure message={imports.error} again={imports.again} />
        ) : imports.value === null ? (
          <div class="waiting" style={{ height: '90px' }}>
            <i />
            <i />
          </div>
        ) : (imports.value.imports ?? []).length === 0 ? (
          <Empty title="No import yet">
            <code>npx vitrine import catalog.ndjson --images photos</code>
          </Empty>
        ) : (
          <Table
            caption="Imports"
            head={['Started', 'What', 'From', 'State', 'Read', 'Accepted', 'Unchanged', 'Rejected', '']}
            numbers={[4, 5, 6, 7]}
            rows={imports.value.imports.map((one) => [
              time(one.startedAt),
              words(one.kind ?? ''),
              one.source ?? '–',
              <Badge key="s" tone={tones[one.state] ?? 'plain'}>
                {one.state}
              </Badge>,
              number(one.read),
              number(one.accepted),
              number(one.unchanged),
              number(one.rejected),
              one.rejected > 0 ? <RejectedRows key="d" importId={one.id} of={one.source ?? one.id} /> : '',
            ])}
            empty=""
          />
        )}
      </section>
    </Page>
  );
};
