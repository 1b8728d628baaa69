import { type Document, type Sink, SluiceError, type WriteReport } from '@sluice/core';
import { documentLine } from './document-line.ts';

/** Characters handed to the stream at once. */
const chunkSize = 256 * 1024;

/**
 * Writes every document as one line of JSON. Durable means: the stream has flushed it. It remembers
 * nothing and cannot compare versions, so the engine writes in order and never scans for it.
 */
export function createStdoutSink(stream: NodeJS.WritableStream): Sink {
  let broken: SluiceError | undefined;
  const onError = (error: Error) => {
    broken ??= outputError(error);
  };
  stream.on('error', onError);

  return {
    ordering: 'in-order',
    fingerprint: () => null,
    ensureIndex: () => Promise.resolve(),

    async write({ generation, epoch, documents, signal }): Promise<WriteReport> {
      for (const text of chunks(generation.index, epoch, documents)) {
        signal.throwIfAborted();
        if (broken !== undefined) throw broken;
        await flush(stream, text);
      }
      return { accepted: documents.length, conflicts: 0, highestHeld: null, rejected: [] };
    },

    close() {
      stream.off('error', onError);
      return Promise.resolve();
    },
  };
}

function* chunks(index: string, epoch: number, documents: readonly Document[]): Generator<string> {
  let text = '';
  for (const document of documents) {
    text += documentLine(index, epoch, document);
    if (text.length < chunkSize) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function flush(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(outputError(error)) : resolve()));
  });
}

/** A stream that failed once takes nothing more: trying again cannot help. */
function outputError(error: Error): SluiceError {
  const code = 'code' in error ? error.code : undefined;
  const closed = code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END';
  if (closed) {
    return new SluiceError('SLUICE_SINK_REFUSED', 'The reader of standard output closed it', {
      hint: 'The program after the pipe ended (as `head` does). Documents it did not read were not delivered.',
      cause: error,
    });
  }
  return new SluiceError('SLUICE_SINK_REFUSED', `Standard output cannot be written: ${error.message}`, {
    cause: error,
  });
}
