export {
  currentTransaction,
  type Searchable,
  type WaitUntilSearchableOptions,
  waitUntilSearchable,
} from './wait-until-searchable.ts';
