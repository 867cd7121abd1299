import { useState } from 'preact/hooks';
import { call, type Schemas } from './api.js';
import { Empty, Failure, Field, Page, Panel, Segments, useCall } from './parts.js';
import { ItemPicker, type Picked } from './picker.js';
import { type Answer, Results } from './results.js';

type Model = Schemas['Model'];
interface Versions {
  fusion: string;
  behaviour: string;
  blend: string;
}

const KINDS = ['fusion', 'behaviour', 'blend'] as const;
const LIVE: Versions = { fusion: '', behaviour: '', blend: '' };

/** Stored models of a kind that could answer, the live one first. */
const usable = (models: Model[], kind: string): Model[] =>
  models
    .filter((model) => model.kind === kind && model.state !== 'failed')
    .sort((a, b) => Number(b.state === 'live') - Number(a.state === 'live'));

const ModelChoice = ({
  label,
  models,
  value,
  onChange,
}: {
  label: string;
  models: Model[];
  value: Versions;
  onChange: (value: Versions) => void;
}) => (
  <fieldset class="versions">
    <legend>{label}</legend>
    {KINDS.map((kind) => (
      <Field key={kind} label={kind}>
        <select
          value={value[kind]}
          aria-label={`${kind} of ${label}`}
          onChange={(event) => onChange({ ...value, [kind]: event.currentTarget.value })}
        >
          <option value="">as served</option>
          {usable(models, kind).map((model) => (
            <option key={model.version} value={model.version}>
              {model.version} ({model.state})
            </option>
          ))}
        </select>
      </Field>
    ))}
  </fieldset>
);

const chosen = (versions: Versions): Record<string, string> =>
  Object.fromEntries(KINDS.flatMap((kind) => (versions[kind] ? [[kind, versions[kind]]] : [])));

