/** The oldest server that is supported: pgoutput's messages, row filters and column lists are known from it on. */
export const minimumVersion = 150_000;
