import { useEffect, useState } from 'preact/hooks';
import { session } from './api.js';
import { type Export, forgotten, Known, type Receipt } from './known.js';
import { Row } from './row.js';

/** The visitor's answer about consent, kept up to date. */
export const useConsent = (): boolean | undefined => {
  const [consent, setConsent] = useState(session().answered);
  useEffect(() => session().onChange(() => setConsent(session().answered)), []);
  return consent;
};

/** Asked once, at the foot of the page. */
export const ConsentBar = () => {
  const consent = useConsent();
  if (consent !== undefined) return null;
  return (
    <section class="consent" aria-label="Consent">
      <p>
        May this shop remember what you look at, to choose what it shows you? Without it, only the page you are on
        counts.
      </p>
      <div>
        <button type="button" onClick={() => void session().setConsent(false)}>
          No
        </button>
        <button type="button" class="primary" onClick={() => void session().setConsent(true)}>
          Yes, remember
        </button>
      </div>
    </section>
  );
};

/** Consent and what it changes, what is known, and being forgotten. */
export const Privacy = () => {
  const consent = useConsent();
  const [known, setKnown] = useState<Export | 'asked' | null>(null);
  const [message, setMessage] = useState('');
  const show = async () => {
    const id = session().visitorId;
    if (!id) {
      setKnown(null);
      setMessage('Nothing is known about you: you are no visitor to this shop until you say yes.');
      return;
    }
    // Its room is there from the press on: what lies below moves then, and not when the answer comes.
    setKnown('asked');
    setMessage('');
    try {
      await session().flush();
      setKnown(await session().call<Export>('GET', `/v1/visitors/${encodeURIComponent(id)}/export`));
    } catch (error) {
      setKnown(null);
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  const forget = async () => {
    try {
      const receipt = (await session().forget()) as Receipt | null;
      setKnown(null);
      setMessage(receipt ? forgotten(receipt) : 'There was nothing to forget.');
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  const change = (given: boolean) => {
    setKnown(null);
    setMessage('');
    void session().setConsent(given);
  };
  return (
    <>
      <section class="privacy">
        <h1>Your data</h1>
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={consent === true}
            onChange={(event) => change(event.currentTarget.checked)}
          />
          Remember what I look at, to choose what I see
        </label>
        {/* Both keep their room, so that nothing below jumps when an answer changes which of them holds. */}
        <p class="quiet either">
          <span hidden={!consent}>
            On: rows follow your visit. Views, clicks and carts are stored under an invented id, and only for this.
          </span>
          <span hidden={Boolean(consent)}>
            Off: rows follow only the page you are on. Nothing that you do is stored.
          </span>
        </p>
        <div class="choices">
          <button type="button" onClick={() => void show()}>
            What you know about me
          </button>
          <button type="button" onClick={() => void forget()}>
            Forget me
          </button>
        </div>
        <p role="status">{message}</p>
        {known && <Known of={known === 'asked' ? null : known} />}
      </section>
      <Row heading={consent ? 'Chosen by your visit' : 'What everybody sees'} placement="home" limit={8} />
    </>
  );
};