/** Choose a visitor, pictures, words and weights; see what comes and why; beside it, what another model would say. */
export const TryOut = () => {
  const models = useCall<{ models: Model[] }>('/v1/admin/models?limit=200');
  const [form, setForm] = useState({
    who: '',
    kind: 'userId' as 'userId' | 'visitorId',
    placement: 'product',
    text: '',
    not: '',
    images: 1,
    words: 1,
    history: 1,
    diversity: 0.2,
  });
  const [items, setItems] = useState<Picked[]>([]);
  const [photo, setPhoto] = useState(0);
  const [upload, setUpload] = useState<{ name: string; imageId: string } | null>(null);
  const [sides, setSides] = useState<'one' | 'two'>('one');
  const [a, setA] = useState<Versions>(LIVE);
  const [b, setB] = useState<Versions>(LIVE);
  const [answers, setAnswers] = useState<Answer[]>([]);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });

  const request = () => {
    const item = items[0];
    const images = [
      ...(item ? [{ itemId: item.id, index: photo }] : []),
      ...(upload ? [{ imageId: upload.imageId }] : []),
    ];
    const who = form.who.trim();
    return {
      placement: form.placement,
      ...(who ? { [form.kind]: who, consent: { personalization: true } } : {}),
      context: {
        ...(item ? { itemIds: [item.id] } : {}),
        ...(images.length ? { images } : {}),
        ...(form.text.trim() ? { text: form.text.trim() } : {}),
      },
      ...(form.not.trim() ? { negatives: { text: form.not.trim() } } : {}),
      emphasis: { images: form.images, text: form.words, history: form.history },
      diversity: form.diversity,
      limit: 12,
    };
  };
  const ask = async () => {
    setError('');
    setBusy(true);
    try {
      const wanted = sides === 'two' ? [a, b] : [a];
      setAnswers(
        await Promise.all(
          wanted.map((versions) =>
            call<Answer>('POST', '/v1/admin/try-out', { request: request(), models: chosen(versions) }),
          ),
        ),
      );
    } catch (failure) {
      setAnswers([]);
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  const send = async (file: File) => {
    setError('');
    try {
      const { imageId } = await call<{ imageId: string }>('POST', '/v1/images', file);
      setUpload({ name: file.name, imageId });
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  const slider = (name: 'images' | 'words' | 'history' | 'diversity', label: string, max: number, step: number) => (
    <label class="field slider">
      <span>
        {label} <output>{form[name]}</output>
      </span>
      <input
        type="range"
        min={0}
        max={max}
        step={step}
        value={form[name]}
        onInput={(event) => set({ [name]: Number(event.currentTarget.value) })}
      />
    </label>
  );
  return (
    <Page
      title="Try-out"
      intro="Ask as a shopper would and see what comes, what each source put in, and what other models would have said. Nothing of it is logged."
    >
      <form
        class="panel wide"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <div class="form">
          <Field label="Visitor" hint="Empty: somebody nobody knows">
            <span class="joined">
              <select
                aria-label="Kind of visitor"
                value={form.kind}
                onChange={(event) => set({ kind: event.currentTarget.value as 'userId' | 'visitorId' })}
              >
                <option value="userId">user</option>
                <option value="visitorId">visitor</option>
              </select>
              <input
                aria-label="Id of the visitor"
                value={form.who}
                placeholder="demo-shopper-017"
                onInput={(event) => set({ who: event.currentTarget.value })}
              />
            </span>
          </Field>
          <Field label="Placement">
            <select value={form.placement} onChange={(event) => set({ placement: event.currentTarget.value })}>
              {['home', 'product', 'cart', 'category', 'search', 'email'].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <ItemPicker
            label="On the page of"
            picked={items}
            onChange={(picked) => {
              setItems(picked);
              setPhoto(0);
            }}
          />
          {items.length > 0 && (
            <Field label="Photograph looked at" hint="Counted from 0">
              <input
                type="number"
                min={0}
                max={99}
                value={photo}
                onInput={(event) => setPhoto(Number(event.currentTarget.value))}
              />
            </Field>
          )}
          <Field label="A picture of your own" hint={upload ? `${upload.name} is in` : undefined}>
            <input
              type="file"
              accept="image/*"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) void send(file);
              }}
            />
          </Field>
          <Field label="Words">
            <input
              value={form.text}
              placeholder="for a small flat"
              onInput={(event) => set({ text: event.currentTarget.value })}
            />
          </Field>
          <Field label="But not">
            <input
              value={form.not}
              placeholder="metal legs"
              onInput={(event) => set({ not: event.currentTarget.value })}
            />
          </Field>
        </div>
        <div class="form sliders">
          {slider('images', 'Pictures', 5, 0.5)}
          {slider('words', 'Words', 5, 0.5)}
          {slider('history', 'History', 5, 0.5)}
          {slider('diversity', 'Diversity', 1, 0.1)}
        </div>
        <div class="sides">
          <Segments
            label="Models"
            value={sides}
            options={[
              ['one', 'One answer'],
              ['two', 'Two models side by side'],
            ]}
            onChange={setSides}
          />
          <ModelChoice label="A" models={models.value?.models ?? []} value={a} onChange={setA} />
          {sides === 'two' && <ModelChoice label="B" models={models.value?.models ?? []} value={b} onChange={setB} />}
        </div>
        <div class="form-actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? 'Asking …' : 'Show'}
          </button>
        </div>
      </form>
      {error && <Failure message={error} />}
      {answers.length > 0 ? (
        <div class={answers.length > 1 ? 'columns results-columns' : 'results-columns'}>
          {answers.map((answer, at) => (
            <div key={at} class="panel">
              <Results
                title={answers.length > 1 ? (at === 0 ? 'A' : 'B') : 'Answer'}
                answer={answer}
                before={at === 1 ? answers[0] : undefined}
              />
            </div>
          ))}
        </div>
      ) : (
        !error && (
          <Panel title="Answer" loaded={models} wide>
            {() => <Empty title="Nothing asked yet">Choose a product or a few words above, then Show.</Empty>}
          </Panel>
        )
      )}
    </Page>
  );
};
