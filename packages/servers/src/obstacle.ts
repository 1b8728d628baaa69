/** Why a server cannot be had here. */
export interface Obstacle {
  readonly reason: string;
  /** The command that would remove it; a sentence where there is no such command. */
  readonly remedy: string | undefined;
}
