// Writes the reference pages that are made from the code. Needs the compiled command (npm run build).
import { writeFile } from 'node:fs/promises';
import { errorCatalogue } from '@sluice/core';
import { commands } from '../dist/commands.js';
import { renderCommandReference } from '../dist/reference/command-reference.js';
import { renderErrorReference } from '../dist/reference/error-reference.js';

const docs = new URL('../../../docs/', import.meta.url);
await writeFile(new URL('errors.md', docs), renderErrorReference(errorCatalogue));
await writeFile(new URL('commands.md', docs), renderCommandReference(commands));
