import type { KafkaMessage, Message, Producer } from 'kafkajs';
import type { FieldError } from '../../platform/platform.api.js';

/** Errors of one message that are told, and how much of a received text. */
const MOST_ERRORS = 20;
const MOST_RECEIVED = 200;

/** A message that can never be taken, and why. */
export interface DeadLetter {
  topic: string;
  partition: number;
  message: KafkaMessage;
  errors: readonly FieldError[];
}

const told = ({ received, ...error }: FieldError): FieldError => {
  if (received === undefined) return error;
  const text = JSON.stringify(received) ?? '';
  return { ...error, received: text.length > MOST_RECEIVED ? `${text.slice(0, MOST_RECEIVED)}…` : received };
};

/** The message as it came (key, value, headers), so that it can be put back once mended; where it stood and what was wrong in headers. */
export const deadLetterOf = ({ topic, partition, message, errors }: DeadLetter): Message => ({
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    'vitrine-topic': topic,
    'vitrine-partition': String(partition),
    'vitrine-offset': message.offset,
    'vitrine-errors': JSON.stringify(errors.slice(0, MOST_ERRORS).map(told)),
  },
});

/** Resolves when all replicas have them. A message too long for the topic is told of without its value. */
export const sendDeadLetters = async (
  producer: Producer,
  topic: string,
  letters: readonly DeadLetter[],
): Promise<void> => {
  for (const letter of letters) {
    const message = deadLetterOf(letter);
    try {
      await producer.send({ topic, acks: -1, messages: [message] });
    } catch (error) {
      if ((error as { type?: string }).type !== 'MESSAGE_TOO_LARGE') throw error;
      const without = {
        ...message,
        value: null,
        headers: { ...message.headers, 'vitrine-value': 'left out: too long' },
      };
      await producer.send({ topic, acks: -1, messages: [without] });
    }
  }
};
