import { useEffect, useState } from 'preact/hooks';
import { session } from './api.js';

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

/** Consent, what is known, and being forgotten. */
export const Privacy = () => {
  const consent = useConsent();
  const [known, setKnown] = useState<unknown>(null);
  const [message, setMessage] = useState('');
  const show = async () => {
    const id = session().visitorId;
    if (!id) {
      setKnown(null);
      setMessage('Nothing is known about you: you are no visitor to this shop until you say yes.');
      return;
    }
    await session().flush();
    try {
      setKnown(await session().call('GET', `/v1/visitors/${encodeURIComponent(id)}/export`));
      setMessage('');
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  const forget = async () => {
    try {
      const receipt = (await session().forget()) as { receiptId?: string } | null;
      setKnown(null);
      setMessage(receipt?.receiptId ? `Forgotten. Receipt ${receipt.receiptId}.` : 'There was nothing to forget.');
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <h1>Your data</h1>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={consent === true}
          onChange={(event) => void session().setConsent(event.currentTarget.checked)}
        />
        Remember what I look at, to choose what I see
      </label>
      <p class="quiet">
        {consent
          ? 'Rows follow your visit. Views, clicks and carts are stored under an invented id.'
          : 'Rows follow only the page you are on. Nothing about you is stored.'}
      </p>
      <p>
        <button type="button" onClick={() => void show()}>
          What you know about me
        </button>{' '}
        <button type="button" onClick={() => void forget()}>
          Forget me
        </button>
      </p>
      <p role="status">{message}</p>
      {known !== null && (
        <pre class="known" tabIndex={0}>
          {JSON.stringify(known, null, 2)}
        </pre>
      )}
    </>
  );
};
