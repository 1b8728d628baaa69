// What the global setups hand to the tests: `inject('postgresUrl')`.
declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL; projects pg and e2e. */
    readonly postgresUrl: string;
    /** Projects os and e2e. */
    readonly opensearchUrl: string;
  }
}

export {};
