import { useState } from 'preact/hooks';
import { call, type Schemas, time } from './api.js';
import { Action, Badge, Field, Page, Panel, Table, useCall } from './parts.js';

type Placement = Schemas['Placement'];
type Settings = Schemas['PlacementSettings'];

const OWN = ['home', 'product', 'cart', 'category', 'search', 'email'];

/** What a shop sets for its placements. */
export const Placements = () => {
  const placements = useCall<{ placements: Placement[] }>('/v1/admin/placements');
  const [name, setName] = useState('home');
  const [settings, setSettings] = useState<Settings>({});
  const edit = (placement: string) => {
    setName(placement);
    setSettings(placements.value?.placements.find((one) => one.name === placement)?.settings ?? {});
  };
  const numberOr = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));
  const save = () =>
    call(
      'PUT',
      `/v1/admin/placements/${encodeURIComponent(name)}`,
      Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== '')),
    ).then(placements.again);
  return (
    <Page
      title="Placements"
      intro="Where lists are shown. A setting holds when a request does not say otherwise; what is left empty stays Vitrine’s own."
    >
      <section class="panel wide" aria-label="Settings of a placement">
        <div class="panel-head">
          <h2>Settings</h2>
        </div>
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <Field label="Placement" hint="One of ours, or a shop’s own name">
            <input list="placements" value={name} onInput={(event) => edit(event.currentTarget.value)} />
            <datalist id="placements">
              {OWN.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          </Field>
          <Field label="Heading">
            <input
              value={settings.title ?? ''}
              maxLength={200}
              onInput={(event) => setSettings({ ...settings, title: event.currentTarget.value || undefined })}
            />
          </Field>
          <Field label="Items" hint="1 to 100; 12 when empty">
            <input
              type="number"
              min={1}
              max={100}
              value={settings.limit ?? ''}
              onInput={(event) => setSettings({ ...settings, limit: numberOr(event.currentTarget.value) })}
            />
          </Field>
          <Field label="Diversity" hint="0 to 1; .2 when empty, 0 for search">
            <input
              type="number"
              min={0}
              max={1}
              step={0.05}
              value={settings.diversity ?? ''}
              onInput={(event) => setSettings({ ...settings, diversity: numberOr(event.currentTarget.value) })}
            />
          </Field>
          <div class="form-actions">
            <Action label="Save" kind="primary" run={save} disabled={name.trim() === ''} />
          </div>
        </form>
      </section>
      <Panel title="Placements" loaded={placements} wide>
        {(value) => {
          const set = new Map(value.placements.map((placement) => [placement.name, placement]));
          return (
            <Table
              caption="Placements"
              head={['Name', 'Heading', 'Items', 'Diversity', 'Changed', '']}
              rows={[...new Set([...OWN, ...set.keys()])].map((placement) => {
                const found = set.get(placement);
                return [
                  <strong key="n">{placement}</strong>,
                  found?.settings.title ?? <span class="quiet">–</span>,
                  found?.settings.limit ?? <span class="quiet">12</span>,
                  found?.settings.diversity ?? <span class="quiet">{placement === 'search' ? 0 : 0.2}</span>,
                  found ? time(found.updatedAt) : <Badge key="d">as it comes</Badge>,
                  <span key="a" class="row-actions">
                    <button type="button" aria-label={`Edit ${placement}`} onClick={() => edit(placement)}>
                      Edit
                    </button>
                    {found && (
                      <Action
                        label="Reset"
                        name={`Reset ${placement}`}
                        confirm="The placement is again as it comes."
                        run={() =>
                          call('DELETE', `/v1/admin/placements/${encodeURIComponent(placement)}`).then(placements.again)
                        }
                      />
                    )}
                  </span>,
                ];
              })}
              empty=""
            />
          );
        }}
      </Panel>
    </Page>
  );
};
